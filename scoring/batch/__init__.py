"""A batch of reports: planned by content, made in isolated workers, published whole."""
