"""One module a command of the `survey` command line."""
