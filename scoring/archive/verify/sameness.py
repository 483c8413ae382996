"""What of an archive is as it is on this machine: its program, its scheme, the packages it was run with."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from scoring.archive.contents import environment, program_files
from scoring.archive.layout import ENVIRONMENT, PROGRAM, SCHEME, UnusableArchive
from scoring.archive.opened import Archive
from scoring.scheme import YEARS, known_years

RULES: Final = ("scheme.toml", "readings.toml")
#: What of the program has a say in results: not its documents.
_RUNS: Final = ("scoring", "notebooks", "templates")
_LOCKED: Final = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==", re.MULTILINE)


def is_same_program(archive: Archive) -> bool:
    """Whether code, notebooks and templates are those of this program, file by file."""
    try:
        installed = {name.removeprefix(f"{PROGRAM}/"): path for name, path in program_files()}
    except UnusableArchive:  # It is installed without its source.
        return False
    archived = {path.relative_to(archive.program).as_posix(): path for path in archive.program.rglob("*")}
    runs = [_running(files) for files in (installed, archived)]
    return runs[0].keys() == runs[1].keys() and all(
        path.read_bytes() == runs[1][name].read_bytes() for name, path in runs[0].items()
    )


def _running(files: Mapping[str, Path]) -> dict[str, Path]:
    return {name: path for name, path in files.items() if _has_a_say(name) and path.is_file()}


def _has_a_say(name: str) -> bool:
    """Also a module at the top, which Python would find before those of packages."""
    return name.split("/", maxsplit=1)[0] in _RUNS or ("/" not in name and name.endswith(".py"))


def other_packages(archive: Archive) -> list[str]:
    """Packages of the archive's lock that are here in another version than they were then; the lock names all used."""
    told = json.loads((archive.payload / ENVIRONMENT).read_bytes())["packages"]
    then, now = ({_normal(name): version for name, version in names.items()} for names in (told, _packages()))
    locked = {_normal(name) for name in _LOCKED.findall((archive.program / "requirements.lock").read_text("utf-8"))}
    return sorted(name for name in locked if then.get(name) != now.get(name))


def is_other_environment(archive: Archive) -> bool:
    """Whether any package, used or not, is in another version than then: digests take in all that are installed."""
    return bool(json.loads((archive.payload / ENVIRONMENT).read_bytes())["packages"] != environment()["packages"])


def other_python(archive: Archive) -> tuple[str, str] | None:
    """Python's version then and now, where they differ."""
    then, now = json.loads((archive.payload / ENVIRONMENT).read_bytes())["python"], str(environment()["python"])
    return None if then == now else (str(then), now)


def _packages() -> dict[str, str]:
    packages: Any = environment()["packages"]
    return dict(packages)


def _normal(name: str) -> str:
    """A package's name as they are compared (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def has_installed_scheme(archive: Archive) -> bool:
    """Whether the installed program has the same scheme for the year: the same entries, however they are written."""
    folder = YEARS / f"y{archive.year}"
    return archive.year in known_years() and all(
        parsed(folder / name) == parsed(archive.payload / SCHEME / name) for name in RULES
    )


def parsed(path: Path) -> dict[str, Any]:
    """The entries of a file of the scheme."""
    return tomllib.loads(path.read_text(encoding="utf-8"))
