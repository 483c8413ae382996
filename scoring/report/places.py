"""Where notebooks and evidence lie, whether a notebook is run by hand, by papermill or by the batch."""

from __future__ import annotations

from pathlib import Path

from scoring.errors import ForAnalysts
from scoring.scheme import Scheme, load_scheme

_PACKAGE = Path(__file__).resolve().parents[1]
#: The notebooks: beside the package in a working copy, inside it when it was installed.
NOTEBOOKS = next(folder for folder in (_PACKAGE.parent / "notebooks", _PACKAGE / "notebooks") if folder.is_dir())
#: Tag of cells that help in JupyterLab and are no part of a report.
LAB_ONLY = "lab-only"


def template_folder() -> Path:
    """Give the folder of templates: inside the installed package, or beside it in a working copy."""
    return next(folder for folder in (_PACKAGE / "templates", _PACKAGE.parent / "templates") if folder.is_dir())


class NotScored(ForAnalysts):
    """A department or a year has no scorecard; the message says why, in Chinese."""


def scheme_of(year: int, departments: str | Path = "") -> Scheme:
    """The year's scheme; a file that lists departments stands in for its own; it lies here or by the notebooks."""
    if not departments:
        return load_scheme(year)
    here = Path(departments)
    return load_scheme(year, here if here.exists() else NOTEBOOKS / departments)


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
