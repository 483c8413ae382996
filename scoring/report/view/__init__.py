"""What pages say, as plain data."""
