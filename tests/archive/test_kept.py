"""Archives made by older versions of this project verify by the installed program, and by their own."""

from __future__ import annotations

import re
import shutil
from fractions import Fraction
from pathlib import Path

import pytest
from archiving import edit, reseal
from click.testing import CliRunner
from evidence_builder import EXERCISE, a_year_later, faultless

from scoring.archive.opened import opened
from scoring.archive.verify.run import Asked, verify
from scoring.archive.years import opened_years
from scoring.cli.main import cli
from scoring.comparison import Split, compare

pytestmark = pytest.mark.thorough

KEPT = sorted((Path(__file__).parents[1] / "data").glob("archive-*.zip"))
#: The identifier of each, noted when it was made.
IDENTIFIERS = {"archive-0.1.0": "57c8d2031e08f294770972e85fa7af14"}


def test_every_kept_archive_is_known() -> None:
    assert {path.stem for path in KEPT} == set(IDENTIFIERS)


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_it_verifies_by_the_program_that_lies_in_it(path: Path) -> None:
    verified = verify(path, Asked(expected=IDENTIFIERS[path.stem], archived_source=True))
    assert verified.holds, verified.lines()
    assert [part.name for part in verified.parts if part.skipped] == ["重做报告"]
    assert verified.parts[3].checked == "2 个部门，84 个指标"
    assert "归档的方案是旧格式" in verified.conclusion
    assert "未经核对来源" not in verified.conclusion


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_the_installed_program_verifies_it(path: Path) -> None:
    """The scheme of 0.1.0 is in an older format: it is scored by the installed one of the same content."""
    verified = verify(path, Asked())
    assert verified.holds, verified.lines()
    assert verified.parts[3].checked == "2 个部门，84 个指标"
    assert "归档的方案是旧格式，得分按本程序中条款、分值、解读与它相同的方案 leiyang_2017 计算" in verified.conclusion


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_it_is_a_year_to_compare(path: Path, tmp_path: Path) -> None:
    a_year_later(faultless()).save(tmp_path / "2018")
    with opened_years([path, tmp_path / "2018"], schemes={"2018": EXERCISE}) as years:
        (change,) = compare(*years).departments
    assert (change.before.low, change.after.low, change.split) == (100, 97, Split(rules=Fraction(-3)))


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("scheme.toml", "未及时更新每次扣0.1分。", "未及时更新每次扣0.2分。"),
        ("scheme.toml", 'points = "100"', 'points = "101"'),
        ("readings.toml", "不设上限", "有上限"),
    ],
)
def test_an_old_scheme_that_is_not_an_installed_one_is_not_scored(
    tmp_path: Path, file: str, old: str, new: str
) -> None:
    with opened(KEPT[0]) as archive:
        bag = shutil.copytree(archive.bag, tmp_path / "bag")
    edit(bag / "data" / "方案" / file, old, new)
    reseal(bag)
    verified = verify(bag, Asked())
    assert not verified.holds
    assert "方案是旧格式，本程序自带的方案中没有与它相同的" in verified.parts[3].skipped


def test_reports_that_need_other_packages_are_not_made_again() -> None:
    """Version 0.1.0 laid pages out by WeasyPrint. That its program was not checked is reported too."""
    call = ["verify", str(KEPT[0]), "--with-archived-source", "--rerun"]
    result = CliRunner().invoke(cli, call, standalone_mode=False)
    (skipped,) = (line for line in result.output.splitlines() if line.startswith("六、重做报告："))
    conclusion = result.output.splitlines()[-1]
    assert result.return_value == 1
    assert re.match(r"六、重做报告：未进行：\d+ 个软件包（.*等）与归档时不同；请按归档说明第六节", skipped)
    assert "requirements.lock（带摘要）另建当时的软件包环境" in skipped
    assert conclusion.startswith("结　论：没有验证完：重做报告未进行（")
    assert "归档自带的程序未经核对来源，此项结论只在签名或编号已核对时可信" in conclusion
    assert "不可信" not in result.output
    assert "Traceback" not in result.output
