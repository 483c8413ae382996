"""Where notebooks and evidence lie, whether a notebook is run by hand, by papermill or by the batch."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
#: The notebooks: beside the package in a working copy, inside it when it was installed.
NOTEBOOKS = next(folder for folder in (_PACKAGE.parent / "notebooks", _PACKAGE / "notebooks") if folder.is_dir())


class NotScored(Exception):
    """A department or a year has no scorecard; the message says why, in Chinese."""


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
