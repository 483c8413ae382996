"""Schemes by year: data and rules that only that year uses."""
