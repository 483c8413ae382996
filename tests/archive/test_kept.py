"""Archives made by older versions of this project still verify, also by the program that lies in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from scoring.archive.verify.run import Asked, verify

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


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_a_program_out_of_the_archive_proves_nothing_of_an_unknown_one(path: Path) -> None:
    verified = verify(path, Asked(archived_source=True))
    assert verified.holds
    assert "归档自带的程序未经核对来源，此项结论只在签名或编号已核对时可信" in verified.conclusion
    assert "归档的方案与本程序的不同" in verified.conclusion
