"""The comparison of years, part by part, for the notebook of years. Nothing here scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter
from pathlib import Path
from typing import Any, Final, Self

from scoring.base.files import write_json
from scoring.base.names import ABOUT
from scoring.base.points import shown_range, signed
from scoring.comparison import Comparison, DepartmentChange, LeafChange, OneYear, compare
from scoring.report import charts
from scoring.report.charts import chart_part
from scoring.report.view import yearwords
from scoring.report.view.blocks import (
    Block,
    Part,
    Text,
    bullets,
    column,
    group,
    heading,
    paragraph,
    strong,
    table,
    verdict,
)
from scoring.report.view.decided import TOO_MANY
from scoring.report.view.words import points_words

SAMPLE_WORDS: Final = "示例数据　本页依虚构的示例佐证或演示方案生成，不是任何单位的真实考核结果"
HOW_SPLIT: Final = (
    "怎样分：把佐证、方案、解读逐项由{before}年度的换成{after}年度的，每换一项重新评一次分，看得分变多少；先换哪一项，结果会不同，"
    "所以六种先后次序都算，取平均。三项之和正好等于总分的变化，其中也包括否决使上级计 0 分、分值封顶的影响。"
    "数字四舍五入到两位小数，相加可能差 0.01。"
)


@dataclass(frozen=True)
class YearsReport:
    """The parts of the report: each year against the one before it."""

    comparisons: tuple[Comparison, ...]

    @classmethod
    def of(cls, years: Sequence[OneYear]) -> Self:
        """Compare each of two or more years with the one before it; they may be given in any order.

        Raises
        ------
        NotComparable
            When two of them cannot be compared.
        """
        in_order = sorted(years, key=attrgetter("year"))
        return cls(tuple(compare(before, after) for before, after in pairwise(in_order)))

    @property
    def years(self) -> tuple[OneYear, ...]:
        """Every year, the earliest first."""
        return self.comparisons[0].before, *(comparison.after for comparison in self.comparisons)

    @property
    def sample(self) -> bool:
        """Whether some of the evidence is 示例, or a scheme is an exercise."""
        return any(change.sample for comparison in self.comparisons for change in comparison.departments)

    @property
    def title(self) -> str:
        """What is compared."""
        scheme = self.years[-1].scheme
        return f"{scheme.city}部门网站考核年度对比：{'、'.join(year.scheme.year_words for year in self.years)}"

    @property
    def metadata(self) -> dict[str, Any]:
        """The report's metadata for the page template."""
        date = max(f"{change.after.as_of:%Y-%m-%d}" for change in self.comparisons[-1].departments)
        city = self.years[-1].scheme.city
        about = {"department": city, "title": self.title, "date": date, "sample": self.sample}
        return {**about, "unscored": self.unscored}

    @property
    def unscored(self) -> list[str]:
        """Each department that has faulty evidence in a year, with the first fault; in Chinese."""
        every = (_unscored(comparison) for comparison in self.comparisons)
        return list(dict.fromkeys(line for lines in every for line in lines))

    def leave(self, folder: str | Path) -> None:
        """Write :attr:`metadata` into a folder, for the program that runs the notebook."""
        write_json(Path(folder) / ABOUT, self.metadata, make_folder=False)

    def first_page(self) -> Part:
        """Every department's totals, what made them change, and how the causes are separated."""
        only = "，只用来演示年度对比，不得用于考核。"
        exercises = [
            paragraph(strong(f"{year.year}年度采用的是{year.scheme.exercise}"), only, role="note")
            for year in self.years
            if year.scheme.exercise
        ]
        sample = [paragraph(SAMPLE_WORDS, role="sample")] if self.sample else []
        compared = (block for comparison in self.comparisons for block in self._compared(comparison))
        return Part(group("opening", [heading(1, self.title), *sample, *exercises, *compared]))

    def _compared(self, comparison: Comparison) -> Iterator[Block]:
        before, after, changes = comparison.before.scheme, comparison.after.scheme, comparison.departments
        if len(self.comparisons) > 1:
            yield heading(2, f"{before.year_words}与{after.year_words}")
        moved = [change.change for change in changes if change.change is not None]
        facts = [
            ("总分上升", f"{sum(points > 0 for points in moved)} 个", ""),
            ("总分下降", f"{sum(points < 0 for points in moved)} 个", ""),
            ("有一年待评", f"{len(changes) - len(moved)} 个", ""),
        ]
        yield verdict("none", "两年对比", f"{len(changes)}", facts, unit="个部门")
        yield paragraph(
            f"{yearwords.most_moved(changes)}变化的原因分为三种：",
            *(strong("表现"), "，部门做得不同（佐证不同）；", strong("规则"), "，方案改了；"),
            *(strong("解读"), "，同一条款的解读改了。"),
        )
        names = (f"{before.year}年度", f"{after.year}年度", "变化", "表现", "规则", "解读")
        columns = [column("部门", share=2), *(column(name, number=True) for name in names)]
        yield table(columns, map(_totals, changes), label="各部门总分的变化")
        if any(change.change is None or change.split is None for change in changes):
            yield paragraph(f"“—”：{yearwords.PENDING}。", role="note")
        yield paragraph(HOW_SPLIT.format(before=before.year, after=after.year), role="note")
        yield from _under_any_reading(comparison)
        yield from _left_out(comparison)

    def causes(self) -> Part:
        """Chart: the causes of each department's change; on paper too."""
        drawn = (chart_part(charts.causes_of_change(comparison), paper=True) for comparison in self.comparisons)
        return Part(heading(2, "得分为什么变"), *(block for part in drawn for block in part.blocks))

    def scheme_changes(self) -> Part:
        """The differences of the later scheme and its readings."""
        return Part(
            heading(2, "方案改了什么"),
            paragraph(
                "规则的变化由下列改动引起；表中没有的末级指标，两年的条款和分值相同；上级指标的分值随所属指标增减。"
            ),
            *(block for comparison in self.comparisons for block in self._rules(comparison)),
        )

    def _rules(self, comparison: Comparison) -> Iterator[Block]:
        before, after = comparison.before, comparison.after
        if len(self.comparisons) > 1:
            yield heading(3, f"{before.scheme.year_words}与{after.scheme.year_words}")
        yield paragraph(f"{before.year}年度：《{before.scheme.title}》；{after.year}年度：《{after.scheme.title}》。")
        if rows := [list[Text](row) for row in yearwords.scheme_rows(comparison)]:
            columns = [column("末级指标", share=2), column("改动", whole=True), column("内容", share=4)]
            yield table(columns, rows, label="方案的改动")
        else:
            yield paragraph("末级指标没有改动。")
        readings, only = yearwords.reading_changes(comparison), yearwords.readings_of_one_year(comparison)
        chosen = f"解读不同：{'；'.join(readings)}。" if readings else "两年都有的解读，所选相同。"
        yield paragraph(chosen + (f"{'；'.join(only)}。" if only else ""))

    def departments(self) -> Part:
        """Department by department: what changed, leaf by leaf, and why."""
        changes = ((comparison, change) for comparison in self.comparisons for change in comparison.departments)
        return Part(
            heading(2, "各部门变在哪里"),
            paragraph("只列有变化的指标。得分是指标自身的得分，否决使上级计 0 分、分值封顶的影响列在最后一行。"),
            *(block for pair in changes for block in self._department(*pair)),
        )

    def _department(self, comparison: Comparison, change: DepartmentChange) -> Iterator[Block]:
        pair = f"：{comparison.before.year}年度与{comparison.after.year}年度" if len(self.comparisons) > 1 else ""
        yield heading(3, f"{change.department}{pair}")
        yield paragraph(yearwords.summary(change))
        if causes := yearwords.causes(change):
            yield bullets([strong(f"{name}　{signed(points)} 分"), f"：{where}"] for name, points, where in causes)
        moved, above = yearwords.moved(change), yearwords.above(comparison, change)
        rows = [_leaf_row(comparison, change, leaf) for leaf in moved]
        if above:
            total = "—" if change.above is None else signed(change.above.total)
            rows.append([yearwords.ABOVE, "—", "—", total, [strong(above[0]), f"：{above[1]}"]])
        if rows:
            figures = (f"{comparison.before.year}", f"{comparison.after.year}", "变化")
            numbers = (column(name, number=True) for name in figures)
            columns = [column("指标", share=2), *numbers, column("原因", share=4)]
            yield table(columns, rows, label=f"{change.department}的变化")
            if same := len(change.leaves) - len(moved):
                yield paragraph(f"其余 {same} 个指标没有变化。", role="note")


