"""Imported by the server process that reports are forked from, so that all they need is loaded."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from types import TracebackType
from typing import Any, Final

#: papermill comes first: it loads our engine, which needs papermill fully imported.
_MODULES: Final = (
    "papermill",
    "scoring.batch.workers.runners",
    "scoring.report.excel",
    "scoring.report.view.city",
    "scoring.report.view.department",
)
#: A grammar that jsonschema, which nbformat loads, takes over a second to compile; it can do without.
_GRAMMAR: Final = "rfc3987_syntax"


def _without_a_traceback(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Nobody waits for the server any more if the command was killed while it asked for a process."""
    if not issubclass(kind, EOFError | ConnectionError):
        sys.__excepthook__(kind, error, trace)


sys.excepthook = _without_a_traceback
os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
_modules: dict[str, Any] = sys.modules
_modules[_GRAMMAR] = None
importlib.import_module("jsonschema")
del _modules[_GRAMMAR]
for _name in _MODULES:
    importlib.import_module(_name)
gc.freeze()  # The collector would write to pages that the forks share.
