"""The result of a check in Chinese, line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from scoring.checking import Checked
from scoring.evidence.completeness import Completeness
from scoring.scheme.sheets import FORMAL, SAMPLE


def lines_of(checked: Checked) -> Iterator[str]:
    """One workbook: its faults sheet by sheet, what is still open, and what was left alone."""
    verdict = f"有 {len(checked.faults)} 处差错，改正之前不评分" if checked.faults else "没有差错"
    yield f"{checked.department}：{verdict}"
    for sheet, faults in groupby(checked.faults, key=lambda fault: fault.sheet):
        yield f"  《{sheet}》" if sheet else "  整个文件"
        for fault in faults:
            yield f"    {fault.cell}：{fault.message}" if fault.cell else f"    {fault.message}"
    if checked.completeness:
        yield from (f"  {line}" for line in lines_of_completeness(checked.completeness))
    yield from (f"  提示：{notice}" for notice in checked.notices)


def lines_of_completeness(completeness: Completeness) -> Iterator[str]:
    """How far a workbook is from complete."""
    yield _progress(completeness)
    if completeness.empty_sheets:
        yield f"没有内容的工作表（确实没有的，可以空着）：{'、'.join(completeness.empty_sheets)}"
    if completeness.empty_facts:
        yield f"未填的基本信息（确实没有的，可以空着）：{'、'.join(completeness.empty_facts)}"
    if completeness.nature == SAMPLE:
        yield f"数据性质：{SAMPLE}（由此生成的各项结果均标明“示例数据”）"
    elif completeness.nature == FORMAL:
        yield f"数据性质：{FORMAL}"


def summary_of(results: Sequence[Checked]) -> str:
    """The last line of a check."""
    faulty = [checked for checked in results if checked.faults]
    unfinished = sum(not checked.is_complete for checked in results)
    faults = f"有差错 {len(faulty)} 个（{sum(len(checked.faults) for checked in faulty)} 处）" if faulty else "没有差错"
    return f"共检查 {len(results)} 个工作簿：{faults}；" + (f"未核查完 {unfinished} 个" if unfinished else "全部核查完")


def _progress(completeness: Completeness) -> str:
    pending, leaves = completeness.pending, completeness.leaves
    if pending is None:
        return "核查进度：《核查情况》缺少必要的列或整张表，无法统计"
    if not pending:
        return f"核查进度：{leaves} 个末级指标全部已核查"
    named = "、".join(f"{leaf.code} {leaf.name}" for leaf in pending)
    return f"核查进度：{leaves} 个末级指标中已核查 {leaves - len(pending)} 个；未核查 {len(pending)} 个：{named}"
