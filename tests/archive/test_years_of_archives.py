"""Years that are compared out of their archives: an archive that is no longer whole is not taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from scoring.comparison import NotComparable, opened


def test_a_whole_archive_is_a_year(bag: Path) -> None:
    with opened(bag) as year:
        assert (year.year, year.evidence) == (2017, bag / "data" / "佐证")


def test_one_that_was_changed_is_none(bag: Path) -> None:
    (bag / "data" / "佐证" / "教育局.xlsx").write_bytes(b"")
    with pytest.raises(NotComparable, match=r"已不完好（data/佐证/教育局\.xlsx：内容被改动）"), opened(bag):
        pass
