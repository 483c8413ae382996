"""Objections that are decided are answered once: on paper, with their effect, and in the case file."""

from __future__ import annotations

import datetime as dt
import html
import io
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import docx
import pypdf
import pytest
from calling import Run
from evidence_builder import Evidence, faultless
from libreoffice import convert

from scoring.engine.objections import objections
from scoring.review.audit import Audit
from scoring.scheme.sheets import ANSWERED

LATE = "领导信箱 | 信件编号=X-{} | 类型=咨询 | 来信日期=2017-09-04 | 回复日期=2017-10-13"
FIRST, SECOND = (f"3.2.1-咨询类逾期回复-X-{number}" for number in (1, 2))
NAME = "人社局复核结果告知书（2017-人社局-复{}）"
HOSTILE = "<b>当日停电</b>{{ 1 }}"
Reply = Callable[..., Any]


def late(count: int, department: str = "人社局") -> Evidence:
    return faultless(department).add(*(LATE.format(number) for number in range(1, count + 1)))


def on(day: int) -> dt.date:
    return dt.date(2018, 1, day)


def opened(raw: Path) -> Audit:
    return Audit.open("人社局", 2017, raw)


def objected(raw: Path, said: Mapping[str, str]) -> Audit:
    """The findings were told of and objected to, the others not."""
    told = {"step": "待整改", "done_on": on(8), "done_by": "科室", "about": "逾期回复", "notice": "2017-人社局-1"}
    told |= {"due": on(22), "object_by": on(10)}
    audit = opened(raw).follow([{"finding": finding, **told} for finding in said])
    steps = {"step": "申诉", "done_on": on(11), "done_by": "办公室"}
    return audit.follow([{"finding": finding, **steps, "about": why} for finding, why in said.items()])


def decided(audit: Audit, finding: str, decision: str = "撤销", day: int = 12) -> Audit:
    return audit.decide([finding], decision, "确有停电通知", "复核员乙", on(day))


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """The evidence of two departments: one late letter costs the other one as much as each costs this one."""
    late(2).save(tmp_path / "raw" / "2017")
    late(1, "教育局").save(tmp_path / "raw" / "2017")
    return tmp_path / "raw"


@pytest.fixture
def reply(raw: Path, tmp_path: Path, run: Run) -> Reply:
    def call(*departments: str, on: str = "2018-01-15") -> Any:
        return run("reply", *departments, "--raw", raw, "--out", tmp_path / "out", "--by", "督查科", "--on", on)

    return call


def papers(tmp_path: Path) -> list[str]:
    folder = tmp_path / "out" / "人社局" / "文书"
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def page(tmp_path: Path, number: int = 1) -> str:
    """What the web page says, line by line."""
    text = (tmp_path / "out" / "人社局" / "文书" / f"{NAME.format(number)}.html").read_text(encoding="utf-8")
    return html.unescape(re.sub(r"<[^>]+>", "", text.partition("<main")[2]))


def test_a_decided_objection_is_answered_once(raw: Path, tmp_path: Path, reply: Reply) -> None:
    decided(objected(raw, {FIRST: HOSTILE, SECOND: "已电话答复"}), FIRST).save()
    code, out, err = reply()
    assert (code, err) == (0, "")
    assert "已生成人社局的复核结果告知书 2017-人社局-复1，1 项，已记入案卷" in out
    assert f"还有 1 项申诉待复核：{SECOND}" in out
    assert papers(tmp_path) == sorted(f"{NAME.format(1)}.{kind}" for kind in ("docx", "html", "pdf"))
    text = page(tmp_path)
    for said in (
        "编号：2017-人社局-复1",
        f"申诉：{HOSTILE}（2018年1月11日，逾期提出）",
        "复核：撤销。确有停电通知（2018年1月12日）",
        "总分由 99 分变为 99.5 分，名次由第2名变为第1名（其他部门按目前的得分）",
        "另有 1 项申诉尚在复核（3.2.1 领导（主任、局长）信箱）",
        "签发日期：2018年1月15日",
    ):
        assert said in text
    (answer,) = opened(raw).card.follow_ups[FIRST].of(ANSWERED)
    assert (answer.notice, answer.done_by, answer.about) == ("2017-人社局-复1", "督查科", "撤销：确有停电通知")

    again = reply("人社局")
    assert (again.code, len(papers(tmp_path))) == (0, 3)
    assert "没有已复核而未告知的申诉" in again.out
    decided(opened(raw), SECOND, "维持").save()
    assert "复2，1 项" in reply().out
    assert "总分仍为 99.5 分，名次仍为第1名" in page(tmp_path, 2), "of this decision, not of the one before"


