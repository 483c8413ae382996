"""A year as it was assessed, wherever it is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from scoring.archive.layout import UnusableArchive
from scoring.archive.opened import is_archive
from scoring.archive.opened import opened as opened_archive
from scoring.archive.verify.fixity import check_fixity
from scoring.base.errors import ForAnalysts
from scoring.base.workdays import Calendar, official_calendar
from scoring.evidence import workbooks_in
from scoring.report.places import NOTEBOOKS, scheme_of
from scoring.scheme import Scheme, SchemeError
from scoring.scheme.departments import UnusableDepartments
from scoring.scheme.readings import UnknownReading, choose


class NotComparable(ForAnalysts):
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
def opened(
    path: str | Path,
    readings: Mapping[str, Mapping[str, str]] | None = None,
    departments: str | Path = "",
    schemes: Mapping[str, str] | None = None,
) -> Iterator[OneYear]:
    """Open what a year was kept in: an archive, or a folder of workbooks named after its year (``data/raw/2017``).

    Parameters
    ----------
    path
        A relative one counts from here, else from the notebooks' folder.
    readings
        Year to reading to option, for those of a folder of workbooks that are not to be read by default.
    departments
        File that lists the departments of a folder of workbooks, in place of the scheme's.
    schemes
        Year to the name or folder of its scheme, for those of a folder of workbooks that is not the one in force.

    Raises
    ------
    NotComparable
        When there is no such folder or archive, it holds no workbook or is of a year that has no scheme, or a reading
        or the list of departments cannot be used.
    """
    place = next((found for found in (Path(path), NOTEBOOKS / path) if found.exists()), None)
    if place is None:
        raise NotComparable(f"没有佐证文件夹或归档 {path}；请检查路径")
    with ExitStack() as stack:
        try:
            if is_archive(place):
                year = _archived(stack, place, readings or {})
            else:
                year = _of_workbooks(place, readings or {}, departments, schemes or {})
        except (SchemeError, UnusableArchive, UnknownReading, UnusableDepartments) as error:
            raise NotComparable(f"{path}：{error}") from error
        if not (year.evidence.is_dir() and workbooks_in(year.evidence)):
            raise NotComparable(f"{path} 中没有 .xlsx 工作簿")
        yield year


@contextmanager
def opened_years(
    paths: Sequence[str | Path],
    readings: Mapping[str, Mapping[str, str]] | None = None,
    departments: str | Path = "",
    schemes: Mapping[str, str] | None = None,
) -> Iterator[list[OneYear]]:
    """Open several years, in the order in which they are given; see :func:`opened`.

    Raises
    ------
    NotComparable
        Also when there are fewer than two different years, or readings of a year that is not among them.
    """
    chosen = {str(year): options for year, options in (readings or {}).items()}
    with ExitStack() as stack:
        years = [stack.enter_context(opened(path, chosen, departments, schemes)) for path in paths]
        numbers = [year.year for year in years]
        if len(set(numbers)) < len(numbers) or len(numbers) < 2:  # noqa: PLR2004 - a pair
            told = "、".join(map(str, numbers)) or "无"
            raise NotComparable(f"要有两个以上不同的年度才能对比，现有：{told}")
        if unknown := sorted(set(chosen) - set(map(str, numbers))):
            raise NotComparable(f"指定了解读的年度不在对比之列：{'、'.join(unknown)}")
        yield years


def _archived(stack: ExitStack, place: Path, readings: Mapping[str, Mapping[str, str]]) -> OneYear:
    archive = stack.enter_context(opened_archive(place))
    if problems := check_fixity(archive.bag).differences:
        raise NotComparable(f"归档 {place.name} 已不完好（{problems[0]}），不能用来对比；详情见 verify 的结论")
    if str(archive.year) in readings:
        raise NotComparable(f"{place.name} 是归档，解读以归档所记为准，不能另选")
    return OneYear(archive.year, archive.evidence, archive.scheme, archive.readings, archive.calendar)


def _of_workbooks(
    folder: Path, readings: Mapping[str, Mapping[str, str]], departments: str | Path, schemes: Mapping[str, str]
) -> OneYear:
    name = folder.resolve().name
    if not (folder.is_dir() and name.isascii() and name.isdigit()):
        raise NotComparable(f"{folder} 不是以年度命名的佐证文件夹，如 data/raw/2017，也不是归档")
    scheme = scheme_of(int(name), departments, schemes.get(name, ""))
    return OneYear(scheme.year, folder, scheme, choose(scheme.readings, readings.get(name)))
