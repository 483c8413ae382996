"""Reports made again: by notebooks and all, the same to the byte; another's difference is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from archiving import official, reseal
from batching import asked, report, save

from scoring.archive.make import archive
from scoring.archive.verify.run import Asked, verify
from scoring.report.names import department_files


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of real reports on one department, with the whole program."""
    folder = tmp_path_factory.mktemp("real")
    run = asked(save(folder / "2017", [official("人社局")]), folder / "out", departments=("人社局",))
    assert report(run).failures == {}
    return archive(run, folder / "archives").folder


def test_reports_are_made_again_to_the_byte_and_a_change_is_named(bag: Path) -> None:
    verified = verify(bag, Asked(rerun=True))
    lines = verified.lines()
    assert verified.holds, lines
    assert any(line.startswith("五、重做报告：相符（10 个文件，逐字节比较）") for line in lines)

    page = bag / "data" / "结果" / "人社局" / department_files("人社局", 2017).html
    page.write_bytes(page.read_bytes() + "<p>另加</p>".encode())
    reseal(bag)
    verified = verify(bag, Asked(archived_source=True, rerun=True))
    assert not verified.holds
    told = [str(difference) for part in verified.parts for difference in part.differences]
    assert len(told) == 1, told
    (difference,) = told
    assert difference.startswith(f"结果/人社局/{page.name} 正文第")
    assert "归档 另加，现为" in difference
