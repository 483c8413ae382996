"""The workbench of notebooks/review.ipynb: an audit stepped through, with widgets, or as tables in a batch."""

from scoring.review.panel.workbench import Workbench

__all__ = ["Workbench"]
