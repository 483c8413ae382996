"""Archives made by older versions of this project still verify, also by the program that lies in them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from scoring.archive.verify.run import Asked, verify
from scoring.cli.main import cli

pytestmark = pytest.mark.thorough

KEPT = sorted((Path(__file__).parents[1] / "data").glob("archive-*.zip"))
#: What each had noted down when it was made.
IDENTIFIERS = {"archive-0.1.0": "57c8d2031e08f294770972e85fa7af14"}


def test_every_kept_archive_is_known() -> None:
    assert {path.stem for path in KEPT} == set(IDENTIFIERS)


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_it_verifies_by_the_program_that_lies_in_it(path: Path) -> None:
    verified = verify(path, Asked(expected=IDENTIFIERS[path.stem], archived_source=True))
    assert verified.holds, verified.lines()
    assert [part.name for part in verified.parts if part.skipped] == ["重做报告"]
    assert verified.parts[3].checked == "2 个部门，84 个指标"
    assert "归档的方案与本程序的不同" in verified.conclusion
    assert "未经核对来源" not in verified.conclusion


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_the_installed_program_verifies_it_or_says_how(path: Path) -> None:
    """The scheme of 0.1.0 is written otherwise than today: it cannot be scored by today's rules, all else agrees."""
    verified = verify(path, Asked())
    assert [part.differences for part in verified.parts] == [[]] * 6
    assert (verified.outcome, verified.holds) == ("unfinished", False)
    assert verified.conclusion.startswith("没有验证完：重新计算得分未进行（归档的程序与本程序不同")
    assert "请加 --with-archived-source" in verified.conclusion
    assert "不可信" not in verified.conclusion


def test_reports_that_need_packages_of_then_are_not_made_again_and_that_is_told() -> None:
    """Version 0.1.0 laid pages out by WeasyPrint. Its program was not checked otherwise, which is told too."""
    (path,) = (path for path in KEPT if path.stem == "archive-0.1.0")
    call = ["verify", str(path), "--with-archived-source", "--rerun"]
    told = CliRunner().invoke(cli, call, standalone_mode=False)
    (skipped,) = (line for line in told.output.splitlines() if line.startswith("六、重做报告："))
    conclusion = told.output.splitlines()[-1]
    assert told.return_value == 1
    assert re.match(r"六、重做报告：未进行：归档自带的程序要用 .*weasyprint \S+，本机没有；请按归档说明第六节", skipped)
    assert "requirements.lock（带摘要）另建当时的软件包环境" in skipped
    assert conclusion.startswith("结　论：没有验证完：重做报告未进行（归档自带的程序要用 ")
    assert "归档自带的程序未经核对来源，此项结论只在签名或编号已核对时可信" in conclusion
    assert "归档的方案与本程序的不同" in conclusion
    assert "不可信" not in told.output
    assert "Traceback" not in told.output
