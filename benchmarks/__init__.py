"""Measurements of whole commands, on evidence that is made here at any size.

``python -m benchmarks`` runs all of them, ``python -m benchmarks NAME`` the named ones; each prints rows of one table.
"""
