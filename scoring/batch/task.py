"""A report that is to be made, and what became of it: what travels between a batch and its workers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Self

from scoring.base.files import reason_of
from scoring.base.names import ReportFiles

DEPARTMENT: Final = "department"
CITY: Final = "city"
YEARS: Final = "years"
#: The list of departments of a run, where a notebook looks for it.
LIST: Final = "departments.txt"


@dataclass(frozen=True)
class Source:
    """An evidence file of a task: its content, or where it lies on a disk that the worker sees too.

    Attributes
    ----------
    sha256
        Of its content; empty when it could not be read, which is a fault of its department.
    folder
        Under ``data/raw``; empty for the task's year.
    """

    name: str
    sha256: str
    path: str = ""
    content: bytes = b""
    folder: str = ""

    @classmethod
    def of(cls, path: Path, name: str, folder: str = "") -> Self:
        """A file as it lies on the disk now."""
        try:
            sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError:
            sha256 = ""
        return cls(name, sha256, path=str(path.resolve()), folder=folder)

    def lay(self, raw: Path, year: int) -> None:
        """Put it into the folder of the year under ``raw``, or into its own ``folder`` there.

        What could not be read is an empty file there, and so the same department's fault.

        Raises
        ------
        Changed
            When it is not what it was when the run was planned.
        """
        content = self._read() if self.sha256 else b""
        target = raw / (self.folder or str(year)) / self.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)

    def packed(self) -> Self:
        """With its content, for a machine that does not see this disk; when it cannot be read, the worker says so."""
        with suppress(OSError):
            return replace(self, content=Path(self.path).read_bytes(), path="")
        return self

    def _read(self) -> bytes:
        try:
            content = self.content or Path(self.path).read_bytes()
        except OSError as error:
            raise Changed(f"{self.name} 在运行中变得读不出来（{reason_of(error)}）；请再运行一次") from error
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise Changed(f"{self.name} 在运行中被改动；请再运行一次")
        return content


class Changed(Exception):
    """Evidence that changed while a batch was running; the message is in Chinese."""


@dataclass(frozen=True)
class Task:
    """What is to be made.

    Attributes
    ----------
    kind
        ``department``, ``city`` or ``years``.
    sources
        The evidence that the notebook sees.
    parameters
        Of the notebook, those that differ from its own defaults.
    departments
        The list that stands in for the scheme's; empty for the scheme's own.
    executed
        The notebook as it was executed before, when only its rendering is asked for.
    scorecard
        The scorecard as it was made then, which goes inside the PDF.
    time_limit
        Seconds that the whole task may take.
    careful
        Whether the notebook is written after each cell, since a process died of it before.
    """

    kind: str
    name: str
    year: int
    sources: tuple[Source, ...]
    parameters: Mapping[str, Any]
    files: ReportFiles
    departments: tuple[str, ...] = ()
    executed: bytes = b""
    scorecard: bytes = b""
    time_limit: int = 600
    careful: bool = False


@dataclass
class Made:
    """What became of a task: files by name, or a problem in Chinese; and for the run's log, how long it took."""

    name: str
    files: dict[str, bytes] = field(default_factory=dict)
    problem: str = ""
    half_run: bytes = b""
    seconds: float = 0.0


def half_run_in(work: Path) -> Path:
    """Where a task's notebook is left that does not come to its end: beside the task's folder, which it outlives."""
    return work.with_name(f"{work.name}.ipynb")


def half_run(work: Path) -> bytes:
    """The notebook of a task that failed, as far as it came."""
    path = half_run_in(work)
    return path.read_bytes() if path.exists() else b""
