"""An archive opened for reading: its year, evidence, scheme, readings, departments and calendar.

Reading does not check anything; ``verify`` does.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from scoring.archive import layout
from scoring.archive.calendar import read_calendar
from scoring.archive.layout import UnusableArchive, identifier_of
from scoring.archive.unpack import unpacked
from scoring.base.files import reason_of
from scoring.base.names import SCORECARD
from scoring.base.workdays import Calendar, counting_by
from scoring.engine.assessment import Assessment, assess
from scoring.evidence import workbooks_in
from scoring.scheme import Scheme, SchemeError, known_schemes, read_scheme, with_departments
from scoring.scheme.departments import UnusableDepartments, read_departments
from scoring.scheme.load import READINGS
from scoring.scheme.load import SCHEME as SCHEME_FILE
from scoring.scheme.readings import UnknownReading, choose

#: A scheme of an older format equals an installed one if the head and these keys of every node agree.
_HEAD: Final = ("title", "city", "points")
_CLAUSE: Final = ("code", "name", "points", "description", "standard", "remark")


@dataclass(frozen=True, eq=False)
class Archive:
    """An archive in a folder, ``bag``, which holds ``bagit.txt``.

    Files are read when an attribute is used; one that cannot be read raises :class:`UnusableArchive`.

    Attributes
    ----------
    rules
        Folder with the rules of the scheme; None for those of the installed scheme of the same name. The archive
        holds the rules too, but they are code: they run only if a caller gives their folder here.
    """

    bag: Path
    rules: Path | None = None

    @property
    def payload(self) -> Path:
        """The folder of everything that was archived."""
        return self.bag / layout.PAYLOAD

    @property
    def evidence(self) -> Path:
        """The folder of evidence workbooks."""
        return self.payload / layout.EVIDENCE

    @property
    def results(self) -> Path:
        """The folder of results, laid out like ``data/output/<year>``."""
        return self.payload / layout.RESULTS

    @property
    def program(self) -> Path:
        """The folder of the program's source, with its lock file."""
        return self.payload / layout.PROGRAM

    @cached_property
    def identifier(self) -> str:
        """归档编号: the SHA-512 of the tag manifest."""
        return identifier_of(self._bytes(self.bag / layout.TAG_MANIFEST))

    @cached_property
    def label(self) -> Mapping[str, Any]:
        """标签.json as ``archive-label/2``; an older label lacks ``scheme``."""
        label = self.read_json(layout.LABEL)
        schema = label.get("schema") if isinstance(label, dict) else None
        if schema == "archive-label/1":
            lacking = [{**entry, "message": entry["told"]} for entry in label.get("lacking", ())]
            return {**label, "lacking": lacking}
        if schema != "archive-label/2":
            raise UnusableArchive(f"{layout.LABEL} 不是本程序认识的归档标签")
        return dict(label)

    @property
    def year(self) -> int:
        """The year assessed."""
        year = self.label.get("year")
        if not isinstance(year, int):
            raise UnusableArchive(f"{layout.LABEL} 没有写明年度（year）")
        return year

    @cached_property
    def departments(self) -> tuple[str, ...]:
        """The departments assessed, in the order of the scheme or of the list used in its place."""
        try:
            return read_departments(self.payload / layout.DEPARTMENTS)
        except UnusableDepartments as error:
            raise UnusableArchive(str(error)) from error

    @property
    def is_older(self) -> bool:
        """Whether the scheme is in the format of 0.1.0, which this program cannot load."""
        return (self.payload / layout.SCHEME / SCHEME_FILE).is_file()

    @cached_property
    def scheme_folder(self) -> Path:
        """The folder of the scheme's files; for an older format, that of the installed scheme with the same content."""
        folder = self.payload / layout.SCHEME
        if self.is_older:
            return _installed_same(folder)
        found = sorted(path.parent for path in folder.glob(f"*/{SCHEME_FILE}"))
        if len(found) != 1:
            raise UnusableArchive(f"{layout.SCHEME} 中应有一个方案文件夹，内有 {SCHEME_FILE}，现有 {len(found)} 个")
        return found[0]

    @property
    def rules_folder(self) -> Path | None:
        """The folder of the rules to use: those given, else the installed ones; None when there are neither."""
        return self.rules or known_schemes().get(self.scheme_folder.name)

    @cached_property
    def scheme(self) -> Scheme:
        """The archived scheme, for the archive's year and departments; raises :class:`SchemeError` without rules."""
        folder, rules = self.scheme_folder, self.rules_folder
        if rules is None:
            raise SchemeError(f"方案 {folder.name} 不是本程序自带的；归档中的规则是程序，没有运行")
        return with_departments(replace(read_scheme(folder, rules), year=self.year), self.departments)

    @cached_property
    def chosen(self) -> Mapping[str, str]:
        """The readings with the options chosen, as the archive states them."""
        chosen = self.read_json(layout.CHOSEN)
        if not isinstance(chosen, dict):
            raise UnusableArchive(f"{layout.CHOSEN} 应写明每处解读的选项")
        return chosen

    @cached_property
    def readings(self) -> Mapping[str, str]:
        """Every reading of the scheme with the option chosen."""
        try:
            return choose(self.scheme.readings, self.chosen)
        except UnknownReading as error:
            raise UnusableArchive(f"{layout.CHOSEN} 有误：{error}") from error

    @cached_property
    def calendar(self) -> Calendar:
        """The working days used."""
        return read_calendar(self._bytes(self.payload / layout.CALENDAR))

    @property
    def scored(self) -> list[str]:
        """The departments with an archived scorecard."""
        return sorted(path.parent.name for path in self.results.glob(f"*/{SCORECARD}"))

    @property
    def scorecards(self) -> Mapping[str, Any]:
        """Department to its archived scorecard, as ``scorecard/1``."""
        return {name: self.scorecard(name) for name in self.scored}

    def scorecard(self, department: str) -> Any:
        """The archived scorecard of a department, as ``scorecard/1``."""
        return self.read_json(f"{layout.RESULTS}/{department}/{SCORECARD}")

    def assess(self) -> Assessment:
        """Score the archived evidence again, by the archived scheme, readings and calendar."""
        with counting_by(self.calendar):
            workbooks = workbooks_in(self.evidence) if self.evidence.is_dir() else []
            return assess(workbooks, self.scheme, self.readings)

    def read_json(self, name: str) -> Any:
        """The content of a JSON file of the payload."""
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


