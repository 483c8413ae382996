"""Reads a list of departments from a file, such as another city's or a province's.

UTF-8, one name per line, in the order in which departments are listed, and ranked when their totals are equal. Blank
lines, lines that begin with ``#``, blanks around a name and a byte order mark are ignored.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Final

from scoring.base.characters import displayed, plain
from scoring.base.errors import ForAnalysts
from scoring.base.files import reason_of
from scoring.base.names import CITY

#: Bytes of a name in UTF-8: file systems allow 255, and names of results add to it.
MOST_BYTES: Final = 200

_SIGNS: Final = re.compile(r'[<>:"/\\|?*]')
_DEVICES: Final = re.compile(r"(CON|PRN|AUX|NUL|COM\d|LPT\d)(\..*)?", re.IGNORECASE)
#: Names used next to the departments' folders among the results.
_TAKEN: Final = frozenset({"failed", "ranking.json", "index.html", "运行日志", "全市汇总"})
_MOST_LISTED: Final = 10
_RESERVED: Final = "是系统或程序保留的名称"


class UnusableDepartments(ForAnalysts, ValueError):
    """A list of departments that cannot be used; the message says where and why, in Chinese."""


def read_departments(path: Path) -> tuple[str, ...]:
    """The names in a list of departments; UnusableDepartments when it cannot be read or a name cannot be used."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UnusableDepartments(f"部门名单 {path} 打不开（{reason_of(error)}）") from error
    except UnicodeDecodeError as error:
        raise UnusableDepartments(f"部门名单 {path} 不是 UTF-8 编码的文本文件；请另存为 UTF-8") from error
    composed = unicodedata.normalize("NFC", text)
    lines = [(number, line.strip()) for number, line in enumerate(composed.splitlines(), 1)]
    names = [(number, name) for number, name in lines if name and not name.startswith("#")]
    if not names:
        raise UnusableDepartments(f"部门名单 {path} 中没有部门；每行写一个部门名称")
    problems = [f"第 {number} 行“{displayed(name)}”{why}" for number, name in names if (why := why_no_department(name))]
    first: dict[str, int] = {}
    for number, name in names:  # Equal to a reader, or to a file system that ignores case.
        before = first.setdefault(plain(name).casefold(), number)
        if before != number:
            problems.append(f"第 {number} 行“{displayed(name)}”与第 {before} 行重复")
    if problems:
        more = f"；等 {len(problems)} 处" if len(problems) > _MOST_LISTED else ""
        raise UnusableDepartments(f"部门名单 {path} 有误：{'；'.join(problems[:_MOST_LISTED])}{more}")
    return tuple(name for _, name in names)


def why_no_department(name: str) -> str:
    """Why a name cannot be a department's, which also names files and folders; empty if it can."""
    if reason := why_no_file_name(name):
        return reason
    if not name or name != name.strip():
        return "不能为空，前后也不能有空格"
    return _RESERVED if name.casefold() in _TAKEN or CITY in name else ""


def why_no_file_name(name: str, most_bytes: int = MOST_BYTES) -> str:
    """Why a name cannot be that of a file on Windows and Linux, in Chinese; empty when it can."""
    if sign := _SIGNS.search(name):
        return f"含有不能用于文件名的符号“{sign[0]}”"
    if any(unicodedata.category(char).startswith("C") for char in name):
        return "含有控制字符或不可见字符，不能用于文件名"
    if name.startswith((".", "~$")) or name.endswith((".", " ")):
        return "不能以“.”或“~$”开头，也不能以“.”或空格结尾"
    if _DEVICES.fullmatch(name):
        return _RESERVED
    if len(name.encode()) > most_bytes:
        return f"过长，用作文件名超过了 {most_bytes} 个字节"
    return ""
