"""The archive's program and the installed one: whether they are the same, and running either.

The archive's own program is code of unknown origin; it runs only on request, after files and signature were checked.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from scoring.archive.layout import ENVIRONMENT, PROGRAM, UnusableArchive
from scoring.archive.opened import Archive, parsed
from scoring.archive.seal.contents import environment, program_files
from scoring.base.files import TemporaryFolder

#: The parts of the program that can change results.
_RUNS: Final = ("scoring", "notebooks", "templates")
#: What to do when the archive's package versions are needed.
OTHER_ENVIRONMENT: Final = (
    "请按归档说明第六节，用归档中的 程序/requirements.lock（带摘要）另建当时的软件包环境，在其中验证"
)
_LOCKED: Final = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==", re.MULTILINE)
_LONGEST: Final = 600


@lru_cache(maxsize=1)
def is_same_program(archive: Archive) -> bool:
    """Whether code, notebooks and templates are those of this program, and so are rules given for the scheme."""
    if archive.rules is not None and _rules_in(archive.rules) != _rules_in(archive.scheme_folder):
        return False
    try:
        installed = {name.removeprefix(f"{PROGRAM}/"): path for name, path in program_files()}
    except UnusableArchive:  # It is installed without its source.
        return False
    archived = {path.relative_to(archive.program).as_posix(): path for path in archive.program.rglob("*")}
    one, other = _running(installed), _running(archived)
    return one.keys() == other.keys() and all(one[name].read_bytes() == other[name].read_bytes() for name in one)


def _rules_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.py")}


def _running(files: Mapping[str, Path]) -> dict[str, Path]:
    """The files that can change results; a module next to them would shadow a package of the same name."""
    return {
        name: path
        for name, path in files.items()
        if (name.split("/", maxsplit=1)[0] in _RUNS or ("/" not in name and name.endswith(".py"))) and path.is_file()
    }


def other_packages(archive: Archive) -> list[str]:
    """Python, and the packages of the archive's lock, whose versions are not those of the archive."""
    then, now = _versions(archive.read_json(ENVIRONMENT)), _versions(environment())
    lock = (archive.program / "requirements.lock").read_text(encoding="utf-8")
    names = {"python", *map(_normal, _LOCKED.findall(lock))}  # Locked once for each Python
    return sorted(name for name in names if then.get(name) != now.get(name))


def _versions(environment: Mapping[str, Any]) -> dict[str, str]:
    """Versions by normalised name (PEP 503); of Python without the patch version."""
    minor = ".".join(environment["python"].split(".")[:2])
    return {_normal(name): version for name, version in environment["packages"].items()} | {"python": minor}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def has_installed_scheme(archive: Archive) -> bool:
    """Whether the archived scheme has the same entries as the one whose rules are used, however they are written."""
    archived, rules = (
        folder and {path.name: parsed(path) for path in folder.glob("*.toml")}
        for folder in (archive.scheme_folder, archive.rules_folder)
    )
    return archived == rules


# --- Running a program -----------------------------------------------------------------------------------------------


class ArchivedProgramFailed(Exception):
    """A program could not do its work with the installed packages; the message gives the reason in Chinese."""


@contextmanager
def archived_program(archive: Archive) -> Iterator[Path]:
    """A copy of the archive's program, so that running it changes nothing in the archive."""
    with TemporaryFolder("program-") as folder:
        yield shutil.copytree(archive.program, Path(folder) / "program")


def run_python(arguments: Sequence[str], program: Path | None = None, fine: Collection[int] = (0,)) -> str:
    """Run Python with this program, or with a copy of another version; returns the end of its error output.

    Raises :class:`ArchivedProgramFailed` for exit codes other than the ``fine`` ones.
    """
    variables = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"}
    if program is not None:
        variables["PYTHONPATH"] = str(program)
    done = subprocess.run(  # noqa: S603 - our own interpreter and module
        [sys.executable, *arguments], cwd=program, env=variables, capture_output=True, check=False
    )
    output = " ".join(done.stderr.decode("utf-8", "replace").strip()[-_LONGEST:].split())
    if done.returncode not in fine:
        raise ArchivedProgramFailed(f"程序没有运行成功（退出码 {done.returncode}）：{output}")
    return output
