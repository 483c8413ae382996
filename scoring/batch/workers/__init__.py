"""Worker processes, here or on a cluster."""
