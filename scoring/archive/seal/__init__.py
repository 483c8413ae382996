"""Making an archive: whether it can be made, what goes in, how it is written."""
