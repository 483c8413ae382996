"""Workbooks as LibreOffice recalculates them, stored values thrown away first, many in one run; or prints them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from scoring.report import fonts

_STORED = re.compile(rb"(</f>)<v>[^<]*</v>")
_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""
_FONT_SETTINGS = f"""<?xml version="1.0"?>
<fontconfig>
<include ignore_missing="yes">/etc/fonts/fonts.conf</include>
<dir>{Path(fonts.__path__[0])}</dir>
</fontconfig>
"""


def recalculated(paths: Iterable[Path], folder: Path) -> list[Any]:
    """The workbooks as openpyxl reads them after LibreOffice worked every formula out; their names must differ."""
    before, after, profile = folder / "before", folder / "after", folder / "profile"
    (profile / "user").mkdir(parents=True, exist_ok=True)
    (profile / "user" / "registrymodifications.xcu").write_text(_PROFILE, encoding="utf-8")
    before.mkdir(exist_ok=True)
    stripped = [_without_stored_values(path, before / path.name) for path in paths]
    convert(stripped, after, profile, "xlsx")
    return [openpyxl.load_workbook(after / path.name, data_only=True) for path in stripped]


def printed(path: Path, folder: Path) -> Path:
    """A workbook as it comes out of the printer, in the fonts of the reports: a machine may have no Chinese ones."""
    (folder / "fonts.conf").write_text(_FONT_SETTINGS, encoding="utf-8")
    convert([path], folder, folder / "profile", "pdf", FONTCONFIG_FILE=str(folder / "fonts.conf"))
    return folder / f"{path.stem}.pdf"


def convert(paths: Iterable[Path], folder: Path, profile: Path, kind: str, **settings: str) -> None:
    """Files as another kind, in a folder."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice (soffice) is not installed: nothing else here recalculates, prints or lays out a file")
    command = [office, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", kind]
    subprocess.run(
        [*command, "--outdir", folder, *paths], check=True, capture_output=True, timeout=300, env=os.environ | settings
    )


def _without_stored_values(source: Path, target: Path) -> Path:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            content = old.read(entry)
            new.writestr(entry, _STORED.sub(rb"\1", content) if "worksheets/" in entry.filename else content)
    return target


def table(sheet: Any, first: str) -> list[dict[str, Any]]:
    """The rows under the header with the title ``first``, by title; up to the first whose cell there is empty."""
    rows = list(sheet.iter_rows())
    start = next(number for number, row in enumerate(rows) if any(cell.value == first for cell in row))
    titles = [cell.value for cell in rows[start]]
    found = []
    for row in rows[start + 1 :]:
        cells = dict(zip(titles, row, strict=True))
        if cells[first].value is None:
            break
        found.append(cells)
    return found
