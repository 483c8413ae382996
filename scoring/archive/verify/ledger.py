"""Ledger."""

from __future__ import annotations


from scoring.archive.opened import Archive
from scoring.archive.verify.report import Part


def check_ledgers(archive: Archive) -> Part:
    """To do."""
    return Part("台账复加", skipped="todo")