def _under_any_reading(comparison: Comparison) -> Iterator[Block]:
    """The ranges of both totals, and which changes are within what readings alone may make of them."""
    known = [change for change in comparison.departments if change.ranges]
    years = comparison.before.year, comparison.after.year
    yield heading(2, "变化与解读的差别")
    if not (comparison.before.scheme.readings or comparison.after.scheme.readings):
        yield paragraph("两个年度的方案都没有需要选择解读的条款，结果只有一种。")
        return
    if not known:
        yield paragraph(TOO_MANY)
        return
    judged = Counter(map(_firmness, known))
    moved = judged[_FIRM] + judged[_WITHIN]
    parts = ["各年度的方案有可作不同解读的条款。"]
    parts += [f"{moved} 个部门的总分有升降，其中 {judged[_FIRM]} 个的升降在任何解读下都成立。"] if moved else []
    parts += ["其余的，换一种解读就可能不升不降，或升降相反，不宜据此评价进退。"] if judged[_WITHIN] else []
    parts += [f"{judged[_LEVEL]} 个部门的总分没有升降。"] if judged[_LEVEL] else []
    parts += [f"{judged[_OPEN]} 个部门有一年待评，升降不作判断。"] if judged[_OPEN] else []
    yield paragraph(*parts)
    names = (f"{years[0]}年度任何解读下", f"{years[1]}年度任何解读下", "变化")
    columns = [column("部门", share=2), *(column(name, number=True) for name in names), column("判断", share=2)]
    rows: list[list[Text]] = []
    for change in known:
        ranges = [shown_range(*ends) for ends in change.ranges or ()]
        points = "—" if change.change is None else signed(change.change)
        rows.append([change.department, *ranges, points, _firmness(change)])
    yield table(columns, rows, label="变化与解读的差别")


