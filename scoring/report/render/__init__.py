"""Presents pages on the screen and on paper."""
