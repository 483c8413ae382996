"""Imported before a worker's other modules, it spares each worker's start a second.

nbformat checks notebooks by jsonschema, which compiles a grammar of internet addresses when it is imported, if it
can. No notebook's schema asks for addresses to be checked, so the grammar is out of reach for that moment.
"""

from __future__ import annotations

import importlib
import sys
from typing import Final

_GRAMMAR: Final = "rfc3987_syntax"

if _GRAMMAR not in sys.modules:
    sys.modules[_GRAMMAR] = None  # type: ignore[assignment]  # importing it then fails, as jsonschema is prepared for
    importlib.import_module("jsonschema")

    del sys.modules[_GRAMMAR]
