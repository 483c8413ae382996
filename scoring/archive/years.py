"""Opening years to compare: archives, or folders of workbooks named after their year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from scoring.archive.layout import UnusableArchive
from scoring.archive.opened import Archive, is_archive, opened
from scoring.archive.verify.fixity import check_fixity
from scoring.comparison import NotComparable, OneYear
from scoring.evidence import workbooks_in
from scoring.report.places import NOTEBOOKS, scheme_of
from scoring.report.view.years import YearsReport
from scoring.scheme import SchemeError
from scoring.scheme.departments import UnusableDepartments
from scoring.scheme.readings import UnknownReading, choose


@contextmanager
def opened_year(
    path: str | Path,
    readings: Mapping[str, Mapping[str, str]] | None = None,
    departments: str | Path = "",
    schemes: Mapping[str, str] | None = None,
) -> Iterator[OneYear]:
    """Open an archive, or a folder of workbooks named after its year (``data/raw/2017``).

    Parameters
    ----------
    path
        A relative one counts from the current folder, else from that of the notebooks.
    readings
        Year to reading to option, for folders of workbooks; an archive has its own.
    departments
        File with the departments of a folder of workbooks, in place of the scheme's.
    schemes
        Year to the name or folder of its scheme, where it is not the one in force. The rules of an archive come from
        there, if its scheme is not installed.

    Raises
    ------
    NotComparable
        When it cannot be opened, holds no workbook, or a reading, a scheme or the list of departments is not usable.
    """
    place = next((found for found in (Path(path), NOTEBOOKS / path) if found.exists()), None)
    if place is None:
        raise NotComparable(f"没有佐证文件夹或归档 {path}；请检查路径")
    with ExitStack() as stack:
        try:
            if is_archive(place):
                year = _of_archive(stack.enter_context(opened(place)), place.name, readings or {}, schemes or {})
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
    """Open several years, at least two, in the given order; see :func:`opened_year`."""
    chosen = {str(year): options for year, options in (readings or {}).items()}
    with ExitStack() as stack:
        years = [stack.enter_context(opened_year(path, chosen, departments, schemes)) for path in paths]
        numbers = [year.year for year in years]
        if len(set(numbers)) < len(numbers) or len(numbers) < 2:  # noqa: PLR2004 - a pair
            raise NotComparable(f"要有两个以上不同的年度才能对比，现有：{'、'.join(map(str, numbers)) or '无'}")
        if unknown := sorted(set(chosen) - set(map(str, numbers))):
            raise NotComparable(f"指定了解读的年度不在对比之列：{'、'.join(unknown)}")
        yield years


def years_report(
    archives: Sequence[str | Path],
    readings: Mapping[str, Mapping[str, str]] | None = None,
    departments: str | Path = "",
    schemes: Mapping[str, str] | None = None,
) -> YearsReport:
    """Open years and compare each with the one before it; see :func:`opened_years`."""
    with opened_years(archives, readings, departments, schemes) as years:
        return YearsReport.of(years)


def _of_archive(
    archive: Archive, name: str, readings: Mapping[str, Mapping[str, str]], schemes: Mapping[str, str]
) -> OneYear:
    if problems := check_fixity(archive.bag).differences:
        raise NotComparable(f"归档 {name} 已不完好（{problems[0]}），不能用来对比；详情见 verify 的结论")
    if str(archive.year) in readings:
        raise NotComparable(f"{name} 是归档，解读以归档所记为准，不能另选")
    if named := schemes.get(str(archive.year)):
        archive = replace(archive, rules=scheme_of(archive.year, named=named).folder)
    elif archive.rules_folder is None:
        other = f"方案 {archive.scheme_folder.name} 不是本程序自带的"
        raise NotComparable(f"{name} 的{other}；请用 --scheme {archive.year}:方案文件夹 给出它的规则")
    return OneYear(archive.year, archive.evidence, archive.scheme, archive.readings, archive.calendar)


def _of_workbooks(
    folder: Path, readings: Mapping[str, Mapping[str, str]], departments: str | Path, schemes: Mapping[str, str]
) -> OneYear:
    name = folder.resolve().name
    if not (folder.is_dir() and name.isascii() and name.isdigit()):
        raise NotComparable(f"{folder} 不是以年度命名的佐证文件夹，如 data/raw/2017，也不是归档")
    scheme = scheme_of(int(name), departments, schemes.get(name, ""))
    return OneYear(scheme.year, folder, scheme, choose(scheme.readings, readings.get(name)))
