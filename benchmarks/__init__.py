"""Measurements of whole commands, on generated evidence of any size.

``python -m benchmarks`` runs all of them, ``python -m benchmarks NAME`` the named ones; each prints rows of one table.
"""
