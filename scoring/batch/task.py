"""A report to be made, and its result: the data sent between a batch and its workers."""

from __future__ import annotations

import hashlib
import math
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
CIRCULAR: Final = "circular"
#: The file of a run's list of departments, under ``data``.
LIST: Final = "departments.txt"


@dataclass(frozen=True)
class Source:
    """A file that a task needs: its content, or its path where the worker sees the same disk."""

    name: str  # Of an attachment, with its folder: 人社局.附件/首页.png.
    sha256: str  # Empty when it could not be read, which is a fault of its department.
    path: str = ""
    content: bytes = b""
    folder: str = ""  # Where it belongs, from ``data/raw``; empty for evidence of the task's year.

    @property
    def is_attachment(self) -> bool:
        """Whether it lies in a folder beside the workbooks."""
        return "/" in self.name and not self.folder

    @classmethod
    def of(cls, path: Path, name: str, folder: str = "", most: float = math.inf) -> Self:
        """A file as it is on the disk now; one of more than ``most`` bytes counts as one that cannot be read."""
        try:
            is_fit = path.stat().st_size <= most
            sha256 = hashlib.sha256(path.read_bytes()).hexdigest() if is_fit else ""
        except OSError:
            sha256 = ""
        return cls(name, sha256, path=str(path.resolve()), folder=folder)

    def put_into(self, raw: Path, year: int) -> None:
        """Write it where the notebook looks for it, empty if it could not be read; raises :class:`Changed`."""
        content = self._read() if self.sha256 else b""
        target = raw / (self.folder or str(year)) / self.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)

    def with_content(self) -> Self:
        """The source with its content, for machines that do not see this disk; the worker reports unreadable files."""
        with suppress(OSError):
            return self if not self.sha256 else replace(self, content=Path(self.path).read_bytes(), path="")
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
    """A source is no longer what it was when the run was planned; the message is in Chinese."""


@dataclass(frozen=True)
class Task:
    """A report to be made."""

    kind: str  # One of the four above.
    name: str
    year: int
    sources: tuple[Source, ...]  # The evidence, and the scheme where it is not the program's own.
    parameters: Mapping[str, Any]  # Of the notebook, those that differ from its defaults.
    files: ReportFiles
    departments: tuple[str, ...] = ()  # The list in place of the scheme's, if any.
    time_limit: int = 600  # Seconds.
    careful: bool = False  # Whether to write the notebook after each cell, because its process died before.

    @property
    def workbooks(self) -> tuple[Source, ...]:
        """The sources that are workbooks of the task's year, without their attachments."""
        return tuple(source for source in self.sources if not source.folder and not source.is_attachment)


@dataclass
class Made:
    """The result of a task: files by name, or a problem in Chinese; the seconds are for the log of the run."""

    name: str
    files: dict[str, bytes] = field(default_factory=dict)
    problem: str = ""
    half_run: bytes = b""
    seconds: float = 0.0


def half_run_in(work: Path) -> Path:
    """Where a failed notebook is kept: beside the task's folder, which is removed."""
    return work.with_name(f"{work.name}.ipynb")


def half_run(work: Path) -> bytes:
    """The notebook of a failed task, as far as it got."""
    path = half_run_in(work)
    return path.read_bytes() if path.exists() else b""
