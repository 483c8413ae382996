"""Invented evidence at any size, the same for the same seed: ``python -m benchmarks.evidence --help``.

Every department is invented (示例单位0001 …) and every workbook is marked 示例. The mix is that of a middling site:
most letters answered in time, some late, a few fobbed off; some columns stale or blank; a fault here and there.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import xlsxwriter

from scoring.scheme import load_scheme

YEAR: Final = 2017
SCHEME: Final = load_scheme(YEAR)
#: Departments made together; fixed, so that the evidence of a seed does not depend on the number of processes.
TOGETHER: Final = {"parquet": 500, "xlsx": 25, "parts": 25}
#: With ``parts``: the sheets that stand in files of their own beside a department's workbook.
PARTS: Final = {".信箱": ("领导信箱",), ".发布": ("网站栏目", "信息发布")}
#: File beside the year's folder that lists the departments, for ``--departments``.
LIST: Final = "部门名单.txt"

COLUMNS: Final = (
    *(("工作动态", f"工作动态{n}") for n in "一二三四"),
    *(("通知公告", f"通知公告{n}") for n in "一二三"),
    *(("政策文件", f"政策文件{n}") for n in "一二"),
    ("文件解读", "政策解读"),
    ("规划计划", "规划计划"),
    ("人事信息", "人事信息"),
    *(("其他", f"专题专栏{n}") for n in "一二三"),
)
#: How often each of these columns gets publications, relative to the others.
OFTEN: Final = np.array([30, 20, 12, 6, 16, 10, 6, 4, 2, 3, 1, 2, 3, 2, 1], dtype=float)
SUBJECTS: Final = ("就业服务", "项目建设", "安全生产", "便民服务", "政策宣传", "督查检查", "业务培训", "信息公开")
ACTIONS: Final = ("召开工作推进会", "开展专项检查", "印发实施方案", "举办集中培训", "公布办理结果", "部署下一步工作")
REPLIES: Final = (
    "您好，您反映的问题已核实，现答复如下：按有关规定办理，请携带身份证到服务窗口提交材料，五个工作日内办结。",
    "您好，经了解，该事项已列入本年度计划，预计年底前完成。感谢您的关心与监督。",
    "您好，您的建议已收悉，我们将在下一步工作中认真研究采纳。",
    "您好，经现场查看，问题已督促责任单位整改到位，欢迎继续监督。",
)
FOB_OFFS: Final = ("您好，已电话回复当事人。", "您好，来信已转相关部门处理。")

Chance = np.random.Generator
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Rows:
    """Rows of one sheet for a stretch of departments: each row's department, and the columns by name."""

    department: Ints
    columns: Mapping[str, pa.Array]


def names_of(count: int) -> list[str]:
    """Names of invented departments.

    >>> names_of(2)
    ['示例单位0001', '示例单位0002']
    """
    width = max(4, len(str(count)))
    return [f"示例单位{number:0{width}d}" for number in range(1, count + 1)]


def write_evidence(
    out: Path, departments: int, rows: int, form: str, *, seed: int = 1, jobs: int | None = None
) -> Path:
    """Write the evidence of this many departments, and the list of their names next to it.

    Parameters
    ----------
    rows
        Rows of each department over all sheets, at least 300.
    form
        ``xlsx`` (one workbook per department), ``parts`` (the same rows in three files per department) or ``parquet``
        (one folder of parts per sheet).

    Returns
    -------
    Path
        The year's folder.
    """
    folder = out / str(YEAR)
    folder.mkdir(parents=True, exist_ok=True)
    names = names_of(departments)
    (out / LIST).write_text("\n".join(names) + "\n", encoding="utf-8")
    stretches = [range(at, min(at + TOGETHER[form], departments)) for at in range(0, departments, TOGETHER[form])]
    write = partial(_write_stretch, folder, names, rows, form, seed)
    with ProcessPoolExecutor(jobs or os.cpu_count(), mp_context=get_context("spawn")) as pool:
        for _ in pool.map(write, range(len(stretches)), stretches):
            pass
    return folder