def _installed_same(folder: Path) -> Path:
    """The folder of the installed scheme with the tree, clauses, points and readings of one in an older format."""

    def content(scheme: Mapping[str, Any]) -> list[Any]:
        nodes = ([node.get(key, "") for key in _CLAUSE] for node in scheme.get("node", ()))
        return [[scheme.get(key) for key in _HEAD], *nodes]

    old, readings = content(parsed(folder / SCHEME_FILE)), parsed(folder / READINGS)
    for installed in known_schemes().values():
        known = parsed(installed / READINGS)
        same_readings = all(known.get(key, {}).get("options") == one["options"] for key, one in readings.items())
        if same_readings and content(parsed(installed / SCHEME_FILE)) == old:
            return installed
    raise UnusableArchive(f"{layout.SCHEME} 中的方案是旧格式，本程序自带的方案中没有与它相同的")


def parsed(path: Path) -> dict[str, Any]:
    """The entries of a file of a scheme; raises :class:`UnusableArchive` when it is missing or not TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UnusableArchive(f"{layout.SCHEME} 中的 {path.name} 读不出来") from error


def is_archive(path: Path) -> bool:
    """Whether it looks like an archive: a folder with ``bagit.txt`` in it, or a .zip."""
    return (path / layout.DECLARATION).is_file() or (path.is_file() and path.suffix.lower() == ".zip")


def _begins_as_zip(path: Path) -> bool:
    """Whether a file begins like a .zip, even if it is cut off; one that cannot be read is reported on unpacking."""
    try:
        with path.open("rb") as file:
            return file.read(2) == b"PK"
    except OSError:
        return True


@contextmanager
def opened(path: Path, rules: Path | None = None) -> Iterator[Archive]:
    """Open an archive, a folder or its .zip; a .zip is unpacked into a temporary folder.

    Parameters
    ----------
    rules
        See :class:`Archive`.

    Raises
    ------
    UnusableArchive
        When it is not an archive, was never finished, or is a .zip that is not safe.
    """
    if path.resolve().parent.name.startswith(layout.STAGING):
        raise UnusableArchive(f"{path} 是归档中断后留下的，没有完成，不是归档")
    if path.is_file():
        if path.suffix.lower() != ".zip" or not _begins_as_zip(path):
            raise UnusableArchive(f"{path} 不是归档；归档是一个文件夹，或它的压缩包（.zip）")
        with unpacked(path) as folder:
            yield Archive(folder, rules)
    elif (path / layout.DECLARATION).is_file():
        yield Archive(path, rules)
    elif path.is_dir():
        raise UnusableArchive(f"{path} 不是归档文件夹：其中没有 {layout.DECLARATION}")
    else:
        raise UnusableArchive(f"没有归档 {path}")
