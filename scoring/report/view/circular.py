"""The 季度通报, part by part, for its notebook: what a period found, and how far it was mended. Nothing here scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Self

import pandas as pd

from scoring.base.files import write_json
from scoring.base.names import ABOUT, period_words
from scoring.base.points import ZERO, shown
from scoring.engine import mending_rates
from scoring.engine.findings import chinese_date
from scoring.engine.periods import DepartmentPeriod, Period, PeriodResult, over
from scoring.engine.scorecard import Finding
from scoring.evidence import load_evidence, workbooks_in
from scoring.report.places import NotScored, evidence_folder, scheme_of
from scoring.report.view import words
from scoring.report.view.blocks import Block, Part, Text, bullets, column, group, heading, paragraph, strong, table
from scoring.scheme import Scheme
from scoring.scheme.readings import choose
from scoring.scheme.sheets import LEAVES

#: How many rows the tables of departments, vetoes, columns and items have, so that two pages hold them all.
DEPARTMENTS, VETOES, COLUMNS, LEAVES_NAMED, ITEMS = 15, 5, 5, 5, 12
#: Letters of a sentence in a table, and of a veto.
LETTERS, VETO_LETTERS = 38, 90
#: Sizes of letters and of the space in a table's cells, on paper.
SIZES: Final = {"text": 10, "table": 8.5, "cell": 0.2}
NONE: Final = "无"
CLOSING: Final = "签发单位（盖章）：＿＿＿＿＿＿＿＿＿＿"
NO_DAY: Final = "＿＿＿＿年＿＿月＿＿日"
HOW_FOUND: Final = (
    "按上期末的佐证尚不成立、按本期末的佐证成立的问题，为本期认定；没有日期的问题（如未设专门科室），以该指标的核查日期为准。"
    "疑似问题未经确认的不列。"
)
HOW_LOST: Final = "失分是认定事项按方案扣至零、封顶后对总分的影响，不计否决和加分；负数为挽回。"
HOW_MENDED: Final = (
    "期初、新增、消除、期末只计能改正的问题（如空白栏目）和整改通知所列的事项；"
    "复查合格、销号、经复核撤销或不再成立的，为消除。"
)
NO_ITEM: Final = "分母为 0 的，记为“无”。经复核撤销的发现不作整改事项。"


@dataclass(frozen=True)
class Circular:
    """The parts of the paper."""

    result: PeriodResult
    number: str  # 期号, as printed
    issued: str  # the day of issue, as printed

    @classmethod
    def load(
        cls,
        year: int,
        first: str,
        last: str,
        raw: str | Path = "data/raw",
        readings: Mapping[str, str] | None = None,
        *,
        number: str = "",
        issued: str = "",
        departments: str | Path = "",
        scheme: str = "",
    ) -> Self:
        """Judge the year's workbooks over a period; the parameters are those of a department's report.

        Parameters
        ----------
        first, last
            The first and last day (ISO); evidence after the last one is not looked at.
        number, issued
            期号 and the day of issue (ISO); empty: that of the quarter, and a line to be filled in by hand.

        Raises
        ------
        NotScored
            When there is no folder of that year, or no department can be scored.
        """
        used = scheme_of(year, departments, scheme)
        loaded = load_evidence(workbooks_in(evidence_folder(raw, year)), used)
        period = Period(pd.Timestamp(first), pd.Timestamp(last))
        result = over(loaded, period, choose(used.readings, readings))
        if not result.departments:
            raise NotScored(f"{year} 年没有一个部门的佐证可以评分，通报没有生成；请用 check 命令查看差错")
        quarter = period_words(period.first, period.last)[1]
        numbered = number or (f"{year}年第{quarter}期" if quarter else f"{year}年第＿＿期")
        return cls(result, numbered, chinese_date(pd.Timestamp(issued)) if issued else NO_DAY)

    @property
    def scheme(self) -> Scheme:
        """The scheme that the departments are assessed by."""
        return self.result.assessment.scheme

    @property
    def period(self) -> Period:
        """The days that it is about."""
        return self.result.period

    @property
    def departments(self) -> tuple[DepartmentPeriod, ...]:
        """The departments, in the scheme's order."""
        return self.result.departments

    @property
    def sample(self) -> bool:
        """Whether the evidence is 示例, or the scheme an exercise."""
        return any(one.card.sample for one in self.departments)

    @property
    def title(self) -> str:
        """What it is about."""
        return f"关于{period_words(self.period.first, self.period.last)[0]}部门网站管理情况的通报"

    @property
    def metadata(self) -> dict[str, Any]:
        """The paper's metadata for the page template."""
        about = {"title": self.title, "department": self.scheme.city, "year": self.scheme.year, "sample": self.sample}
        faults = self.result.assessment.faults
        unscored = {name: [str(fault) for fault in found[:1]] for name, found in faults.items()}
        date = f"{self.period.last:%Y-%m-%d}"
        return {**about, "date": date, "mark": f"编号：{self.number}", "sizes": SIZES, "unscored": unscored}

    def leave(self, folder: str | Path) -> None:
        """Write :attr:`metadata` into a folder, for the program that runs the notebook."""
        write_json(Path(folder) / ABOUT, self.metadata, make_folder=False)

    # --- The rates --------------------------------------------------------------------------------------------------

    @cached_property
    def rates(self) -> tuple[mending_rates.Rate, ...]:
        """检查覆盖率, 整改复查合格率 and 按期办结率, each with its rows."""
        cards, days = self._cards, {one.card.department: one.inspected for one in self.departments}
        return (
            mending_rates.inspected(self.scheme.departments, days),
            mending_rates.mended(cards, self.period),
            mending_rates.in_time(cards, self.period),
        )

    @cached_property
    def overdue(self) -> tuple[mending_rates.Due, ...]:
        """What waits for the departments although its day is over."""
        return mending_rates.overdue(self._cards, self.period.last)

    @property
    def _cards(self) -> list[Any]:
        return [one.card for one in self.departments]

    # --- The parts --------------------------------------------------------------------------------------------------

    def opening(self) -> Part:
        """Number, title, whom it is for, and the sum of it."""
        return Part(*self._opening())

    def _opening(self) -> Iterator[Block]:
        first, last = chinese_date(self.period.first), chinese_date(self.period.last)
        yield heading(1, self.title)
        if self.sample:
            yield paragraph(words.SAMPLE_WORDS, role="sample")
        yield paragraph(f"编号：{self.number}")
        yield paragraph(strong("各部门："))
        exercise = f"（{self.scheme.exercise}）" if self.scheme.exercise else ""
        yield paragraph(
            f"根据《{self.scheme.title}》{exercise}，现将{first}至{last}（以下称本期）部门网站的检查、问题和整改情况通报如下。"
            f"数字统计至{last}，此后的佐证和记录不计入。{self._sum()}",
            role="indented",
        )
        result = self.result.assessment
        if left_out := words.left_out(result.faults, [card.department for card in result.samples]):
            yield paragraph(left_out, role="indented")

    def _sum(self) -> str:
        found, vetoes = (sum(len(each) for each in of) for of in zip(*self._found_and_vetoes, strict=True))
        changes = [one.change for one in self.departments]
        carried, removed, left = (sum(len(getattr(one, name)) for one in changes) for name in _CHANGE)
        open_before = f"期初未改 {carried} 项，" if carried else ""
        return (
            f"本期认定问题 {found} 项、否决 {vetoes} 项；{open_before}本期消除 {removed} 项，期末未改 {left} 项，"
            f"其中逾期 {len(self.overdue)} 项。"
        )

    @property
    def _found_and_vetoes(self) -> list[tuple[Sequence[Finding], Sequence[Finding]]]:
        return [(one.found, one.vetoes) for one in self.departments]

    def figures(self) -> Part:
        """一、检查和整改的比率."""
        columns = [
            column("比率"),
            column("结果", whole=True),
            column("分子／分母", whole=True),
            column("含义", share=4),
        ]
        rows = [
            [one.name, _percent(one.value), f"{one.numerator}／{len(one.rows)}", mending_rates.DEFINITIONS[one.name]]
            for one in self.rates
        ]
        return Part(heading(2, "一、检查和整改的比率"), table(columns, rows, label="三项比率"), *self._notes(NO_ITEM))

    def _notes(self, *notes: str) -> list[Block]:
        return [paragraph(f"注：{''.join(notes)}", role="note")]

    def losses(self) -> Part:
        """二、本期认定的问题: by department, the vetoes, the worst columns and indicators."""
        gate = self.scheme.is_gate
        names = ["检查天数", "认定问题", *([] if gate else ["本期失分", "累计失分"]), "本期否决", "累计否决"]
        columns = [column("部门"), *(column(name, number=True) for name in names)]
        rows = [(one.card.department, _losses(one, gate=gate)) for one in self.departments]
        return Part(
            heading(2, "二、本期认定的问题"),
            *_by_department(columns, rows, "各部门本期认定的问题"),
            *self._worst(),
            *self._vetoes(),
            *self._notes(HOW_FOUND, "" if gate else HOW_LOST),
        )

    def _worst(self) -> Iterator[Block]:
        """The indicators and the columns with most of what was found."""
        leaves = Counter(one.code for department in self.departments for one in department.found)
        named = [
            f"{code} {self.scheme.by_code[code].name} {count} 项" for code, count in leaves.most_common(LEAVES_NAMED)
        ]
        if named:
            yield paragraph(strong("问题较多的指标："), f"{'、'.join(named)}。", role="indented")
        columns = self.worst_columns()
        if columns:
            listed = "；".join(f"{department}“{name}”{count} 项" for (department, name), count in columns[:COLUMNS])
            more = f"，等 {len(columns)} 个" if len(columns) > COLUMNS else ""
            yield paragraph(strong(f"问题较多的{self._thing}："), f"{listed}{more}。", role="indented")

    @property
    def _things(self) -> frozenset[str]:
        """The names of the sheets that list what other rows are about: in 2017, the site's columns."""
        named = {one.one_of for sheet in self.scheme.sheets for one in sheet.columns if one.one_of}
        return frozenset(self.scheme.sheet(key).name for key in named - {LEAVES})

    @property
    def _thing(self) -> str:
        sheets = [self.scheme.sheet_names[name] for name in sorted(self._things)]
        return "、".join(sheet.column(str(sheet.unique)).name for sheet in sheets)

    def worst_columns(self) -> list[tuple[tuple[str, str], int]]:
        """Department and column, with the problems established in the period; the worst first."""
        count = Counter[tuple[str, str]]()
        for one in self.departments:
            for finding in one.found:
                if finding.sheet in self._things:
                    sheet = self.scheme.sheet_names[finding.sheet]
                    count[one.card.department, finding.cells[sheet.column(str(sheet.unique)).name]] += 1
        return count.most_common()

    def _vetoes(self) -> Iterator[Block]:
        vetoes = [(one, veto) for one in self.departments for veto in one.vetoes]
        if not vetoes:
            return
        yield paragraph(strong("本期触发的否决："), role="indented")
        entries: list[Text] = [
            f"{one.card.department}：{veto.code} {self.scheme.by_code[veto.code].name}，"
            f"{_short(veto.because, VETO_LETTERS)}，{words.veto_effect(self.scheme, veto)}。"
            for one, veto in vetoes[:VETOES]
        ]
        more = [f"其余 {len(vetoes) - VETOES} 项见各部门的评分报告。"] if len(vetoes) > VETOES else []
        yield bullets([*entries, *more])

    def mending(self) -> Part:
        """三、整改情况及与上期末的比较: by department, and the items that the rates count or that are overdue."""
        names = ["期初未改", "本期新增", "本期消除", "期末未改", "期初遗留", "到期", "按期办结", "复查", "合格", "逾期"]
        columns = [column("部门"), *(column(name, number=True) for name in names)]
        _, looked, due = self.rates
        late = Counter(item.department for item in self.overdue)
        rows = []
        for one in self.departments:
            change, name = one.change, one.card.department
            states = (change.carried, change.added, change.removed, change.left, change.still)
            counted = [
                figure
                for rate in (due, looked)
                for figure in (_of(rate, name), sum(row.counts for row in rate.rows if row.department == name))
            ]
            rows.append((name, [Fraction(figure) for figure in (*map(len, states), *counted, late[name])]))
        return Part(
            heading(2, "三、整改情况及与上期末的比较"),
            *([] if self._told else [paragraph("本期末以前没有发出整改通知。", role="indented")]),
            *_by_department(columns, rows, "各部门整改情况"),
            *self._items(),
            *self._notes(HOW_MENDED),
        )

    @property
    def _told(self) -> bool:
        return any(one.told for card in self._cards for one in card.follow_ups.values())

    def _items(self) -> Iterator[Block]:
        """What the two rates of mending count, and what is overdue: first what is not mended."""
        if not (rows := list(self._item_rows())):
            return
        whole = [column(name, whole=True) for name in ("期限", "按期办结", "本期复查")]
        columns = [column("部门", whole=True), column("整改事项", share=3), *whole, column("现状", share=1.6)]
        yield paragraph(f"列入后两项比率的和逾期的整改事项共 {len(rows)} 项：", role="indented")
        yield table(columns, rows[:ITEMS], label="列入比率和逾期的整改事项")
        if (more := len(rows) - ITEMS) > 0:
            yield paragraph(f"其余 {more} 项见各部门案卷的《整改台账》。", role="note")

    def _item_rows(self) -> Iterator[list[Text]]:
        _, looked, due = self.rates
        late: dict[_Item, mending_rates.Due] = {(one.department, one.finding, one.due): one for one in self.overdue}
        dues: dict[_Item, mending_rates.Counted] = {(one.department, one.finding, one.day): one for one in due.rows}
        last: dict[tuple[str, str], _Item] = {(key[0], key[1]): key for key in [*dues, *late]}  # told twice: two days
        looked_at = {(one.department, one.finding): one for one in looked.rows}
        looks = {last.get(key, (*key, None)): one for key, one in looked_at.items()}
        missed = [key for key, row in dues.items() if not row.counts]
        for key in dict.fromkeys([*late, *missed, *looks, *dues]):
            (department, finding, day), item, row, look = key, late.get(key), dues.get(key), looks.get(key)
            waits = f"逾期 {(self.period.last - item.due).days} 天，{item.state}" if item else ""
            yield [
                department,
                self._item(department, finding),
                "—" if day is None else _weekday(day),
                "—" if row is None else "是" if row.counts else "否",
                "—" if look is None else "合格" if look.counts else "不合格",
                waits or (row.state if row else look.state if look else ""),
            ]

    def _item(self, department: str, finding: str) -> str:
        """What is to be mended, in a line."""
        one = next(one for one in self.departments if one.card.department == department)
        then = one.after.card
        found = {each.id: each.because for each in (*then.findings, *then.suspected, *then.set_aside)}
        told = one.card.follow_ups[finding].told
        code = finding.partition("-")[0]
        return f"{code}　{_short(found.get(finding) or (told[-1].about if told else '') or finding, LETTERS)}"

    def not_due(self) -> Part:
        """四、尚未到期的要求, and what is not inspected yet: neither is a loss."""
        open_yet, waiting = Counter[str](), Counter[str]()
        for one in self.departments:
            open_yet.update(iter(one.after.not_due))
            waiting.update(one.after.card.pending.keys() - one.after.not_due.keys())
        return Part(heading(2, "四、尚未到期的要求"), *self._waiting(open_yet, waiting))

    def _waiting(self, open_yet: Counter[str], waiting: Counter[str]) -> Iterator[Block]:
        none = "不作否决" if self.scheme.is_gate else "不计失分"
        said = f"下列指标要到期限届满或年底才能判定，本期记为未到期，{none}：{self._leaves(open_yet)}。"
        yield paragraph(said if open_yet else "没有未到期的指标。", role="indented")
        if waiting:
            yield paragraph(f"尚未核查或暂不能判定的指标，也{none}：{self._leaves(waiting)}。", role="indented")

    def _leaves(self, counts: Counter[str]) -> str:
        """Leaves with the number of departments, in the scheme's order."""
        every = len(self.departments)
        codes = [leaf.code for leaf in self.scheme.leaves if counts[leaf.code]]
        named = (f"{code} {self.scheme.by_code[code].name}" for code in codes)
        of = (f"（{counts[code]} 个部门）" if counts[code] < every else "" for code in codes)
        return "、".join(f"{name}{count}" for name, count in zip(named, of, strict=True))

    def closing(self) -> Part:
        """What is asked for, and who signs."""
        asked = (
            "请各部门对照本通报抓紧整改，逾期事项立即办理并反馈。" if self.overdue else "请各部门对照本通报抓紧整改。"
        )
        signed = group("closing", map(paragraph, (CLOSING, f"签发日期：{self.issued}")))
        return Part(group("kept", [paragraph(asked, role="indented"), signed]))  # A signature never stands alone.


