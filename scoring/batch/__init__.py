"""A batch of reports: planned by content, made in workers that hold nothing of one another, published whole."""
