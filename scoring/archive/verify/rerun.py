"""Reports made again and held against the archived ones."""

from __future__ import annotations

from pathlib import Path

from scoring.archive.opened import Archive
from scoring.archive.verify.report import Part


def check_rerun(archive: Archive, program: Path | None = None) -> Part:
    """To do."""
    return Part("重做报告", skipped="todo")
