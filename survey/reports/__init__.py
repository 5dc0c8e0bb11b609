"""Results become tables, charts and files."""
