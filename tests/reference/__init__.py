"""A second, independent reading of the rulebook, for differential tests.

Nothing here imports ``scoring``: two writers who read the same page should reach the same scorecard.
"""