def _write_stretch(folder: Path, names: list[str], rows: int, form: str, seed: int, part: int, stretch: range) -> None:
    chance = np.random.default_rng([seed, part])
    own = [names[at] for at in stretch]
    tables = {name: _table(own, made) for name, made in _sheets(chance, own, rows).items()}
    if form == "parquet":
        _write_parts(folder, part, tables)
    else:
        _write_workbooks(folder, own, tables, PARTS if form == "parts" else {})


def _table(names: list[str], rows: Rows) -> pa.Table:
    departments = pa.DictionaryArray.from_arrays(pa.array(rows.department, pa.int32()), pa.array(names))
    return pa.table({"部门": departments, **rows.columns})


def _write_parts(folder: Path, part: int, tables: Mapping[str, pa.Table]) -> None:
    for name, table in tables.items():
        (folder / name).mkdir(exist_ok=True)
        pq.write_table(table, folder / name / f"part-{part:04d}.parquet", compression="zstd")


def _write_workbooks(
    folder: Path, names: Iterable[str], tables: Mapping[str, pa.Table], parts: Mapping[str, Sequence[str]]
) -> None:
    elsewhere = {name for sheets in parts.values() for name in sheets}
    files = {"": [sheet.name for sheet in SCHEME.sheets_to_fill_in if sheet.name not in elsewhere], **parts}
    spans = {name: _spans(table) for name, table in tables.items()}
    plain = {name: [column.to_pylist() for column in table.drop(["部门"]).columns] for name, table in tables.items()}
    for department, (part, sheets) in product(names, files.items()):
        options = {"default_date_format": "yyyy-mm-dd", "strings_to_urls": False}
        with xlsxwriter.Workbook(folder / f"{department}{part}.xlsx", options) as book:
            book.set_properties({"created": dt.datetime(YEAR + 1, 1, 31)})  # noqa: DTZ001 - Excel knows no zones
            for sheet in (SCHEME.sheet_names[name] for name in sheets):
                page = book.add_worksheet(sheet.name)
                page.write_row(0, 0, [column.name for column in sheet.columns if not column.optional])
                first, last = spans[sheet.name].get(department, (0, 0))
                for at, cells in enumerate(zip(*(column[first:last] for column in plain[sheet.name]), strict=True), 1):
                    page.write_row(at, 0, cells)


def _spans(table: pa.Table) -> dict[str, tuple[int, int]]:
    """Department to its first row and the one after its last; a department's rows are together."""
    codes = table.column("部门").combine_chunks()
    starts, counts = np.unique(codes.indices.to_numpy(), return_index=True, return_counts=True)[1:]
    present = [codes.dictionary[codes.indices[start].as_py()].as_py() for start in starts.tolist()]
    return {name: (first, first + count) for name, first, count in zip(present, starts, counts, strict=True)}


# --- The sheets, for a stretch of departments at once ---------------------------------------------------------------


