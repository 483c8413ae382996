"""Write the blank workbook of a year anew: ``python -m scoring.evidence.template [YEAR]``."""

from __future__ import annotations

import sys
from pathlib import Path

from scoring.base.files import write_bytes
from scoring.evidence.template import blank
from scoring.scheme import load_scheme

year = int(sys.argv[1]) if len(sys.argv) > 1 else 2017
write_bytes(Path("templates") / f"evidence-{year}.xlsx", blank(load_scheme(year)))
