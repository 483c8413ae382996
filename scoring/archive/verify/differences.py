"""Where two files of a report differ in content: values, texts and cells, each with its location.

Charts are compared by their descriptions, not as pictures.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import PurePath
from typing import Any, Final

from lxml import html
from pypdf import PdfReader
from xlsxwriter.utility import xl_rowcol_to_cell

from scoring.archive.verify.report import Part
from scoring.evidence.reading.xlsx import grids_of

#: Locations, and how the content there differs, in Chinese.
Differences = Iterator[tuple[str, str]]
#: Locations and their content.
_Content = Iterator[tuple[str, str]]

#: Chinese names of the keys of scorecards and rankings.
_NAMES: Final = dict(
    re.findall(
        r"(\S+)=(\S+)",
        """
        max=满分 score=得分 range=得分范围 status=状态 total=总分 bonus=加分 qualified=是否合格 findings=发现
        set_aside=搁置的发现 pending=待评 readings=解读 evidence=佐证 review=复核 decisions=决定 points=分值
        because=事由 counting=计数说明 scheme=方案 unqualified=不合格 due=期限 days_late=逾期天数
        sample=示例 ranked=排名 samples=示例 absent=没有佐证的部门 unlisted=名单以外的文件 rank=名次 department=部门
        year=年度 as_of=截止日 exercise=方案性质 schema=格式 name=名称 code=指标 id=编号 kind=类型 effect=效果
        each=每次分值 times=次数 scope=归零范围 stands=是否成立 veto=否决 withdrawn=是否撤销 rests_on=依据的发现
        needs=所需项数 sheet=工作表 row=行 cells=内容 file=文件 sha256=摘要（SHA-256） notices=提示
        raw_range=复核前得分范围 finding=发现 decision=决定 reason=理由 reviewer=复核人 date=日期 difference=总分变动
        stale=失效原因 errors=差错数 provisional=暂不排名 failed=未评分 departments=部门
        """,
    )
)
#: Keys that identify the entries of a list.
_IDENTIFIERS: Final = ("id", "code", "finding", "department")
_ABSENT: Final = object()
#: What the two files are called.
_THEN_AND_NOW: Final = ("归档", "现为")
_PLAIN: Final = {None: "无", True: "是", False: "否"}
#: The end of a page: browsers show what comes after it all the same.
_END: Final = re.compile(rb"</(body|html)\s*>", re.IGNORECASE)
_LONGEST: Final = 120
_MOST_OF_A_FILE: Final = 50
#: A workbook may be the city's: as large as those of this many departments.
_TIMES: Final = 20


def compare(part: Part, name: str, before: bytes, after: bytes, *, exact: bool) -> None:
    """Note where an archived file differs from the one made again.

    Parameters
    ----------
    exact
        Whether every byte must be the same.
    """
    if before == after:
        return
    found = list(islice(differences(name, before, after), _MOST_OF_A_FILE + 1))
    for where, message in found[:_MOST_OF_A_FILE]:
        part.differs(f"{name} {where}".strip(), message)
    if len(found) > _MOST_OF_A_FILE:
        part.differs(name, f"还有其他不同，只列出 {_MOST_OF_A_FILE} 处")
    if exact and not found:
        part.differs(name, "内容相同，字节不同")


def differences(name: str, before: bytes, after: bytes) -> Differences:
    """Where the archived file and the one made again differ in content."""
    kind = PurePath(name).suffix
    if kind == ".json":
        yield from json_differences(json.loads(before), json.loads(after))
    elif read := _BY_KIND.get(kind):
        one, other = ({where: text for where, text in read(content) if text} for content in (before, after))
        for where in dict.fromkeys([*one, *other]):
            old, new = one.get(where, _ABSENT), other.get(where, _ABSENT)
            if old != new:
                yield where, _change(old, new, _THEN_AND_NOW)
    else:
        yield "", "内容不同"


def json_differences(
    before: Any, after: Any, names: tuple[str, str] = _THEN_AND_NOW, where: str = "", *, more: bool = False
) -> Differences:
    """Where two pieces of JSON differ.

    Parameters
    ----------
    names
        What the two are called, in Chinese.
    more
        Whether objects of ``after`` may have more keys than those of ``before``.
    """
    if isinstance(before, dict) and isinstance(after, dict):
        one, other = before, {key: value for key, value in after.items() if key in before or not more}
        labels = {key: "" if key == "nodes" else _NAMES.get(key, key) for key in [*one, *other]}
    elif key := next((key for key in _IDENTIFIERS if _identifies(before, key) and _identifies(after, key)), None):
        one, other = ({_title(entry, key): entry for entry in entries} for entries in (before, after))
        labels = {title: title for title in [*one, *other]}
    else:
        if before != after or isinstance(before, bool) is not isinstance(after, bool):
            yield where, _change(before, after, names)
        return
    for key, label in labels.items():
        below = f"{where} {label}".strip()
        yield from json_differences(one.get(key, _ABSENT), other.get(key, _ABSENT), names, below, more=more)


def _identifies(entries: Any, key: str) -> bool:
    """Whether all entries of a list have the key, each with another value."""
    if not isinstance(entries, list) or not all(isinstance(entry, dict) and key in entry for entry in entries):
        return False
    return len({_title(entry, key) for entry in entries}) == len(entries)


def _title(entry: Mapping[str, Any], key: str) -> str:
    return f"{entry['code']} {entry['name']}" if key == "code" and "name" in entry else str(entry[key])


def _change(before: Any, after: Any, names: tuple[str, str]) -> str:
    return f"{names[0]} {_shown(before)}，{names[1]} {_shown(after)}"


def _shown(value: Any) -> str:
    if value is _ABSENT:
        return "没有"
    if value is None or isinstance(value, bool):
        return _PLAIN[value]
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


# --- The content of a file, by its kind ------------------------------------------------------------------------------


def _workbook(content: bytes) -> _Content:
    """Values and formulas, cell by cell."""
    for name, grid in grids_of(content, _TIMES).items():
        for column, (rows, values) in grid.columns.items():
            for row, value in zip(rows, values, strict=True):
                yield f"{name}!{xl_rowcol_to_cell(row - 1, column - 1)}", str(value)
        for (row, column), formula in grid.formulas.items():
            yield f"{name}!{xl_rowcol_to_cell(row - 1, column - 1)}的公式", formula


def _page(content: bytes) -> _Content:
    """All text, scripts included, and the descriptions of pictures."""
    page = html.fromstring(_END.sub(b"", content), parser=html.HTMLParser(encoding="utf-8"))
    for style in [*page.iter("style")]:
        style.clear(keep_tail=True)
    for picture in [*page.iter("img"), *page.iter("{*}svg")]:
        picture.text = picture.get("alt") or picture.get("aria-label") or ""
    texts = (" ".join(text.split()) for text in page.itertext(with_tail=True))
    for number, text in enumerate(filter(None, texts), start=1):
        yield f"正文第 {number} 行", text


def _notebook(content: bytes) -> _Content:
    """The source and the output of each cell."""
    for number, cell in enumerate(json.loads(content)["cells"], start=1):
        yield f"第 {number} 个单元", "".join(cell.get("source", ()))
        given = (output.get("data", output) for output in cell.get("outputs", ()))
        texts = ("".join(data.get("text/html", data.get("text/plain", data.get("text", "")))) for data in given)
        page = "".join(f"<div>{text}</div>" for text in texts)
        for where, text in _page(f"<div>{page}</div>".encode()):
            yield f"第 {number} 个单元的输出 {where}", text


def _pdf(content: bytes) -> _Content:
    """The digests of the files inside, then the text of every page."""
    reader = PdfReader(io.BytesIO(content))
    for entry in reader.attachment_list:
        yield f"附件 {entry.name}", f"摘要（SHA-256） {hashlib.sha256(entry.content).hexdigest()}"
    for number, page in enumerate(reader.pages, start=1):
        for line, text in enumerate(page.extract_text().splitlines(), start=1):
            yield f"第 {number} 页第 {line} 行", text


_BY_KIND: Final[Mapping[str, Callable[[bytes], _Content]]] = {
    ".xlsx": _workbook,
    ".html": _page,
    ".ipynb": _notebook,
    ".pdf": _pdf,
}
