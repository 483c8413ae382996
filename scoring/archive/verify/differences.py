"""Where two files of a report differ in what they say: values, texts and cells, each by its place.

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

#: Places, and what is different there, in Chinese.
Differences = Iterator[tuple[str, str]]
#: Places, and what stands there.
_Said = Iterator[tuple[str, str]]

#: What the keys of scorecards and rankings are called.
_WORDS: Final = dict(
    re.findall(
        r"(\S+)=(\S+)",
        """
        max=满分 score=得分 range=得分范围 status=状态 total=总分 bonus=加分 qualified=是否合格 findings=发现
        set_aside=搁置的发现 pending=待评 readings=解读 evidence=佐证 review=复核 decisions=决定 points=分值
        because=事由 counting=计数说明
        sample=示例 ranked=排名 samples=示例 absent=没有佐证的部门 unlisted=名单以外的文件 rank=名次 department=部门
        year=年度 as_of=截止日 exercise=方案性质 schema=格式 name=名称 code=指标 id=编号 kind=类型 effect=效果
        each=每次分值 times=次数 scope=归零范围 stands=是否成立 veto=否决 withdrawn=是否撤销 rests_on=依据的发现
        needs=所需项数 sheet=工作表 row=行 cells=内容 file=文件 sha256=摘要（SHA-256） notices=提示
        raw_range=复核前得分范围 finding=发现 decision=决定 reason=理由 reviewer=复核人 date=日期 difference=总分变动
        stale=失效原因 errors=差错数 provisional=暂不排名 failed=未评分 departments=部门
        city=城市 title=标题 program=程序 version=版本
        """,
    )
)
#: What tells the entries of a list apart.
_NAMES: Final = ("id", "@id", "code", "finding", "department")
_ABSENT: Final = object()
#: What two files are called, unless they are told apart otherwise.
_THEN_AND_NOW: Final = ("归档", "现为")
_PLAIN: Final = {None: "无", True: "是", False: "否"}
#: Pictures and fonts inside a style.
_DATA: Final = re.compile(r"url\(['\"]?data:[^)]*\)")
#: The end of a page; what stands after it, a browser shows all the same.
_END: Final = re.compile(rb"</(body|html)\s*>", re.IGNORECASE)
_LONGEST: Final = 120
_MOST_OF_A_FILE: Final = 50
#: A workbook may be the city's: as large as those of so many departments.
_TIMES: Final = 20


def hold(part: Part, name: str, before: bytes, after: bytes, *, exact: bool) -> None:
    """Note where an archived file differs from the one made again.

    Parameters
    ----------
    exact
        Whether every byte must be the same, beyond what the files say.
    """
    if before == after:
        return
    found = list(islice(differences(name, before, after), _MOST_OF_A_FILE + 1))
    for where, told in found[:_MOST_OF_A_FILE]:
        part.differs(f"{name} {where}".strip(), told)
    if len(found) > _MOST_OF_A_FILE:
        part.differs(name, f"还有其他不同，只列出 {_MOST_OF_A_FILE} 处")
    if exact and not found:
        part.differs(name, "内容相同，字节不同")


def differences(name: str, before: bytes, after: bytes) -> Differences:
    """Where the archived file and the one made again differ in what they say."""
    kind = PurePath(name).suffix
    if kind == ".json":
        yield from json_differences(json.loads(before), json.loads(after))
    elif says := _BY_KIND.get(kind):
        one, other = ({place: text for place, text in says(content) if text} for content in (before, after))
        for place in dict.fromkeys([*one, *other]):
            old, new = one.get(place, _ABSENT), other.get(place, _ABSENT)
            if old != new:
                yield place, _change(old, new)
    elif before != after:
        yield "", "内容不同"


def json_differences(before: Any, after: Any, where: str = "", words: tuple[str, str] = _THEN_AND_NOW) -> Differences:
    """Where two pieces of JSON differ.

    Parameters
    ----------
    words
        What the two are called, in Chinese.
    """
    if isinstance(before, dict) and isinstance(after, dict):
        one, other = before, after
        places = {key: "" if key == "nodes" else _WORDS.get(key, key) for key in [*one, *other]}
    elif key := next((key for key in _NAMES if _are_told_apart(before, key) and _are_told_apart(after, key)), None):
        one, other = ({_name(entry, key): entry for entry in entries} for entries in (before, after))
        places = {name: name for name in [*one, *other]}
    else:
        if before != after or isinstance(before, bool) is not isinstance(after, bool):
            yield where, _change(before, after, words)
        return
    for key, told in places.items():
        yield from json_differences(one.get(key, _ABSENT), other.get(key, _ABSENT), f"{where} {told}".strip(), words)


def _are_told_apart(entries: Any, key: str) -> bool:
    """Whether all entries of a list have the key, each another value."""
    if not isinstance(entries, list) or not all(isinstance(entry, dict) and key in entry for entry in entries):
        return False
    return len({_name(entry, key) for entry in entries}) == len(entries)


def _name(entry: Mapping[str, Any], key: str) -> str:
    return f"{entry['code']} {entry['name']}" if key == "code" and "name" in entry else str(entry[key])


def _change(before: Any, after: Any, words: tuple[str, str] = _THEN_AND_NOW) -> str:
    return f"{words[0]} {_told(before)}，{words[1]} {_told(after)}"


def _told(value: Any) -> str:
    if value is _ABSENT:
        return "没有"
    if value is None or isinstance(value, bool):
        return _PLAIN[value]
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


# --- What a file says, by its kind -----------------------------------------------------------------------------------


def _lines(text: str, where: str = "") -> _Said:
    for number, line in enumerate(text.splitlines(), start=1):
        yield f"{where}第 {number} 行", line


def _text(content: bytes) -> _Said:
    return _lines(content.decode("utf-8"))


def _workbook(content: bytes) -> _Said:
    """Values and formulas, cell by cell."""
    for name, grid in grids_of(content, _TIMES).items():
        yield f"《{name}》", "有这张表"
        for column, (rows, values) in grid.columns.items():
            for row, value in zip(rows, values, strict=True):
                yield f"{name}!{xl_rowcol_to_cell(row - 1, column - 1)}", str(value)
        for (row, column), formula in grid.formulas.items():
            yield f"{name}!{xl_rowcol_to_cell(row - 1, column - 1)}的公式", formula


def _page(content: bytes) -> _Said:
    """Scripts and styles, cells of tables, then all other text and the descriptions of pictures."""
    page = html.fromstring(_END.sub(b"", content), parser=html.HTMLParser(encoding="utf-8"))
    for kind, told in (("script", "脚本"), ("style", "样式")):
        for number, part in enumerate(page.iter(kind), start=1):
            yield f"第 {number} 段{told}", _DATA.sub("url()", f"{part.get('src', '')}{part.text or ''}")
    for number, table in enumerate(page.iter("table"), start=1):
        for row, line in enumerate(table.iter("tr"), start=1):
            for column, cell in enumerate(line.iter("td", "th"), start=1):
                yield f"第 {number} 张表第 {row} 行第 {column} 列", " ".join(cell.text_content().split())
    for told_already in [*page.iter("style", "script", "table")]:
        told_already.clear(keep_tail=True)
    for picture in [*page.iter("img"), *page.iter("{*}svg")]:
        picture.text = picture.get("alt") or picture.get("aria-label")
    texts = (" ".join(text.split()) for text in page.itertext(with_tail=True))
    for number, text in enumerate(filter(None, texts), start=1):
        yield f"正文第 {number} 行", text


def _notebook(content: bytes) -> _Said:
    """The source of each cell, and what it gave."""
    for number, cell in enumerate(json.loads(content)["cells"], start=1):
        yield from _lines("".join(cell.get("source", ())), f"第 {number} 个单元")
        given = (output.get("data", output) for output in cell.get("outputs", ()))
        texts = ("".join(data.get("text/html", data.get("text/plain", data.get("text", "")))) for data in given)
        page = "".join(f"<div>{text}</div>" for text in texts)
        for where, told in _page(f"<div>{page}</div>".encode()):
            yield f"第 {number} 个单元的输出 {where}", told


def _pdf(content: bytes) -> _Said:
    """What travels inside, then the text of every page."""
    reader = PdfReader(io.BytesIO(content))
    for entry in reader.attachment_list:
        yield f"附件 {entry.name}", f"摘要（SHA-256） {hashlib.sha256(entry.content).hexdigest()}"
    for number, page in enumerate(reader.pages, start=1):
        yield from _lines(page.extract_text(), f"第 {number} 页")


_BY_KIND: Final[Mapping[str, Callable[[bytes], _Said]]] = {
    ".txt": _text,
    ".csv": _text,
    ".xlsx": _workbook,
    ".html": _page,
    ".ipynb": _notebook,
    ".pdf": _pdf,
}
