"""Scores follow from the archive's evidence, scheme, readings, decisions and calendar; differences are named."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from archiving import LATE, archived, copy_of, edit, edit_json, official, reseal, slim
from click.testing import CliRunner

from scoring.archive.calendar import read_calendar, write_calendar
from scoring.archive.opened import Archive, opened
from scoring.archive.rederive import rederive
from scoring.archive.seal.bag import Sealed
from scoring.archive.verify.again import check_rederivation
from scoring.archive.verify.ledger import check_ledgers
from scoring.archive.verify.program import archived_program, has_installed_scheme
from scoring.archive.verify.run import Asked, verify
from scoring.base.workdays import LAST_YEAR, Calendar
from scoring.cli.main import cli

pytestmark = pytest.mark.thorough

LETTERBOX = "教育局 3.2.1 领导（主任、局长）信箱"


def messages(bag: Path, program: Path | None = None) -> list[str]:
    return [str(difference) for difference in check_rederivation(Archive(bag), program).differences]


def notes(bag: Path) -> list[str]:
    part = check_rederivation(Archive(bag))
    return [*part.caveats, *part.notes]


def test_scores_follow_from_the_evidence(sealed: Sealed) -> None:
    part = check_rederivation(Archive(sealed.folder))
    assert part.differences == []
    assert part.notes == []
    assert part.checked == "2 个部门，84 个指标"


def test_the_evidence_of_another(bag: Path) -> None:
    official("教育局").save(bag / "data" / "佐证")
    reseal(bag)
    verified = verify(bag, Asked())
    lines = verified.lines()
    assert not verified.holds
    assert f"　　{LETTERBOX} 得分：归档 4.0，现为 5.0" in lines
    assert any(line.startswith("　　教育局 佐证 摘要（SHA-256）：") for line in lines)
    assert any(line.startswith("一、文件核对：相符") for line in lines)


def test_a_score_that_was_improved(bag: Path) -> None:
    def improve(card: Any) -> None:
        next(node for node in card["nodes"] if node["code"] == "3.2.1").update(score=5.0, range=[5.0, 5.0])

    edit_json(bag / "data" / "结果" / "教育局" / "scorecard.json", improve)
    of_score, of_range = messages(bag)
    assert of_score == f"{LETTERBOX} 得分：归档 5.0，现为 4.0"
    assert of_range == f"{LETTERBOX} 得分范围：归档 [5.0, 5.0]，现为 [4.0, 4.0]"
    (difference,) = check_ledgers(Archive(bag)).differences[:1]
    assert str(difference).startswith("教育局2017年度评分台账.xlsx 计分!J")
    assert "台账相加得 4，得分文件是 5" in str(difference)


def test_a_finding_and_a_decision_that_were_dropped(bag: Path) -> None:
    def drop(card: Any) -> None:
        card["findings"] = [entry for entry in card["findings"] if entry["code"] != "3.2.1"]
        card["review"]["decisions"] = []

    edit_json(bag / "data" / "结果" / "教育局" / "scorecard.json", drop)
    found = messages(bag)
    assert any(line.startswith("教育局 发现 3.2.1-咨询类逾期回复") and "归档 没有" in line for line in found)
    assert any(line.startswith("教育局 复核 决定") for line in found)


def test_a_place_that_was_improved(bag: Path) -> None:
    edit_json(bag / "data" / "结果" / "ranking.json", lambda ranking: ranking["ranked"][1].update(rank=1))
    assert messages(bag) == ["结果/ranking.json 排名 教育局 名次：归档 1，现为 2"]


def test_results_of_a_department_that_were_taken_out(bag: Path) -> None:
    shutil.rmtree(bag / "data" / "结果" / "教育局")
    assert "结果/教育局：没有归档的得分，佐证却能算出得分" in messages(bag)


def test_evidence_that_was_taken_out(bag: Path) -> None:
    (bag / "data" / "佐证" / "教育局.xlsx").unlink()
    assert "结果/教育局：有归档的得分，佐证却算不出得分（佐证有差错，或没有佐证）" in messages(bag)


def test_the_archived_readings_count(bag: Path) -> None:
    edit_json(bag / "data" / "方案" / "所用解读.json", lambda chosen: chosen.update({"management-sum": "sum"}))
    assert "人社局 total 总分 满分：归档 100.0，现为 102.0" in messages(bag)


def test_the_archived_scheme_counts(bag: Path) -> None:
    edit(bag / "data" / "方案" / "leiyang_2017" / "scheme.toml", "days = 7 }", "days = 30 }")
    found = messages(bag)
    assert f"{LETTERBOX} 得分：归档 4.0，现为 5.0" in found
    assert "归档的方案与本程序的不同，得分按归档的方案计算" in notes(bag)


def test_the_archived_calendar_counts(bag: Path) -> None:
    edit(bag / "data" / "工作日历.csv", "2017-10-02,一,否,放假", "2017-10-02,一,是,")
    assert messages(bag) != []
    edit(bag / "data" / "工作日历.csv", "2017-10-13,五,是,", "2017-10-13,五,否,放假")
    edit(bag / "data" / "工作日历.csv", "2017-10-02,一,是,", "2017-10-02,一,否,放假")
    assert f"{LETTERBOX} 得分：归档 4.0，现为 5.0" in messages(bag)
    assert "归档的工作日历与本机的不同（2017-10-13），得分按归档的日历计算" in notes(bag)


def test_a_decision_that_was_taken_out_of_the_evidence(bag: Path) -> None:
    official("教育局").add(LATE, "监测发现 ×3 | 指标=3.3.2.1.3 | 问题类型=错别字").save(bag / "data" / "佐证")
    assert any(line.startswith("教育局 total 总分 得分") for line in messages(bag))


def test_one_bad_scorecard_hides_no_other_difference(bag: Path) -> None:
    (bag / "data" / "结果" / "人社局" / "scorecard.json").write_bytes(b"{}")
    edit_json(bag / "data" / "结果" / "教育局" / "scorecard.json", lambda card: card.update(total=100.0))
    edit_json(bag / "data" / "结果" / "ranking.json", lambda ranking: ranking["ranked"][1].update(rank=1))
    found = messages(bag)
    assert "结果/人社局/scorecard.json：内容读不懂，无法比较（KeyError：'nodes'）" in found
    assert "教育局 总分：归档 100.0，现为 99.0" in found
    assert "结果/ranking.json 排名 教育局 名次：归档 1，现为 2" in found


def test_a_scheme_and_a_calendar_that_are_other_are_named_in_the_conclusion(bag: Path, tmp_path: Path) -> None:
    for folder in ("方案/leiyang_2017", "程序/scoring/schemes/leiyang_2017"):
        edit(bag / "data" / folder / "scheme.toml", "绩效考核指标体系", "绩效考核指标")
    edit(bag / "data" / "工作日历.csv", "2018-12-28,五,是,", "2018-12-28,五,否,放假")
    reseal(bag)
    report = verify(bag, Asked()).to_json()
    for caveat in ("归档的方案与本程序的不同", "归档的工作日历与本机的不同（2018-12-28）", "归档的程序与本程序不同"):
        assert caveat in report["conclusion"]
        assert any(line.startswith(caveat) for part in report["parts"] for line in part["caveats"])


def test_a_scheme_that_is_only_written_otherwise_is_the_same(bag: Path) -> None:
    for folder in ("方案/leiyang_2017", "程序/scoring/schemes/leiyang_2017"):
        edit(bag / "data" / folder / "scheme.toml", "since = 2017", "since  =  2017  # 年度")
    assert has_installed_scheme(Archive(bag))
    edit(bag / "data" / "方案" / "leiyang_2017" / "scheme.toml", 'points = "100"', 'points = "101"')
    assert not has_installed_scheme(Archive(bag))


def test_years_that_only_the_archive_knows(bag: Path) -> None:
    path = bag / "data" / "工作日历.csv"
    days = [*read_calendar(path.read_bytes()).days.tolist()]
    path.write_bytes(write_calendar(Calendar(2016, LAST_YEAR + 1, np.array(days, dtype="datetime64[D]"))))
    assert f"本机没有 {LAST_YEAR + 1} 年的工作日历，归档中这几年的日历无从核对" in notes(bag)


@pytest.mark.parametrize(
    "name", ["标签.json", "方案/leiyang_2017/scheme.toml", "工作日历.csv", "结果/教育局/scorecard.json"]
)
def test_a_file_that_was_taken_out(bag: Path, name: str) -> None:
    (bag / "data" / name).unlink()
    reseal(bag)
    assert not verify(bag, Asked()).holds


def test_a_full_disk_is_not_the_archives_fault(bag: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("scoring.archive.verify.again.rederive", full)
    with pytest.raises(OSError, match="No space left"):
        verify(bag, Asked())
    result = CliRunner().invoke(cli, ["verify", str(bag)], standalone_mode=False)
    assert "验证没有完成" in str(result.exception)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("方案/leiyang_2017/scheme.toml", b"year = 2017"),
        ("方案/所用解读.json", b'{"nonsense": "x"}'),
        ("方案/所用解读.json", b"[]"),
        ("方案/考核对象.txt", b""),
        ("工作日历.csv", b"a,b\n"),
        ("工作日历.csv", "日期,星期,工作日,说明\n2017-01-01,日,否,\n".encode()),
        ("结果/教育局/scorecard.json", b"{"),
        ("结果/教育局/scorecard.json", b"{}"),
        ("结果/教育局/教育局2017年度评分台账.xlsx", b"no workbook"),
    ],
)
def test_content_that_cannot_be_read_is_reported_without_a_traceback(bag: Path, name: str, content: bytes) -> None:
    (bag / "data" / name).write_bytes(content)
    reseal(bag)
    verified = verify(bag, Asked())
    assert not verified.holds
    assert verified.lines()[-1].startswith("结　论：归档不可信")


# --- The archive's own program ---------------------------------------------------------------------------------------


@pytest.fixture
def runnable_bag(runnable: Sealed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy, to be damaged, of an archive whose program can be run."""
    slim(monkeypatch, whole=True)
    return copy_of(runnable.folder, tmp_path)