def _sheets(chance: Chance, names: list[str], rows: int) -> dict[str, Rows]:
    count = len(names)
    letters = np.full(count, rows // 20)
    made = {
        "基本信息": _facts(chance, names),
        "核查情况": _inspections(chance, count),
        "门户征集调查": _portal_consultations(chance, count),
        "门户栏目报送": _deliveries(chance, count),
        "门户信息采用": _portal_news(chance, count),
        "网站栏目": _columns(chance, count),
        "监测时点": _checkpoints(count),
        "监测发现": _faults(chance, count),
        "领导信箱": _letters(chance, letters),
        "网站征集调查": _site_consultations(chance, count),
        "安全漏洞": _vulnerabilities(chance, count),
        "安全通报": _security_notices(chance, count),
        "通报曝光": _censures(chance, count),
        "复核记录": _no_reviews(),
    }
    used = sum(np.bincount(sheet.department, minlength=count) for sheet in made.values())
    made["信息发布"] = _publications(chance, np.maximum(rows - used, 50))
    return {sheet.name: made[sheet.name] for sheet in SCHEME.sheets_to_fill_in}


def _facts(chance: Chance, names: list[str]) -> Rows:
    rows = list(_facts_of(chance, names))
    return Rows(
        np.repeat(np.arange(len(names)), len(SCHEME.facts)),
        {
            "项目": _words([fact.name for fact in SCHEME.facts], np.tile(np.arange(len(SCHEME.facts)), len(names))),
            "内容": pa.array(rows),
        },
    )


def _facts_of(chance: Chance, names: list[str]) -> Iterator[str | None]:
    """内容 of 基本信息 as text, one department after the other, in the order of the scheme."""
    for number, name in enumerate(names):
        has = ["有" if sure > 0.06 else "无" for sure in chance.random(6)]
        integrated = _day_text(chance, "2017-03-01", 150)
        change = ("未变更", "已报备", "未报备")[int(chance.choice(3, p=[0.8, 0.15, 0.05]))]
        yield from (name, str(YEAR), "示例", None, f"dw{number}.leiyang.gov.cn", integrated, has[0], has[1])
        yield from (_day_text(chance, "2017-04-01", 270) if has[1] == "有" else None, has[2], has[3], has[4], has[5])
        yield from (change, _day_text(chance, "2017-11-01", 32), str(chance.integers(10, 21) / 10), "抽测20次取平均值")


def _inspections(chance: Chance, count: int) -> Rows:
    codes = [leaf.code for leaf in SCHEME.leaves]
    size = count * len(codes)
    status = np.where(chance.random(size) < 0.002, 1, 0)
    return Rows(
        np.repeat(np.arange(count), len(codes)),
        {
            "指标": _words(codes, np.tile(np.arange(len(codes)), count)),
            "状态": _words(["已核查", "未核查"], status),
            "核查人": _words(["核查一组", "核查二组"], chance.integers(0, 2, size)),
            "核查日期": _days(chance, "2018-01-08", 18, size),
            "备注": pa.nulls(size, pa.string()),
        },
    )


def _portal_consultations(chance: Chance, count: int) -> Rows:
    department, size = _some(chance, count, 2, 5)
    submitted = _day_numbers(chance, "2017-02-01", 280, size)
    return Rows(
        department,
        {
            "类型": _words(["征集", "调查"], np.arange(size) % 2),
            "标题": _titles(chance, size),
            "报送日期": _dates(submitted),
            "是否采用": _words(["是", "否"], (chance.random(size) < 0.15).astype(int)),
            "结果公布日期": _dates(submitted + 30, chance.random(size) < 0.2),
        },
    )


def _deliveries(chance: Chance, count: int) -> Rows:
    months = 15
    size = count * months
    due = _dates_of(np.tile(np.arange(months) * 22 + 20, count))
    return Rows(
        np.repeat(np.arange(count), months),
        {
            "栏目": _words(["走进耒阳", "投资耒阳"], np.arange(size) % 2),
            "内容": _titles(chance, size),
            "应报送日期": _dates(due),
            "实际报送日期": _dates(due - 8 + chance.integers(0, 10, size), chance.random(size) < 0.02),
        },
    )


def _portal_news(chance: Chance, count: int) -> Rows:
    department, size = _some(chance, count, 40, 61)
    return Rows(
        department,
        {
            "发布日期": _days(chance, "2017-01-01", 365, size),
            "标题": _titles(chance, size),
            "网址": _numbered("http://www.leiyang.gov.cn/zwgk/bmdt/t2017_", chance.integers(0, 10**6, size)),
        },
    )


def _columns(chance: Chance, count: int) -> Rows:
    size = count * len(COLUMNS)
    return Rows(
        np.repeat(np.arange(count), len(COLUMNS)),
        {
            "栏目": _words([name for _, name in COLUMNS], np.tile(np.arange(len(COLUMNS)), count)),
            "类别": _words([category for category, _ in COLUMNS], np.tile(np.arange(len(COLUMNS)), count)),
            "是否空白": _words(["否", "是"], (chance.random(size) < 0.01).astype(int)),
        },
    )


def _publications(chance: Chance, sizes: Ints) -> Rows:
    size = int(sizes.sum())
    department = np.repeat(np.arange(len(sizes)), sizes)
    days = np.sort(chance.integers(0, 395, size) + department * 1000) - department * 1000
    return Rows(
        department,
        {
            "发布日期": _dates(_number("2016-12-01") + days),
            "栏目": _words([name for _, name in COLUMNS], chance.choice(len(COLUMNS), size, p=OFTEN / OFTEN.sum())),
            "标题": _titles(chance, size),
            "首页显示": _words(["是", "否"], (chance.random(size) < 0.4).astype(int)),
        },
    )


def _checkpoints(count: int) -> Rows:
    days = np.array([_number(day) for day in ("2017-03-15", "2017-06-15", "2017-09-15", "2017-12-15")])
    return Rows(np.repeat(np.arange(count), len(days)), {"监测日期": _dates(np.tile(days, count))})


def _faults(chance: Chance, count: int) -> Rows:
    department, size = _some(chance, count, 0, 7)
    pairs = [(code, kinds[0]) for code, kinds in SCHEME.pairs["faults"].items()]
    which = chance.integers(0, len(pairs), size)
    return Rows(
        department,
        {
            "监测日期": _days(chance, "2017-01-10", 340, size),
            "指标": _words([code for code, _ in pairs], which),
            "问题类型": _words([kind for _, kind in pairs], which),
            "描述": _numbered("抽查页面发现问题，编号", chance.integers(0, 10**6, size)),
            "网址": pa.nulls(size, pa.string()),
        },
    )


def _letters(chance: Chance, sizes: Ints) -> Rows:
    size = int(sizes.sum())
    department = np.repeat(np.arange(len(sizes)), sizes)
    kinds = chance.choice(4, size, p=[0.5, 0.25, 0.15, 0.1])
    received = _day_numbers(chance, "2017-01-02", 350, size)
    pace = np.array([8, 30, 30, 20])[kinds]
    late = chance.random(size) < 0.02
    replied = received + 1 + (chance.random(size) * pace).astype(int) + late * 25
    unanswered = chance.random(size) < 0.0002
    fobbed = chance.random(size) < 0.005
    words = np.where(fobbed, chance.integers(0, 2, size) + len(REPLIES), chance.integers(0, len(REPLIES), size))
    return Rows(
        department,
        {
            "信件编号": _numbered("SL-2017-", np.arange(size)),
            "类型": _words(["咨询", "投诉", "举报", "建议"], kinds),
            "来信日期": _dates(received),
            "回复日期": _dates(replied, unanswered),
            "回复内容": _words([*REPLIES, *FOB_OFFS], words, unanswered),
            "有效": _words(["是", "否"], (chance.random(size) < 0.03).astype(int)),
        },
    )


def _site_consultations(chance: Chance, count: int) -> Rows:
    department, size = _some(chance, count, 2, 6)
    held = _day_numbers(chance, "2017-02-01", 280, size)
    return Rows(
        department,
        {
            "类型": _words(["征集", "调查"], np.arange(size) % 2),
            "标题": _titles(chance, size),
            "开展日期": _dates(held),
            "结果公布日期": _dates(held + 40, chance.random(size) < 0.15),
        },
    )


def _vulnerabilities(chance: Chance, count: int) -> Rows:
    department, size = _some(chance, count, 0, 2)
    return Rows(
        department,
        {
            "发现日期": _days(chance, "2017-01-10", 340, size),
            "级别": _words(["低危", "中危", "高危"], chance.choice(3, size, p=[0.7, 0.2, 0.1])),
            "漏洞编号": _numbered("SL-LD-", chance.integers(0, 10**5, size)),
            "描述": _numbered("检测发现漏洞，编号", chance.integers(0, 10**6, size)),
        },
    )


def _security_notices(chance: Chance, count: int) -> Rows:
    department = np.flatnonzero(chance.random(count) < 0.2)
    size = len(department)
    issued = _day_numbers(chance, "2017-01-10", 330, size)
    return Rows(
        department,
        {
            "通报日期": _dates(issued),
            "层级": _words(["市", "省", "国家"], chance.choice(3, size, p=[0.8, 0.15, 0.05])),
            "正式书面": _words(["否", "是"], (chance.random(size) < 0.3).astype(int)),
            "漏洞编号": _numbered("SL-LD-", chance.integers(0, 10**5, size)),
            "处置完成日期": _dates(issued + chance.integers(0, 6, size)),
            "书面回复日期": _dates(issued + chance.integers(0, 6, size)),
            "重大安全事件": _words(["否", "是"], (chance.random(size) < 0.02).astype(int)),
            "描述": _numbered("通报存在漏洞，编号", chance.integers(0, 10**6, size)),
        },
    )


def _censures(chance: Chance, count: int) -> Rows:
    department = np.flatnonzero(chance.random(count) < 0.1)
    size = len(department)
    pairs = [(kind, source) for kind, sources in SCHEME.pairs["censures"].items() for source in sources]
    which = chance.integers(0, len(pairs), size)
    return Rows(
        department,
        {
            "日期": _days(chance, "2017-01-10", 340, size),
            "类型": _words([kind for kind, _ in pairs], which),
            "来源": _words([source for _, source in pairs], which),
            "描述": _numbered("季度普查通报，编号", chance.integers(0, 10**6, size)),
        },
    )


def _no_reviews() -> Rows:
    empty = pa.array([], pa.string())
    return Rows(
        np.empty(0, dtype=np.int64),
        dict.fromkeys(("发现编号", "决定", "理由", "复核人"), empty) | {"复核日期": pa.array([], pa.date32())},
    )


# --- Columns of values ----------------------------------------------------------------------------------------------


def _some(chance: Chance, count: int, least: int, below: int) -> tuple[Ints, int]:
    """The department of each of some rows, from ``least`` to ``below - 1`` for each department."""
    department = np.repeat(np.arange(count), chance.integers(least, below, count))
    return department, len(department)


def _words(words: list[str], which: npt.NDArray[Any], absent: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(which, pa.int32(), mask=absent), pa.array(words))


def _numbered(prefix: str, numbers: Ints) -> pa.Array:
    return pc.binary_join_element_wise(prefix, pa.array(numbers).cast(pa.string()), "")


def _titles(chance: Chance, size: int) -> pa.Array:
    subjects = pa.array(SUBJECTS).take(pa.array(chance.integers(0, len(SUBJECTS), size)))
    actions = pa.array(ACTIONS).take(pa.array(chance.integers(0, len(ACTIONS), size)))
    issue = pa.array(chance.integers(1, 10**5, size)).cast(pa.string())
    return pc.binary_join_element_wise("示例：", subjects, actions, "（第", issue, "期）", "")


def _number(day: str) -> int:
    """Days since 1970 of a day such as ``2017-03-05``."""
    return int(np.datetime64(day, "D").astype(np.int64))


def _day_numbers(chance: Chance, first: str, days: int, size: int) -> Ints:
    return _number(first) + chance.integers(0, days, size)


def _dates_of(days_of_the_year: Ints) -> Ints:
    return _number(f"{YEAR}-01-01") + days_of_the_year


def _dates(numbers: Ints, absent: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    return pa.array(numbers.astype(np.int32), pa.int32(), mask=absent).cast(pa.date32())


def _days(chance: Chance, first: str, days: int, size: int) -> pa.Array:
    return _dates(_day_numbers(chance, first, days, size))


def _day_text(chance: Chance, first: str, days: int) -> str:
    return str(np.datetime64(first, "D") + int(chance.integers(0, days)))


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.evidence", description=__doc__)
    parser.add_argument(
        "out", type=Path, help=f"the evidence goes to OUT/{YEAR}, the list of departments to OUT/{LIST}"
    )
    parser.add_argument("--departments", type=int, default=100)
    parser.add_argument("--rows", type=int, default=2000, help="rows of each department over all sheets")
    parser.add_argument("--format", choices=sorted(TOGETHER), default="xlsx")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    given = parser.parse_args()
    write_evidence(given.out, given.departments, given.rows, given.format, seed=given.seed, jobs=given.jobs)


if __name__ == "__main__":
    main()
