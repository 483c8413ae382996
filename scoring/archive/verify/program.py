"""The archive's program beside the installed one: what is the same, and how the archive's own is run.

That is code of whoever made the archive: it is run only after fixity and signature were checked.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from scoring.archive.contents import environment, program_files
from scoring.archive.layout import ENVIRONMENT, PROGRAM, SCHEME, UnusableArchive
from scoring.archive.opened import Archive
from scoring.scheme import known_schemes

RULES: Final = ("scheme.toml", "readings.toml")
#: What of the program has a say in results: not its documents.
_RUNS: Final = ("scoring", "notebooks", "templates")
_LOCKED: Final = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==", re.MULTILINE)
#: What to do where the packages of then are needed.
OTHER_ENVIRONMENT: Final = (
    "请按归档说明第六节，用归档中的 程序/requirements.lock（带摘要）另建当时的软件包环境，在其中验证"
)
_MOST_TOLD: Final = 600


@lru_cache(maxsize=1)
def is_same_program(archive: Archive) -> bool:
    """Whether code, notebooks and templates are those of this program, file by file."""
    try:
        installed = {name.removeprefix(f"{PROGRAM}/"): path for name, path in program_files()}
    except UnusableArchive:  # It is installed without its source.
        return False
    archived = {path.relative_to(archive.program).as_posix(): path for path in archive.program.rglob("*")}
    one, other = _running(installed), _running(archived)
    return one.keys() == other.keys() and all(one[name].read_bytes() == other[name].read_bytes() for name in one)


def _running(files: Mapping[str, Path]) -> dict[str, Path]:
    """Those that have a say; also a module at the top, which Python would find before those of packages."""
    return {
        name: path
        for name, path in files.items()
        if (name.split("/", maxsplit=1)[0] in _RUNS or ("/" not in name and name.endswith(".py"))) and path.is_file()
    }


def other_packages(archive: Archive) -> list[str]:
    """Packages of the archive's lock that are here in another version than they were then; the lock names all used."""
    then, now = _packages(archive.read_json(ENVIRONMENT)), _packages(environment())
    locked = map(_normal, _LOCKED.findall((archive.program / "requirements.lock").read_text("utf-8")))
    return sorted(name for name in locked if then.get(name) != now.get(name))


def missing_packages(archive: Archive) -> list[str]:
    """Packages that the archive's program requires, as it had them, and that are not here."""
    required = tomllib.loads((archive.program / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    then, now = _packages(archive.read_json(ENVIRONMENT)), _packages(environment())
    names = {_normal(re.split(r"[^\w.-]", entry, maxsplit=1)[0]) for entry in required}
    return [f"{name} {then[name]}" for name in sorted(names & then.keys() - now.keys())]


def _packages(told: Mapping[str, Any]) -> dict[str, str]:
    """Package to version, by names as they are compared (PEP 503)."""
    return {_normal(name): version for name, version in told["packages"].items()}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def is_other_environment(archive: Archive) -> bool:
    """Whether any package, used or not, is in another version than then: digests take in all that are installed."""
    return bool(archive.read_json(ENVIRONMENT)["packages"] != environment()["packages"])


def has_installed_scheme(archive: Archive) -> bool:
    """Whether the installed program has the same scheme for the year: the same entries, however they are written."""
    folder = known_schemes().get(archive.scheme.folder.name)
    return folder is not None and all(
        parsed(folder / name) == parsed(archive.payload / SCHEME / name) for name in RULES
    )


def parsed(path: Path) -> dict[str, Any]:
    """The entries of a file of the scheme."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


# --- Its own program, run --------------------------------------------------------------------------------------------


class ArchivedProgramFailed(Exception):
    """The archive's program could not do it with the packages of now; the message says why, in Chinese."""


@contextmanager
def archived_program(archive: Archive) -> Iterator[Path]:
    """A copy of the archive's program, so that running it leaves nothing in the archive."""
    with tempfile.TemporaryDirectory(prefix="program-", ignore_cleanup_errors=True) as folder:
        yield shutil.copytree(archive.program, Path(folder) / "program")


def run_python(arguments: Sequence[str], program: Path | None = None, fine: Collection[int] = (0,)) -> str:
    """Run Python with this program, or with a copied one in its place; returns the end of what it complained of.

    Parameters
    ----------
    fine
        Exit codes of a run that did what it should.

    Raises
    ------
    ArchivedProgramFailed
        When it did not succeed.
    """
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"}
    if program is not None:
        environment["PYTHONPATH"] = str(program)
    done = subprocess.run(  # noqa: S603 - our own interpreter and module
        [sys.executable, *arguments], cwd=program, env=environment, capture_output=True, check=False
    )
    told = " ".join(done.stderr.decode("utf-8", "replace").strip()[-_MOST_TOLD:].split())
    if done.returncode not in fine:
        raise ArchivedProgramFailed(f"程序没有运行成功（退出码 {done.returncode}）：{told}")
    return told
