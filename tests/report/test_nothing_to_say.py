"""Where there is nothing to say, every page says so in a sentence: the situation, the place, the sentence there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import icalendar
import pytest
import third
from bs4 import BeautifulSoup
from calling import Run
from evidence_builder import SCHEME, Evidence, a_year_later, faultless
from report.test_gate import points_in
from scheme_copies import copy_of
from schemes.test_census_2015.test_vetoes import site
from test_every_reading import LATE, LEFT

from scoring import assess, load_scheme
from scoring.archive.years import years_report
from scoring.base.names import outlook_files
from scoring.comparison import NotComparable
from scoring.evidence import workbooks_in
from scoring.report.notice import notice_of
from scoring.report.notice.layout import notice_blocks
from scoring.report.places import NotScored
from scoring.report.view.blocks import Part, words
from scoring.report.view.city import CityReport
from scoring.report.view.department import DepartmentReport
from scoring.report.view.readings import ReadingsReport

UNSEEN = [f"核查情况 | {leaf.code}=未核查" for leaf in SCHEME.leaves]


def gate(department: str, inspected: str = "普1 普2 普3 普4 普5") -> Evidence:
    evidence = site(inspected=inspected)
    evidence.department = department
    return evidence.fact("部门", department)


#: The workbooks of a year.
SITUATIONS: dict[str, Callable[[], list[Evidence]]] = {
    "没有工作簿": list,
    "工作簿有差错": lambda: [faultless().replace("领导信箱 | 类型=问候")],
    "全部未核查": lambda: [faultless().add(*UNSEEN), faultless("教育局").add(*UNSEEN)],
    "全部否决": lambda: [faultless().add(LEFT), faultless("教育局").add(LEFT)],
    "总分相同": lambda: [faultless(), faultless("教育局"), faultless("林业局")],
    "只有一个部门": lambda: [faultless().add(LATE)],
    "正式和示例": lambda: [faultless().fact("数据性质", "正式"), faultless("教育局")],
    "方案没有解读": lambda: [third.sound(), third.vetoed(), third.unfinished()],
    "不计分": lambda: [gate("人社局"), gate("教育局")],
    "不计分，全部未核查": lambda: [gate("人社局", ""), gate("教育局", "")],
}

NONE, ONE = "没有已评分的部门。", "有名次的部门不足两个，没有先后可比。"
NO_READINGS = "方案没有需要选择解读的条款，结果只有一种。"
SAID = [
    # situation, place, sentence
    ("没有工作簿", "readings", "2017 中没有 .xlsx 工作簿"),
    ("没有工作簿", "outlook", "2017 中没有 .xlsx 工作簿"),
    ("没有工作簿", "全市报告", NONE),
    ("没有工作簿", "解读笔记本", "2017 年没有能评分的部门；运行 check 命令可看到差错"),
    ("没有工作簿", "years", "2017 中没有 .xlsx 工作簿"),
    ("工作簿有差错", "readings", NONE),
    ("工作簿有差错", "全市报告", NONE),
    ("工作簿有差错", "全市预警", "没有可以预警的部门。"),
    ("工作簿有差错", "全市预警", "佐证有差错、未列入的：人社局。"),
    ("工作簿有差错", "全市日历", "耒阳市2017年度期限预警：没有可以预警的部门。"),
    ("工作簿有差错", "years", "2017 年和 2018 年没有同一个已评分的部门；工作簿有差错的：人社局"),
    ("全部未核查", "readings", "人社局：按所用解读 0～100 分，任何解读下 0～102 分，暂不排名；任何解读下均为待评"),
    ("全部未核查", "全市报告", ONE),
    ("全部未核查", "部门报告", "任何解读下总分为 0～102 分，暂不排名；任何解读下均为待评。"),
    ("全部未核查", "首页", "各项指标均待评，有无失分尚不能判断。"),
    ("全部未核查", "通知书", "关于人社局2017年度网站管理考核待评情况的通知"),
    ("全部未核查", "通知书", "各项指标均待评，有无整改事项尚不能确定。"),
    ("全部未核查", "部门预警", "能够预警的指标没有到期扣分或否决的事项，另有 28 个指标无法预警。"),
    ("全部未核查", "全市预警", "其中 2 个部门有指标无法预警，原因见各部门的期限预警。"),
    ("全部未核查", "日历", "【示例】人社局2017年度期限预警：能够预警的指标没有到期不办就会扣分或触发否决的事项。"),
    ("全部未核查", "years", "2 个部门有一年待评，升降不作判断。"),
    ("全部否决", "全市报告", "1 对相邻部门中，1 对在任何解读下都同分。"),
    ("全部否决", "部门报告", "任何解读下总分为 0～50 分，名次为第 1 名；任何解读下均不合格。"),
    ("全部否决", "部门预警", "总分仍为 0 分，到期扣分或否决 9 次，如再监测还会扣分或否决 2 次。已触发的否决"),
    ("全部否决", "years", "2 个部门的总分没有升降。"),
    ("总分相同", "全市报告", "2 对相邻部门中，2 对在任何解读下都同分。"),
    ("总分相同", "全市首页", "2017年度已评定 3 个部门，得分相同，均为 100 分。"),
    ("总分相同", "解读笔记本两个部门", "人社局与教育局在任何解读下都同分。"),
    ("总分相同", "通知书", "各项指标均未失分，没有需要整改的事项。"),
    ("只有一个部门", "全市报告", ONE),
    ("只有一个部门", "全市首页", "2017年度已评定 1 个部门，得 100 分。"),
    ("只有一个部门", "全市预警", "1 个部门共有 7 个事项，到期不办就会扣分或触发否决；其中 1 个部门到期不办、再监测时"),
    ("正式和示例", "readings", "教育局：按所用解读 100 分，任何解读下 96～102 分，示例数据不参加排名；任何"),
    ("正式和示例", "解读笔记本", "佐证为示例、未列入的：教育局。"),
    ("正式和示例", "全市预警", "佐证为示例、未列入的：教育局。"),
    ("方案没有解读", "readings", NO_READINGS),
    ("方案没有解读", "全市报告", NO_READINGS),
    ("方案没有解读", "部门报告", NO_READINGS),
    ("方案没有解读", "解读笔记本两个部门", NO_READINGS),
    ("方案没有解读", "years", "两个年度的方案都没有需要选择解读的条款，结果只有一种。"),
    ("不计分", "readings", "人社局：任何解读下均合格"),
    ("不计分", "解读笔记本两个部门", "方案只判定是否合格，部门之间没有先后可比。"),
    ("不计分", "部门预警", "没有到期否决的事项，如再监测还会否决 1 次。"),
    ("不计分", "years", "方案 census_2015 不计分，没有得分可以对比"),
    ("不计分，全部未核查", "部门报告", "本部门的结果与解读无关：任何解读下均为待评。"),
    ("不计分，全部未核查", "通知书", "各项指标均待评，有无整改事项尚不能确定。"),
    ("不计分，全部未核查", "全市预警", "2 个部门能够预警的指标没有到期不办就会触发否决的事项"),
]


@dataclass
class Told:
    """A situation in a folder, and what is said of it in a place."""

    folder: Path
    year: int
    scheme: str
    department: str
    run: Run

    @property
    def raw(self) -> Path:
        return self.folder / f"{self.year}"

    def __call__(self, place: str) -> str:
        try:
            return PLACES[place](self)
        except (NotScored, NotComparable) as problem:
            return str(problem)

    def printed(self, command: str, *more: object) -> str:
        done = self.run(command, self.raw, *more, "--scheme", self.scheme)
        return done.out + done.err

    def look_ahead(self) -> str:
        return self.printed("outlook", "--on", f"{self.year}-10-16", "--out", self.folder / "out")

    def outlook(self, department: str, form: str) -> bytes:
        self.look_ahead()
        return (self.folder / "out" / department / getattr(outlook_files(self.year, department), form)).read_bytes()

    def page(self, department: str = "") -> str:
        return BeautifulSoup(self.outlook(department, "html"), "html5lib").main.get_text()

    def calendar(self, department: str = "") -> str:
        events = icalendar.Calendar.from_ical(self.outlook(department, "calendar")).walk("VEVENT")
        return "\n".join(str(event["summary"]) for event in events)

    @property
    def notebook(self) -> ReadingsReport:
        return ReadingsReport.load(self.year, self.folder, scheme=self.scheme)

    @property
    def city(self) -> CityReport:
        return CityReport.load(self.year, self.folder, scheme=self.scheme)

    @property
    def report(self) -> DepartmentReport:
        return DepartmentReport.load(self.department, self.year, self.folder, scheme=self.scheme)

    def notice(self) -> str:
        cards = assess(workbooks_in(self.raw), load_scheme(self.year, self.scheme)).scorecards
        return "".join(words(notice_blocks(notice_of(cards[0]))))

    def years(self) -> str:
        following = self.folder / f"{self.year + 1}"
        schemes = {f"{self.year}": self.scheme, following.name: self.scheme}
        return text(years_report([self.raw, following], schemes=schemes).first_page())


def text(part: Part) -> str:
    return "".join(words(part.blocks))


PLACES: dict[str, Callable[[Told], str]] = {
    "readings": lambda told: told.printed("readings"),
    "outlook": Told.look_ahead,
    "全市首页": lambda told: text(told.city.first_page()),
    "全市报告": lambda told: text(told.city.decided()),
    "部门报告": lambda told: text(told.report.readings()),
    "首页": lambda told: text(told.report.first_page()),
    "通知书": Told.notice,
    "解读笔记本": lambda told: text(told.notebook.city()),
    "解读笔记本两个部门": lambda told: text(told.notebook.pair()),
    "全市预警": Told.page,
    "全市日历": Told.calendar,
    "部门预警": lambda told: told.page(told.department),
    "日历": lambda told: told.calendar(told.department),
    "years": Told.years,
}


def without_readings(folder: Path) -> Path:
    """The third scheme, each clause read in one way."""
    changes = [
        ("content.py", 'clause.readings["counted-items"] == "accepted"', "False"),
        ("scheme.toml", 'scope_by = "outage-scope"\n', ""),
    ]
    (copy_of(folder, *changes, source=third.FOLDER) / "readings.toml").unlink()
    return folder


@pytest.fixture
def told(request: pytest.FixtureRequest, tmp_path: Path, run: Run) -> Told:
    """The situation, in a year and, with every day a year later, in the next one."""
    situation: str = request.param
    gated, other = situation.startswith("不计分"), situation == "方案没有解读"
    scheme = str(without_readings(tmp_path / "scheme")) if other else "census_2015" if gated else "leiyang_2017"
    year, department = (2021, "城管局") if other else (2017, "人社局")
    save(tmp_path / f"{year}", SITUATIONS[situation]())
    later = third.all_three(tmp_path / "2022", 2022) if other else tmp_path / "2018"
    if not other:
        save(later, [a_year_later(evidence) for evidence in SITUATIONS[situation]()])
    return Told(tmp_path, year, scheme, department, run)


def save(folder: Path, workbooks: Sequence[Evidence]) -> None:
    folder.mkdir()
    for workbook in workbooks:
        workbook.save(folder)


@pytest.mark.parametrize(
    ("told", "place", "sentence"), SAID, indirect=["told"], ids=[f"{one}-{place}" for one, place, _ in SAID]
)
def test_there_is_a_sentence(told: Told, place: str, sentence: str) -> None:
    assert sentence in told(place)


@pytest.mark.parametrize("told", ["不计分", "不计分，全部未核查"], indirect=True)
def test_a_gate_speaks_of_no_points(told: Told) -> None:
    """But to say that it has none."""
    places = PLACES.keys() - {"全市首页", "years"}
    assert {place: points_in([told(place)]) for place in places} == {place: [] for place in places}


@pytest.mark.parametrize("told", ["方案没有解读"], indirect=True)
def test_without_readings_the_only_combination_is_worked_out(told: Told) -> None:
    found = told.notebook.decided.values()
    assert [(one.combinations, one.now) for one in found] == [(1, one.lowest) for one in found]
    assert {one.department: (one.now.low, one.now.high) for one in found} == {
        card.department: (card.low, card.high) for card in told.city.cards
    }