@pytest.fixture
def of_another_version(runnable_bag: Path) -> Path:
    """An archive whose program has another rule: a late reply is due on the 30th day."""
    bag, rules = runnable_bag, runnable_bag / "data" / "程序/scoring/schemes/leiyang_2017/interaction.py"
    edit(rules, 'owed["received"], due["days"])', 'owed["received"], 30)')
    reseal(bag)
    return bag


def test_the_archived_program_scores_by_its_own_rules(of_another_version: Path) -> None:
    warned: list[str] = []
    verified = verify(of_another_version, Asked(archived_source=True, warn=warned.append))
    assert f"　　{LETTERBOX} 得分：归档 4.0，现为 5.0" in verified.lines()
    assert "　　注意：得分由归档自带的程序重新计算" in verified.lines()
    assert "归档的程序与本程序不同" in verified.conclusion
    assert len(warned) == 1
    assert "将在本机运行归档自带的程序" in warned[0]
    assert messages(of_another_version) == []  # by the installed one


def test_the_archived_program_leaves_nothing_in_the_archive(runnable_bag: Path) -> None:
    before = sorted(runnable_bag.rglob("*"))
    assert verify(runnable_bag, Asked(archived_source=True)).holds
    assert sorted(runnable_bag.rglob("*")) == before


