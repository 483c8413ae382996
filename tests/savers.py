"""Workbooks with rich content, decisions to save in them, and processes that save until they are killed."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import io
import os
import signal
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import xlsxwriter
from evidence_builder import SCHEME, faultless
from xlsxwriter.worksheet import Worksheet

from scoring.engine.decisions import Decision
from scoring.review.saving import CannotSave, save_decisions

REVIEWS = "复核记录"
SHEETS = [*faultless().headers]
#: Where xlsxwriter puts 复核记录.
PART = f"xl/worksheets/sheet{SHEETS.index(REVIEWS) + 1}.xml"
DAY = dt.date(2018, 1, 12)
#: A picture of one pixel.
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
_PLAIN = {"strings_to_formulas": False, "strings_to_urls": False}


def decision(finding: str = "2.1:戊", **changed: Any) -> Decision:
    """A decision; what is not given is filled in."""
    given = {"decision": "撤销", "reason": "已更正", "reviewer": "复核员乙", "reviewed_on": DAY, "basis": "sha256:0f"}
    return Decision(finding, **(given | changed))


def sha256(path: Path) -> str:
    """Of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def parts(path: Path) -> dict[str, bytes]:
    """The parts of a workbook, in its order."""
    with zipfile.ZipFile(path) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def repacked(path: Path, change: Callable[[str, bytes], bytes]) -> Path:
    """The workbook with parts changed in place."""
    old = parts(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in old.items():
            archive.writestr(name, change(name, data))
    return path


def small(folder: Path) -> Path:
    """A workbook of few rows with two decisions; it is quickly read."""
    evidence = faultless()
    for rows in evidence.sheets.values():
        del rows[20:]
    return evidence.add("复核记录 | 发现编号=2.1:甲", "复核记录 | 发现编号=2.1:乙").save(folder)


def rich(folder: Path) -> Path:
    """The same with all that an office program lets people put into a workbook."""
    evidence = faultless().add("复核记录 | 发现编号=2.1:甲", "复核记录 | 发现编号=2.1:乙")
    path = folder / "人社局.xlsx"
    with xlsxwriter.Workbook(path, _PLAIN) as book:
        looks = {
            "header": book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1}),
            "text": book.add_format({"text_wrap": True, "border": 1}),
            "day": book.add_format({"num_format": 'yyyy"年"m"月"d"日"', "border": 1, "font_color": "#1F4E79"}),
        }
        for name, rows in evidence.sheets.items():
            header = evidence.headers[name]
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, header, looks["header"])
            for number, row in enumerate(rows, start=1):
                for at, column in enumerate(header):
                    value = row.get(column)
                    sheet.write(number, at, value, looks["day" if isinstance(value, dt.date) else "text"])
            _furnish(sheet, name, header, len(rows))
        _add_pictures(book)
        book.define_name("领导来信", "=领导信箱!$A$1:$F$20")
    return path


def _furnish(sheet: Worksheet, name: str, header: list[str], rows: int) -> None:
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, 0, 33.5)
    sheet.set_column(2, 2, 44, None, {"level": 1})
    sheet.write_comment(0, 0, f"{name}的说明", {"x_scale": 3, "y_scale": 2, "author": "模板"})
    if name == REVIEWS:
        columns = [{"header": title} for title in header]
        sheet.add_table(0, 0, rows, len(header) - 1, {"name": "复核", "columns": columns})
        sheet.data_validation(1, 1, 500, 1, {"validate": "list", "source": ["维持", "撤销"]})
        sheet.conditional_format(1, 0, 500, 5, {"type": "formula", "criteria": '=$B2="撤销"'})
        sheet.write(8, 8, "边注")
    elif rows:
        sheet.autofilter(0, 0, rows, len(header) - 1)


def _add_pictures(book: xlsxwriter.Workbook) -> None:
    extra = book.add_worksheet("附图")
    extra.write_column(0, 0, [3, 1, 2])
    extra.write_formula(3, 0, "=SUM(A1:A3)", None, 6)
    extra.write_url(5, 0, "https://example.org/", string="链接")
    extra.insert_image(0, 3, "点.png", {"image_data": io.BytesIO(DOT), "x_scale": 20, "y_scale": 20})
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": "=附图!$A$1:$A$3"})
    extra.insert_chart(8, 3, chart)
    extra.insert_textbox(24, 3, "文本框")
    extra.protect("密码")


# --- In processes of their own ---------------------------------------------------------------------------------------

_STEPS = {"open", "os.rename", "os.remove", "os.mkdir", "os.chmod", "os.chown", "os.utime", "tempfile.mkstemp"}


def save_and_die(path: Path, at: int) -> None:
    """Save, killed before file-system operation ``at``; returns if there are fewer."""
    passed = 0

    def step() -> None:
        nonlocal passed
        passed += 1
        if passed == at:
            os.kill(os.getpid(), signal.SIGKILL)

    flush = os.fsync
    os.fsync = lambda handle: (step(), flush(handle), step())[1]
    sys.addaudithook(lambda event, _: step() if event in _STEPS else None)
    save_decisions(path, SCHEME, sha256(path), [decision(f"步:{at}")])


def save_half_and_die(path: Path, nth: int) -> None:
    """Save; killed when half of the ``nth`` file that is written is on the disk."""
    opened, real = 0, os.fdopen

    class Half(io.FileIO):
        def write(self, content: Any) -> int:
            super().write(content[: len(content) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
            return 0

    def fdopen(handle: int, mode: str) -> Any:
        nonlocal opened
        opened += 1
        return Half(handle, mode) if opened == nth else real(handle, mode)

    os.fdopen = fdopen
    save_decisions(path, SCHEME, sha256(path), [decision("半")])


def save_at_once(path: Path, read: str, finding: str, barrier: Any, answers: Any) -> None:
    """Save together with others; what came of it is put into ``answers``."""
    barrier.wait()
    try:
        save_decisions(path, SCHEME, read, [decision(finding)])
        answers.put((finding, ""))
    except CannotSave as error:
        answers.put((finding, str(error)))