#: Department, finding, and the day by which it is to be mended.
_Item = tuple[str, str, pd.Timestamp | None]
_CHANGE: Final = ("carried", "removed", "left")


def _percent(value: Fraction | None) -> str:
    return NONE if value is None else f"{shown(value * 100)}%"


def _of(rate: mending_rates.Rate, department: str) -> int:
    return sum(row.department == department for row in rate.rows)


def _losses(one: DepartmentPeriod, *, gate: bool) -> list[Fraction]:
    points = [] if gate else [one.lost, one.after.lost["total"]]
    counts = (Fraction(len(each)) for each in (one.inspected, one.found, one.vetoes, one.after.vetoes))
    days, found, vetoes, all_vetoes = counts
    return [days, found, *points, vetoes, all_vetoes]


def _by_department(
    columns: Sequence[Mapping[str, Any]], rows: Sequence[tuple[str, Sequence[Fraction]]], label: str
) -> Iterator[Block]:
    """A row for each department, and the sum; of very many only those with most."""
    kept = list(rows)
    if len(rows) > DEPARTMENTS:
        most = sorted(rows, key=lambda row: -sum(row[1], ZERO))[:DEPARTMENTS]
        kept = [row for row in rows if row in most]
    sums = [sum(figures, ZERO) for figures in zip(*(figures for _, figures in rows), strict=True)]
    cells = [[name, *map(shown, figures)] for name, figures in kept]
    yield table(columns, cells, label=label, foot=["合计", *map(shown, sums)])
    if len(rows) > len(kept):
        yield paragraph(f"共 {len(rows)} 个部门，表中列出数字最大的 {len(kept)} 个；合计为全部部门。", role="note")


def _short(sentence: str, letters: int) -> str:
    sentence = sentence.rstrip("。；")
    return sentence if len(sentence) <= letters else f"{sentence[: letters - 1]}…"


def _weekday(day: pd.Timestamp) -> str:
    return f"{day.month}月{day.day}日（周{'一二三四五六日'[day.weekday()]}）"
