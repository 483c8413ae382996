"""Checking workbooks before they are scored: their faults, and what is not inspected yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from scoring.engine.assessment import assess
from scoring.engine.scorecard import Source
from scoring.evidence import Fault, by_department
from scoring.evidence.attachments import Attachment, counted
from scoring.evidence.completeness import Completeness, completeness_of
from scoring.evidence.reading.department import read_department
from scoring.report.view.unshown import unshown_in
from scoring.scheme import Scheme
from scoring.scheme.sheets import FORMAL, SAMPLE


@dataclass(frozen=True)
class Checked:
    """The result of checking one department's evidence."""

    scheme: Scheme
    department: str
    files: tuple[Path, ...]  # Its workbook and the parts.
    faults: tuple[Fault, ...]  # All of them, in the order of the scheme's sheets.
    notices: tuple[str, ...]  # Ignored sheets and columns, and decisions that have become stale.
    completeness: Completeness | None  # None for a file that could not be read at all.
    attachments: tuple[Attachment, ...] = ()  # Those of a sound workbook.

    @property
    def is_counted(self) -> bool:
        """Whether it is the evidence of a department, and its 核查情况 can be read."""
        known = self.department in self.scheme.positions
        return known and self.completeness is not None and self.completeness.pending is not None

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to inspect."""
        return self.is_counted and self.completeness is not None and self.completeness.is_complete


def check_workbooks(paths: Sequence[Path], scheme: Scheme) -> list[Checked]:
    """Check workbooks in the scheme's order, also for faults that only scoring finds."""
    assessment = assess(paths, scheme)
    sources = {card.department: card.source for card in assessment.scorecards}
    return [
        _checked(name, tuple(files), sorted(assessment.faults.get(name, ())), sources.get(name), scheme)
        for name, files in by_department(paths, scheme).items()
    ]


def _checked(
    name: str, files: tuple[Path, ...], faults: Sequence[Fault], source: Source | None, scheme: Scheme
) -> Checked:
    workbook = read_department(name, files, scheme)  # Scoring drops the tables of faulty ones.
    if not workbook.readable:
        return Checked(scheme, name, files, tuple(faults), (), None)
    notices, attachments = (source.notices, source.attachments) if source else (tuple(workbook.notices), ())
    names = [part.file for part in workbook.parts]
    unshown = (
        f"字符不在报告所用的字体中，报告以〔代码〕写出：{one}"
        for one in unshown_in(workbook.tables, scheme.sheets, names)
    )
    completeness = completeness_of(workbook, scheme)
    return Checked(scheme, name, files, tuple(faults), (*notices, *unshown), completeness, attachments)


def lines_of(checked: Checked) -> Iterator[str]:
    """The lines about one department: faults by file and sheet, what is not inspected yet, what was ignored."""
    held_back = f"改正之前不{'作结论' if checked.scheme.is_gate else '评分'}"
    yield f"{checked.department}：{f'有 {len(checked.faults)} 处差错，{held_back}' if checked.faults else '没有差错'}"
    for (file, sheet), faults in groupby(checked.faults, key=lambda fault: (fault.file, fault.sheet)):
        named = f"{file} " if len(checked.files) > 1 else ""
        yield f"  {named}{f'《{sheet}》' if sheet else '整个文件'}"
        for fault in faults:
            yield f"    {fault.cell}：{fault.message}" if fault.cell else f"    {fault.message}"
    if checked.attachments:
        yield f"  {counted(checked.attachments)}"
    if checked.completeness:
        yield from (f"  {line}" for line in _lines_of_completeness(checked.completeness))
    yield from (f"  提示：{notice}" for notice in checked.notices)


def _lines_of_completeness(completeness: Completeness) -> Iterator[str]:
    """What a workbook still lacks."""
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
    files = sum(len(checked.files) for checked in results)
    what = "个工作簿" if files == len(results) else f"个部门（{files} 个文件）"
    return f"共检查 {len(results)} {what}：{faults}；" + (f"未核查完 {unfinished} 个" if unfinished else "全部核查完")


def _progress(completeness: Completeness) -> str:
    pending, leaves = completeness.pending, completeness.leaves
    if pending is None:
        return "核查进度：《核查情况》缺少必要的列或整张表，无法统计"
    if not pending:
        return f"核查进度：{leaves} 个末级指标全部已核查"
    named = "、".join(f"{leaf.code} {leaf.name}" for leaf in pending)
    return f"核查进度：{leaves} 个末级指标中已核查 {leaves - len(pending)} 个；未核查 {len(pending)} 个：{named}"
