"""A year as it was assessed, wherever it is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from scoring.archive.layout import UnusableArchive
from scoring.archive.opened import is_archive
from scoring.archive.opened import opened as opened_archive
from scoring.readings import choose
from scoring.report.places import NOTEBOOKS
from scoring.scheme import Scheme, SchemeError, load_scheme
from scoring.workdays import Calendar, official_calendar


class NotComparable(Exception):
    """Years that cannot be put side by side; the message says why, in Chinese."""


@dataclass(frozen=True)
class OneYear:
    """A year as it was assessed.

    Attributes
    ----------
    evidence
        Folder of its workbooks.
    readings
        Every reading of the scheme and the option that was chosen.
    calendar
        The working days that due days are counted by: an archive's own, else the installed ones.
    """

    year: int
    evidence: Path
    scheme: Scheme
    readings: Mapping[str, str]
    calendar: Calendar = field(default_factory=official_calendar)


@contextmanager
def opened(path: str | Path, readings: Mapping[str, Mapping[str, str]] | None = None) -> Iterator[OneYear]:
    """Open what a year was kept in: an archive, or a folder of workbooks named after its year (``data/raw/2017``).

    Parameters
    ----------
    path
        A relative one counts from here, else from the notebooks' folder.
    readings
        Year to reading to option, for those of a folder of workbooks that are not to be read by default.

    Raises
    ------
    NotComparable
        When there is no such folder or archive, or none of a year that has a scheme.
    UnknownReading
        For a reading or option that the scheme does not have.
    """
    place = next((found for found in (Path(path), NOTEBOOKS / path) if found.exists()), None)
    if place is None:
        raise NotComparable(f"没有文件夹 {path}；示例佐证可用 python -m scoring sample --year 年度 生成")
    with ExitStack() as stack:
        try:
            year = _archived(stack, place) if is_archive(place) else _of_workbooks(path, place, readings or {})
        except (SchemeError, UnusableArchive) as error:
            raise NotComparable(f"{path}：{error}") from error
        yield year


def _archived(stack: ExitStack, place: Path) -> OneYear:
    archive = stack.enter_context(opened_archive(place))
    return OneYear(archive.year, archive.evidence, archive.scheme, archive.readings, archive.calendar)


def _of_workbooks(path: str | Path, folder: Path, readings: Mapping[str, Mapping[str, str]]) -> OneYear:
    name = folder.resolve().name
    if not (name.isascii() and name.isdigit()):
        raise NotComparable(f"{path} 不是以年度命名的佐证文件夹，如 data/raw/2017，也不是归档")
    scheme = load_scheme(int(name))
    return OneYear(scheme.year, folder, scheme, choose(scheme.readings, readings.get(name)))