#: Whether a change may be one of reading.
_FIRM, _WITHIN, _LEVEL, _OPEN = "任何解读下都成立", yearwords.WITHIN, "没有升降", "待评，不作判断"


def _firmness(change: DepartmentChange) -> str:
    if change.outlasts_readings:
        return _FIRM
    return _OPEN if change.change is None else _WITHIN if change.change else _LEVEL


def _left_out(comparison: Comparison) -> Iterator[Block]:
    """Departments that were not scored in both years."""
    for year, alone in comparison.alone.items():
        if alone:
            yield paragraph(f"只在{year}年度评分、不作对比的部门：{'、'.join(alone)}。", role="note")
    if unscored := list(_unscored(comparison)):
        yield paragraph("工作簿有差错、未评分的部门；运行 check 命令可看到全部差错：", role="note")
        yield bullets(unscored)


def _unscored(comparison: Comparison) -> Iterator[str]:
    for year, faults in comparison.faults.items():
        for name, found in faults.items():
            yield f"{year}年度{name}：工作簿有 {len(found)} 处差错，未评分；第一处：{min(found)}"


def _totals(change: DepartmentChange) -> list[Text]:
    """A department's row: both totals, the change, and its parts where it can be split."""
    ends: list[Text] = [change.department, points_words(change.before.total), points_words(change.after.total)]
    if change.change is None or change.split is None:
        return [*ends, "—" if change.change is None else signed(change.change), "—", "—", "—"]
    return [*ends, strong(signed(change.change)), *map(signed, yearwords.parts(change.split))]


def _leaf_row(comparison: Comparison, change: DepartmentChange, leaf: LeafChange) -> list[Text]:
    ends = [shown_range(own.low, own.high) if own else "无" for own in (leaf.before, leaf.after)]
    reasons = [
        run
        for number, (cause, reason) in enumerate(yearwords.reasons(comparison, change, leaf))
        for run in ("；" if number else "", strong(cause), f"：{reason}")
    ]
    return [yearwords.label(leaf), *ends, "—" if leaf.split is None else signed(leaf.split.total), reasons]
