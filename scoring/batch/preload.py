"""Imported by the process that reports are forked from: all that they need is loaded."""

from __future__ import annotations

import gc
import os

from scoring.batch import lean  # noqa: F401 - it comes first, to spare nbformat a second

# isort: split
os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"

from scoring.batch import making, runners  # noqa: F401
from scoring.report import city, department, engine, excel  # noqa: F401

gc.freeze()  # What is shared stays shared: the collector leaves it alone.
