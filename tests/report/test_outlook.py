"""期限预警: the pages and the calendar say what the outlook says, in the words of an office."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import icalendar
import pandas as pd
import pypdf
import pytest
from bs4 import BeautifulSoup
from calling import Run
from evidence_builder import Evidence, faultless
from schemes.test_census_2015.test_vetoes import site

from scoring import Scheme, load_scheme
from scoring.base.names import outlook_files
from scoring.engine.outlook import Outlook, outlooks
from scoring.evidence import load_evidence
from scoring.report.outlook import city_outlook, department_outlook
from scoring.scheme.readings import choose

SCHEME, CENSUS = load_scheme(2017), load_scheme(2017, "census_2015")
ON = dt.date(2017, 10, 16)
NAMES = outlook_files(2017, "人社局")
HOSTILE = "<b>甲</b>;乙,丙\\nEND:VEVENT”#link{{7*7}}"
RUNNING = faultless().replace(
    "领导信箱 | 信件编号=L-117 | 类型=咨询 | 来信日期=2017-10-11",
    "领导信箱 | 信件编号=L-98 | 类型=建议 | 来信日期=2017-09-12",
    "门户信息采用 ×44",
    "基本信息 | 年度运维报告提交日期=2017-11-20",
    f"门户栏目报送 | 应报送日期=2017-11-20 | 内容={HOSTILE}",
)
RUNNING.add("监测发现 ×2 | 指标=3.3.2.1.3 | 问题类型=错别字")


def ahead_of(evidence: Evidence, folder: Path, on: dt.date = ON, scheme: Scheme = SCHEME) -> Outlook:
    loaded = load_evidence([evidence.save(folder)], scheme)
    ((found,), _) = outlooks(loaded.evidence, pd.Timestamp(on), choose(scheme.readings))
    return found


def page_of(ahead: Outlook) -> BeautifulSoup:
    return BeautifulSoup(department_outlook(ahead)[NAMES.html], "html5lib")


def rows(page: BeautifulSoup, label: str) -> list[list[str]]:
    return [
        [cell.get_text() for cell in row.find_all(["th", "td"])]
        for row in page.select(f"table[aria-label={label}] tbody tr")
    ]


def test_a_department_reads_what_to_do_by_when(tmp_path: Path) -> None:
    page = page_of(ahead_of(RUNNING, tmp_path))
    told = {cells[0]: cells[1:] for cells in rows(page, "逐日预警")}
    assert told["10月20日（周五）"][0] == "4 天（4 个工作日）"
    assert told["10月20日（周五）"][1].startswith(
        "3.2.1 领导（主任、局长）信箱　咨询类信件L-117于2017年10月11日收到，最迟应于"
    )
    assert "单项否决，总分计 0 分　建议类信件L-98于2017年9月12日收到" in told["12月12日（周二）"][1]
    assert "到12月31日还有 76 天，采用不足还差 6 条，平均每 12 天至少 1 条。" in told["12月31日（周日）"][1]
    assert rows(page, "累计满数即否决") == [
        ["2", "1", "3.3.2.1.3 内容准确性　错别字累计2个（满3个即否决）", "单项否决，“网站管理”（3.3）计 0 分，减 16 分"]
    ]
    assert "最早的否决是12月12日三个月未回应" in page.select_one("h1 + p").get_text()


def test_repeated_days_stand_together(tmp_path: Path) -> None:
    (gap,) = [cells for cells in rows(page_of(ahead_of(RUNNING, tmp_path)), "逐日预警") if "3.1.2" in cells[2]]
    assert gap[0] == "10月30日（周一）"
    assert "此后仍不办理，11月13日再减 0.5 分、11月27日再减 0.5 分、12月11日" in gap[2]


def test_a_loss_that_a_limit_absorbs_is_explained(tmp_path: Path) -> None:
    """网站管理 has 18 points, of which 16 count: the yearly report is lost, the total is not."""
    page = page_of(ahead_of(faultless(), tmp_path))
    (report,) = [cells for cells in rows(page, "逐日预警") if "3.3.4.2" in cells[2]]
    assert ("总分暂不减少" in report[2], report[3]) == (True, "0")


def test_the_calendar_has_a_day_for_every_loss(tmp_path: Path) -> None:
    ahead = ahead_of(RUNNING, tmp_path)
    calendar = icalendar.Calendar.from_ical(department_outlook(ahead)[NAMES.calendar])
    events = calendar.walk("VEVENT")
    assert [event.decoded("dtstart") for event in events] == [loss.day.date() for loss in ahead.losses if loss.day]
    assert len({event["uid"] for event in events}) == len(events)
    (delivery,) = [event for event in events if "未报送" in event["summary"] and "甲" in event["description"]]
    assert str(delivery["summary"]) == "【示例】人社局　今日截止，否则认定未报送（减 0.5 分）"
    assert "<b>甲</b>;乙,丙 END:VEVENT”#link{{7*7}}" in delivery["description"].replace("\n", " ")


def test_texts_of_evidence_are_no_markup(tmp_path: Path) -> None:
    page = page_of(ahead_of(RUNNING, tmp_path))
    assert "<b>甲</b>;乙,丙" in page.get_text()
    assert not page.select("main b")


def test_the_same_outlook_gives_the_same_bytes(tmp_path: Path) -> None:
    ahead = ahead_of(RUNNING, tmp_path)
    assert department_outlook(ahead) == department_outlook(ahead_of(RUNNING, tmp_path))
    assert city_outlook([ahead], SCHEME, pd.Timestamp(ON)) == city_outlook([ahead], SCHEME, pd.Timestamp(ON))


def test_nothing_ahead_is_a_sentence(tmp_path: Path) -> None:
    last = dt.date(2017, 12, 31)
    ahead = ahead_of(faultless(), tmp_path, last)
    for page in (page_of(ahead).get_text(), pages_of(city_outlook([ahead], SCHEME, pd.Timestamp(last)))):
        assert "没有到期不办就会扣分或触发否决的事项。" in page
        assert "没有已经发现而尚未满数的情形。" in page


def pages_of(files: object) -> str:
    names = outlook_files(2017)
    return BeautifulSoup(dict(files)[names.html], "html5lib").get_text()


def test_evidence_that_ends_earlier_is_named(tmp_path: Path) -> None:
    ahead = ahead_of(faultless().fact("截止日期", dt.date(2017, 9, 30)), tmp_path)
    remark = "佐证只到2017年9月30日，此后的情况没有记录"
    assert remark in page_of(ahead).get_text()
    assert f"人社局：{remark}" in pages_of(city_outlook([ahead], SCHEME, pd.Timestamp(ON)))


def test_a_gate_has_no_points(tmp_path: Path) -> None:
    page = page_of(ahead_of(site(), tmp_path, dt.date(2017, 6, 16), CENSUS))
    day, left, words, *rest = rows(page, "逐日预警")[0]
    assert (day, left, rest) == ("6月30日（周五）", "14 天（10 个工作日）", [])
    assert words.startswith("普2 网站不更新　如监测　单项否决，网站不合格　")
    assert "总分" not in page.get_text()
    assert "0 分" not in page.get_text()


# --- The command ------------------------------------------------------------------------------------------------------


def test_the_command_writes_pages_and_calendars(run: Run, tmp_path: Path) -> None:
    raw, out = tmp_path / "2017", tmp_path / "out"
    RUNNING.save(raw)
    done = run("outlook", raw, "--on", ON, "--out", out)
    assert (done.code, done.out) == (0, f"已生成 1 个部门和全市的期限预警（自 2017-10-16 起）；在 {out}\n")
    made = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    city = outlook_files(2017)
    assert made == {*(f"人社局/{name}" for name in vars(NAMES).values()), *vars(city).values()}
    paper = "".join(page.extract_text() for page in pypdf.PdfReader(out / city.pdf).pages)
    assert "三个月未回应" in paper
    links = BeautifulSoup((out / city.html).read_bytes(), "html5lib").select("td a, th a")
    assert links
    assert all((out / link["href"]).exists() or "%" in link["href"] for link in links)


def test_a_faulty_workbook_stops_only_its_department(run: Run, tmp_path: Path) -> None:
    raw, out = tmp_path / "2017", tmp_path / "out"
    RUNNING.save(raw)
    faultless("教育局").replace("领导信箱 | 类型=问候").save(raw)
    done = run("outlook", raw, "--on", ON, "--out", out)
    assert done.code == 1
    assert "教育局：工作簿有 1 处差错，未评分" in done.err
    assert [path.name for path in out.iterdir() if path.is_dir()] == ["人社局"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--on", "2018-01-05"], "--on 2018-01-05 不在考核年度内；请用 --on 给出 2017 年内的一天"),
        (["--on", "10月16日"], "参数 --on：应为日期，如 2017-10-16"),
        ([], "不在考核年度内；请用 --on 给出 2017 年内的一天"),
        (["--on", "2017-10-16", "--department", "气象局"], "气象局"),
    ],
)
def test_wrong_usage(given: list[str], message: str, run: Run, tmp_path: Path) -> None:
    faultless().save(tmp_path / "2017")
    done = run("outlook", tmp_path / "2017", "--out", tmp_path / "out", *given)
    assert (done.code, message in done.err) == (2, True), done.err
    assert not (tmp_path / "out").exists()
