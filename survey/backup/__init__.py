"""A whole installation, database and keys, as one encrypted file."""
