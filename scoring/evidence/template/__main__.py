"""Write the blank workbook of a scheme: ``python -m scoring.evidence.template [NAME]``."""

from __future__ import annotations

import sys
from pathlib import Path

from scoring.base.files import write_bytes
from scoring.evidence.template import blank
from scoring.scheme import load_scheme

scheme = load_scheme(named="".join(sys.argv[1:]))
write_bytes(Path("templates") / f"evidence-{scheme.folder.name}.xlsx", blank(scheme))