def test_the_effects_add_up_to_the_change(raw: Path) -> None:
    """A dismissed suspicion counted until then; what was upheld changes nothing."""
    suspect = "领导信箱 | 信件编号=X-9 | 来信日期=2017-09-04 | 回复日期=2017-09-05 | 回复内容=您好，已电话答复。"
    late(2).add(suspect).save(raw / "2017")
    (doubt,) = (one.id for one in opened(raw).card.to_confirm)
    opened(raw).decide([doubt], "维持", "确系套话", "复核员乙", on(5)).save()
    audit = objected(raw, {FIRST: "一", SECOND: "二", doubt: "三"})
    audit = decided(decided(decided(audit, FIRST), SECOND, "维持"), doubt)
    found = objections(audit.loaded, audit.readings, audit.card)
    changes = {one.finding.id: one.change[0] for one in found.decided}
    assert (changes[FIRST], changes[SECOND], changes[doubt]) == (0.5, 0, 1)
    assert found.after.low - found.before.low == sum(changes.values())


def test_nothing_is_answered_by_halves(raw: Path, tmp_path: Path, reply: Reply) -> None:
    """Before a decision, while the case file is open, or where no paper can be written: all is as it was."""
    decided(objected(raw, {FIRST: "停电"}), FIRST).save()
    case = raw / "2017" / "人社局.案卷.xlsx"
    before = case.read_bytes()
    assert "告知日期2018年1月11日早于复核日期2018年1月12日" in reply(on="2018-01-11").err
    (lock := case.with_name("~$人社局.案卷.xlsx")).touch()
    assert "正在 Excel、WPS 或 LibreOffice 中打开" in reply().err
    assert papers(tmp_path) == []
    lock.unlink()
    (tmp_path / "out" / "人社局" / "文书").rmdir()
    (tmp_path / "out" / "人社局" / "文书").touch()
    code, out, err = reply()
    assert (code, out) == (1, "")
    assert "告知书写不进" in err
    assert case.read_bytes() == before
    (tmp_path / "out" / "人社局" / "文书").unlink()
    assert (reply().code, len(papers(tmp_path))) == (0, 3)


def test_an_objection_to_what_is_gone_is_told_apart(raw: Path, tmp_path: Path, reply: Reply) -> None:
    decided(objected(raw, {FIRST: "停电", SECOND: "停电"}), FIRST).save()
    late(1).save(raw / "2017")
    assert f"1 项申诉所指的发现已不在佐证中：{SECOND}" in reply().out
    assert "另有 1 项申诉所指的问题，在现有佐证中已经没有" in page(tmp_path)


def test_without_objections_there_is_nothing_to_answer(tmp_path: Path, reply: Reply) -> None:
    assert reply() == (0, "没有尚未告知的申诉，没有生成告知书\n", "")
    assert not (tmp_path / "out").exists()
    assert reply("税务局").code == 2


@pytest.mark.parametrize(
    ("own", "says"),
    [
        pytest.param({"数据性质": "示例"}, "示例数据不参加排名", id="sample"),
        pytest.param({"3.1.1.1": "未核查"}, "有指标待评，暂不排名", id="provisional"),
    ],
)
def test_who_is_not_ranked_is_told_so(own: dict[str, str], says: str, raw: Path, tmp_path: Path, reply: Reply) -> None:
    late(1, "教育局").fact("数据性质", "正式").save(raw / "2017")
    site = late(1).fact("数据性质", "正式")
    for key, value in own.items():
        site = site.fact(key, value).inspection(key, value)
    site.save(raw / "2017")
    decided(objected(raw, {FIRST: "停电"}), FIRST).save()
    assert reply().code == 0
    assert says in page(tmp_path)
    assert "名次" not in page(tmp_path)
    assert ("示例数据" in page(tmp_path)) == ("数据性质" in own)


def test_many_objections_fit_one_page(raw: Path, tmp_path: Path, reply: Reply) -> None:
    late(10).save(raw / "2017")
    ids = [f"3.2.1-咨询类逾期回复-X-{number}" for number in range(1, 11)]
    audit = objected(raw, dict.fromkeys(ids, "当日全市停电，网站不能访问，附供电公司的通知和机房记录。" * 6))
    audit.decide(ids, "维持", "停电不影响电话和书面答复，期限不予顺延。" * 6, "复核员乙", on(12)).save()
    assert reply().code == 0
    folder = tmp_path / "out" / "人社局" / "文书"
    assert len(pypdf.PdfReader(folder / f"{NAME.format(1)}.pdf").pages) == 1
    word = (folder / f"{NAME.format(1)}.docx").read_bytes()
    assert len(docx.Document(io.BytesIO(word)).tables[0].rows) == 11
    (tmp_path / "reply.docx").write_bytes(word)
    convert([tmp_path / "reply.docx"], tmp_path / "laid-out", tmp_path / "profile", "pdf")
    assert len(pypdf.PdfReader(tmp_path / "laid-out" / "reply.pdf").pages) == 1
