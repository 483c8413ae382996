"""Reads workbooks, each in a single pass."""
