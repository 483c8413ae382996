"""An archive opened for reading: its year, evidence, scheme, readings, departments and calendar.

Whether it is whole and true is for ``verify`` to say; this only reads.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from scoring.archive import layout
from scoring.archive.calendar import read_calendar
from scoring.archive.layout import UnusableArchive, identifier_of
from scoring.archive.unpack import unpacked
from scoring.base.files import reason_of
from scoring.base.names import SCORECARD
from scoring.base.workdays import Calendar, counting_by
from scoring.engine.assessment import Assessment, assess
from scoring.evidence import workbooks_in
from scoring.scheme import Scheme, SchemeError, read_scheme, with_departments
from scoring.scheme.departments import UnusableDepartments, read_departments
from scoring.scheme.readings import UnknownReading, choose


@dataclass(frozen=True, eq=False)
class Archive:
    """An archive that lies in a folder, ``bag``, with ``bagit.txt`` in it.

    What cannot be read raises :class:`UnusableArchive` when it is asked for, with the reason in Chinese. Files are
    taken from the archive itself; only the rules that go with the scheme are those of the installed program.
    """

    bag: Path

    @property
    def payload(self) -> Path:
        """The folder of everything that was archived."""
        return self.bag / layout.PAYLOAD

    @property
    def evidence(self) -> Path:
        """The folder of evidence workbooks, as they were."""
        return self.payload / layout.EVIDENCE

    @property
    def results(self) -> Path:
        """The folder of results, laid out like ``data/output/<year>``."""
        return self.payload / layout.RESULTS

    @property
    def program(self) -> Path:
        """The program's source, with its lock file."""
        return self.payload / layout.PROGRAM

    @property
    def files(self) -> dict[str, Path]:
        """Every file of the payload by its name, in the order of the names."""
        files = (path for path in self.payload.rglob("*") if path.is_file())
        return dict(sorted((path.relative_to(self.payload).as_posix(), path) for path in files))

    @cached_property
    def identifier(self) -> str:
        """归档编号: the SHA-512 of the tag manifest."""
        return identifier_of(self._bytes(self.bag / layout.TAG_MANIFEST))

    @property
    def info(self) -> list[tuple[str, str]]:
        """The lines of bag-info.txt: names and values."""
        lines = (self.bag / layout.INFO).read_text(encoding="utf-8").splitlines()
        return [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]

    @cached_property
    def label(self) -> Mapping[str, Any]:
        """标签.json: what the archive says of itself."""
        label = self.read_json(layout.LABEL)
        if not isinstance(label, dict) or label.get("schema") != "archive-label/1":
            raise UnusableArchive(f"{layout.LABEL} 不是本程序认识的归档标签")
        return label

    @property
    def year(self) -> int:
        """The year assessed."""
        year = self.label.get("year")
        if not isinstance(year, int):
            raise UnusableArchive(f"{layout.LABEL} 没有写明年度（year）")
        return year

    @property
    def workbooks(self) -> list[Path]:
        """The evidence workbooks, by name."""
        return workbooks_in(self.evidence) if self.evidence.is_dir() else []

    @cached_property
    def departments(self) -> tuple[str, ...]:
        """The departments assessed, in the order of the scheme or of the list that stood in for it."""
        try:
            return read_departments(self.payload / layout.DEPARTMENTS)
        except UnusableDepartments as error:
            raise UnusableArchive(str(error)) from error

    @cached_property
    def scheme(self) -> Scheme:
        """The archived scheme, with the installed program's rules.

        Raises
        ------
        SchemeError
            When the installed program has no rules that fit it.
        """
        try:
            scheme = replace(read_scheme(self.payload / layout.SCHEME), year=self.year)
        except SchemeError:
            raise
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            why = f"缺少 {error.args[0]} 一项" if isinstance(error, KeyError) else str(error)
            raise UnusableArchive(f"{layout.SCHEME} 中的方案文件不是本程序所用的格式（{why}）") from error
        return with_departments(scheme, self.departments)

    @cached_property
    def chosen(self) -> Mapping[str, str]:
        """Every reading with the option that was chosen, as the archive says it."""
        chosen = self.read_json(layout.CHOSEN)
        if not isinstance(chosen, dict):
            raise UnusableArchive(f"{layout.CHOSEN} 应写明每处解读的选项")
        return chosen

    @cached_property
    def readings(self) -> Mapping[str, str]:
        """Every reading with the option that was chosen, all of them the scheme's."""
        try:
            return choose(self.scheme.readings, self.chosen)
        except UnknownReading as error:
            raise UnusableArchive(f"{layout.CHOSEN} 有误：{error}") from error

    @cached_property
    def calendar(self) -> Calendar:
        """The working days that were counted by."""
        return read_calendar(self._bytes(self.payload / layout.CALENDAR))

    @property
    def scored(self) -> list[str]:
        """The departments that have an archived scorecard."""
        return sorted(path.parent.name for path in self.results.glob(f"*/{SCORECARD}"))

    @cached_property
    def scorecards(self) -> Mapping[str, Any]:
        """Department to its archived scorecard, as ``scorecard/1``."""
        return {name: self.scorecard(name) for name in self.scored}

    def scorecard(self, department: str) -> Any:
        """The archived scorecard of a department that was scored, as ``scorecard/1``."""
        return self.read_json(f"{layout.RESULTS}/{department}/{SCORECARD}")

    def assess(self) -> Assessment:
        """Score the archived evidence by the archived scheme, readings and calendar; done once, however often asked."""
        return self._assessment

    @cached_property
    def _assessment(self) -> Assessment:
        with counting_by(self.calendar):
            return assess(self.workbooks, self.scheme, self.readings)

    def read_json(self, name: str) -> Any:
        """What a file of the payload holds."""
        try:
            return json.loads(self._bytes(self.payload / name))
        except (ValueError, RecursionError) as error:
            raise UnusableArchive(f"{name} 不是有效的 JSON") from error

    def _bytes(self, path: Path) -> bytes:
        try:
            return path.read_bytes()
        except OSError as error:
            name = path.relative_to(self.bag).as_posix()
            raise UnusableArchive(f"{self.bag.name} 中读不到 {name}（{reason_of(error)}）") from error


def is_archive(path: Path) -> bool:
    """Whether it looks like an archive: a folder with ``bagit.txt`` in it, or a .zip."""
    return (path / layout.DECLARATION).is_file() or (path.is_file() and path.suffix.lower() == ".zip")


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """Open an archive, a folder or its .zip; a .zip is unpacked into a temporary folder that is gone afterwards.

    Raises
    ------
    UnusableArchive
        When it is no archive, was never finished, or is a .zip that is not safe.
    """
    if path.resolve().parent.name.startswith(layout.STAGING):
        raise UnusableArchive(f"{path} 是归档中断后留下的，没有完成，不是归档")
    if path.is_file():
        with unpacked(path) as folder:
            yield Archive(folder)
    elif (path / layout.DECLARATION).is_file():
        yield Archive(path)
    elif path.is_dir():
        raise UnusableArchive(f"{path} 不是归档文件夹：其中没有 {layout.DECLARATION}")
    else:
        raise UnusableArchive(f"没有归档 {path}")
