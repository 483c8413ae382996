"""Processes that work is given to, here or on a cluster."""
