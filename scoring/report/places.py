"""Finds notebooks and evidence, whether a notebook is run by hand, by papermill or by a batch."""

from __future__ import annotations

from pathlib import Path

from scoring.base.errors import ForAnalysts
from scoring.scheme import Scheme, load_scheme

_PACKAGE = Path(__file__).resolve().parents[1]
#: The notebooks: beside the package in a working copy, inside it when it was installed.
NOTEBOOKS = next(folder for folder in (_PACKAGE.parent / "notebooks", _PACKAGE / "notebooks") if folder.is_dir())
#: Tag of cells that help in JupyterLab but are not part of a report.
LAB_ONLY = "lab-only"


def template_folder() -> Path:
    """Give the folder of templates: inside the installed package, or beside it in a working copy."""
    return next(folder for folder in (_PACKAGE / "templates", _PACKAGE.parent / "templates") if folder.is_dir())


class NotScored(ForAnalysts):
    """A department or a year has no scorecard; the message says why, in Chinese."""


def scheme_of(year: int, departments: str | Path = "", named: str = "") -> Scheme:
    """The year's scheme, or the named one; a file may replace its list of departments.

    Relative paths are looked up in the current folder, then in that of the notebooks.
    """
    folder = str(NOTEBOOKS / named) if named and not Path(named).exists() and (NOTEBOOKS / named).is_dir() else named
    here = Path(departments)
    listed = None if not departments else here if here.exists() else NOTEBOOKS / departments
    return load_scheme(year, folder, listed)


def years_in(raw: str | Path) -> list[int]:
    """The years that have a folder of workbooks."""
    places = (place for place in (Path(raw), NOTEBOOKS / raw) if place.is_dir())
    names = {folder.name for place in places for folder in place.iterdir() if folder.is_dir()}
    return sorted(int(name) for name in names if name.isascii() and name.isdigit())


def evidence_folder(raw: str | Path, year: int) -> Path:
    """The year's folder of workbooks; a relative ``raw`` counts from here, else from the notebooks' folder.

    Raises
    ------
    NotScored
        When there is none.
    """
    for folder in (Path(raw) / str(year), NOTEBOOKS / raw / str(year)):
        if folder.is_dir():
            return folder
    raise NotScored(f"没有佐证文件夹 {Path(raw) / str(year)}")