def test_an_archived_program_that_cannot_run_is_reported(runnable_bag: Path) -> None:
    bag = runnable_bag
    module = bag / "data" / "程序" / "scoring" / "archive" / "rederive.py"
    module.write_text("raise SystemExit('坏')", encoding="utf-8")
    with archived_program(Archive(bag)) as program:
        (found,) = messages(bag, program)
        assert found == "归档内容：无法重新计算：程序没有运行成功（退出码 1）：坏"
        edit_json(bag / "data" / "运行环境.json", lambda environment: environment["packages"].update(pandas="0"))
        part = check_rederivation(Archive(bag), program)
    assert part.differences == []
    assert "坏；软件包与归档时不同，请按归档说明第六节" in part.skipped


def test_scores_of_another_program_are_not_held_against_the_archive(bag: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A later version may have corrected a rule: only the archive's own program shows whether it was forged."""

    def by_other_rules(archive: Archive, out: Path) -> None:
        rederive(archive, out)
        edit_json(out / "教育局" / "scorecard.json", lambda card: card.update(total=98.0))

    monkeypatch.setattr("scoring.archive.verify.again.rederive", by_other_rules)
    assert verify(bag, Asked()).outcome == "differs"
    edit(bag / "data" / "程序" / "scoring" / "engine" / "settle.py", "def settle", "def  settle")
    reseal(bag)
    verified = verify(bag, Asked())
    assert (verified.outcome, verified.holds) == ("unfinished", False)
    assert "重新计算得分不符 1 处，但归档的程序与本程序不同，请加 --with-archived-source" in verified.conclusion


def test_other_readings_are_archived_and_followed(tmp_path: Path) -> None:
    sealed = archived(tmp_path, readings={"overflow": "spill", "total-veto-scope": "section"})
    assert verify(sealed.packed, Asked()).holds
    with opened(sealed.packed) as archive:
        assert archive.readings["overflow"] == "spill"
