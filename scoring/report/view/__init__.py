"""The content of pages, as plain data."""
