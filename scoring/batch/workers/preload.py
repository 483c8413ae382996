"""Imported by the process that reports are forked from: all that they need is loaded."""

from __future__ import annotations

import gc
import os

from scoring.batch.workers import light  # noqa: F401 - it comes first, to spare nbformat a second

# isort: split
os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"

import papermill  # noqa: F401 - it loads our engine, which needs papermill whole

from scoring.batch.workers import runners  # noqa: F401
from scoring.report import excel  # noqa: F401
from scoring.report.view import city, department  # noqa: F401

gc.freeze()  # What is shared stays shared: the collector leaves it alone.
