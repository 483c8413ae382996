"""Schemes for tests: copies of one in a folder of their own, with some texts of its files replaced."""

from __future__ import annotations

import shutil
from pathlib import Path

from evidence_builder import SCHEME

from scoring import load_scheme
from scoring.scheme import SchemeError

#: A file, a text of it, and what replaces the text where it occurs first.
Change = tuple[str, str, str]


def copy_of(folder: Path, *changes: Change, source: Path = SCHEME.folder) -> Path:
    """A copy of a scheme's folder, changed."""
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file, old, new in changes:
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text, f"{file} has no {old}"
        (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


def refusal(folder: Path) -> list[str]:
    """The mistakes that a scheme is refused for, one per line, without the heading."""
    try:
        load_scheme(named=str(folder))
    except SchemeError as error:
        heading, *lines = str(error).split("\n  ")
        assert heading == f"方案 {folder.name} 有 {len(lines)} 处错误："
        return lines
    raise AssertionError("the scheme was loaded")
