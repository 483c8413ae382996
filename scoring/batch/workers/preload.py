"""Imported by the process that reports are forked from: everything they need is loaded."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from typing import Any, Final

#: papermill comes first: it loads our engine, which needs papermill whole.
_MODULES: Final = (
    "papermill",
    "scoring.batch.workers.runners",
    "scoring.report.excel",
    "scoring.report.view.city",
    "scoring.report.view.department",
)
#: A grammar that jsonschema, which nbformat loads, takes over a second to compile; it can do without.
_GRAMMAR: Final = "rfc3987_syntax"


def _preload() -> None:
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    modules: dict[str, Any] = sys.modules
    modules[_GRAMMAR] = None
    importlib.import_module("jsonschema")
    del modules[_GRAMMAR]
    for name in _MODULES:
        importlib.import_module(name)
    gc.freeze()  # The collector would write to pages that the forks share.


_preload()
