"""The files of an evidence folder: a department's workbook and its parts, and what is left unread.

``人社局.xlsx`` and any number of parts beside it, ``人社局.信箱.xlsx``, are one department's evidence. The part 案卷 is
the case file, which the program writes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from pathlib import Path
from typing import Final

from scoring.base.characters import quoted
from scoring.scheme.departments import why_no_file_name

_SUFFIX: Final = ".xlsx"
#: Folder beside the workbooks in which saving keeps earlier versions.
HISTORY: Final = "历史版本"
#: The part that the program writes: decisions, and what an assessor recorded in the review notebook.
CASE: Final = "案卷"
#: A department's folder of attachments is called 人社局.附件.
ATTACHMENTS: Final = "附件"
#: The most bytes of an attachment, and of all that a department's rows name.
LARGEST_ATTACHMENT, LARGEST_ATTACHMENTS = 20 * 2**20, 200 * 2**20
#: How the exports of other systems correspond to sheets; importing keeps it.
COMPARISONS: Final = "导入对照.toml"

#: The most bytes of a file's name that every file system allows.
_LONGEST_NAME: Final = 255
#: What Windows puts into folders of pictures.
_OF_SYSTEM: Final = frozenset({"Thumbs.db", "desktop.ini"})
_SAVE_AS: Final = "请在 Excel 或 WPS 中另存为 .xlsx"
_IMPORT: Final = "如是其他系统导出的表格，可用 python -m scoring import 导入"
_UNREAD: Final = {
    ".xls": f"旧格式的工作簿，未读取；{_SAVE_AS}；{_IMPORT}",
    ".et": f"WPS 表格格式，未读取；{_SAVE_AS}；{_IMPORT}",
    ".xlsm": f"启用宏的工作簿，未读取；{_SAVE_AS}",
    ".xlsb": f"二进制格式的工作簿，未读取；{_SAVE_AS}",
    ".ods": f"OpenDocument 表格，未读取；{_SAVE_AS}",
    ".csv": f"文本表格，未读取；请填入部门的 .xlsx 工作簿；{_IMPORT}",
    ".numbers": "Numbers 表格，未读取；请导出为 .xlsx",
}


def composed(name: str) -> str:
    """A file's name in composed Unicode: macOS may keep names decomposed."""
    return unicodedata.normalize("NFC", name)


_ENDINGS: Final = frozenset({_SUFFIX[1:], *(suffix[1:] for suffix in _UNREAD), "bak", "old", "tmp"})
_COPIES: Final = ("副本", "备份")


def department_of(path: Path, departments: Container[str]) -> str:
    """The department whose evidence a workbook holds, as a whole or in part; the file's whole stem if it is none's."""
    stem = composed(path.stem)
    if stem in departments:
        return stem
    name, _, part = stem.rpartition(".")  # A department's name may have dots in it, a part's has none.
    return name if name in departments and is_part_name(part) else stem


def part_of(path: Path, department: str) -> str:
    """The name of a department's part, such as 信箱; empty for the workbook that is named after the department."""
    return composed(path.stem)[len(department) + 1 :]


def is_part_name(name: str) -> bool:
    """Whether a part may be called so: a word, which no copy (信箱（1）, 信箱 - 副本) and no ending (xlsx, bak) is."""
    is_word = re.sub("[-_]", "", name).isalnum()
    return is_word and name.lower() not in _ENDINGS and not any(copy in name for copy in _COPIES)


def attachments_in(folder: Path) -> dict[str, Path]:
    """The attachments in a folder by their names in composed Unicode; links, folders and hidden files are none."""
    try:
        entries = sorted(folder.iterdir()) if folder.is_dir() and not folder.is_symlink() else []
        named = {composed(path.name): path for path in entries if path.is_file() and not path.is_symlink()}
    except OSError:  # A folder that may not be read has none.
        return {}
    return {name: path for name, path in named.items() if name not in _OF_SYSTEM and not why_no_attachment(name)}


def why_no_attachment(name: str) -> str:
    """Why no attachment may be called so, in Chinese; empty if it may: a plain name, the same on every system."""
    return why_no_file_name(name, _LONGEST_NAME)


def folder_of_attachments(department: str, folder: Path) -> Path:
    """Where a department's attachments lie, beside its workbook in ``folder``."""
    return folder / f"{department}.{ATTACHMENTS}"


def workbooks_in(folder: Path) -> list[Path]:
    """The evidence workbooks of a folder in the order of their names; Excel's lock files are no workbooks."""
    return sorted(path for path in folder.iterdir() if _is_workbook(path))


def unread_in(folder: Path) -> list[str]:
    """Other files in a folder of workbooks, which are not read; each with advice, in Chinese."""
    unread = []
    stems = {composed(path.stem) for path in workbooks_in(folder)}
    named = {f"{one}.{ATTACHMENTS}" for stem in stems for one in (stem, stem.rpartition(".")[0])}
    for path in sorted(folder.iterdir()):
        if composed(path.name) in named and path.is_dir():
            continue
        if _is_workbook(path) or path.name.startswith(("~$", ".")) or path.name in {HISTORY, COMPARISONS}:
            continue
        name = quoted(path.name.encode("utf-8", "backslashreplace").decode("utf-8"), 200)
        if path.suffix.lower() == _SUFFIX and not path.exists():
            what = "打不开（链接失效），未读取；请放入文件本身"
        elif path.is_dir():
            what = f"文件夹，其中的文件未读取；佐证工作簿应直接放在 {folder} 中"
        else:
            what = _UNREAD.get(path.suffix.lower(), "不是 .xlsx 工作簿，未读取；与佐证无关的文件请移走")
        unread.append(f"{name}：{what}")
    return unread


def _is_workbook(path: Path) -> bool:
    return path.suffix.lower() == _SUFFIX and not path.name.startswith(("~$", ".")) and path.is_file()
