"""What a result depends on, as digests of content; time stamps play no part."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from itertools import chain
from pathlib import Path
from typing import Final

from scoring.batch.task import CITY, DEPARTMENT
from scoring.report.places import NOTEBOOKS, template_folder
from scoring.scheme import Scheme

_PACKAGE: Final = Path(__file__).resolve().parents[1]
#: Rooms of the package that change no report. Of the schemes, only those count that are used.
_WITHOUT_EFFECT: Final = {"templates", "notebooks", "archive", "cli", "schemes"}
#: The reports that a batch makes; the notebooks of years and of reviews are not among them.
_KINDS: Final = (DEPARTMENT, CITY)
#: Templates of what the notebooks show; they include no others.
_SHOWN: Final = (*(f"{kind}/*" for kind in _KINDS), "lab/*")


@dataclass(frozen=True)
class Basis:
    """Digests of what is the same for all departments of a run.

    Attributes
    ----------
    code
        The program, the scheme, and the installed packages.
    content
        The notebooks of a department and of the city, and the templates of what they show.
    layout
        The templates of the page around it.
    """

    code: str
    content: str
    layout: str


def digest(*parts: object) -> str:
    """One digest of several texts or digests, in order."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()


def digest_of(content: bytes) -> str:
    """The digest of a file's content."""
    return hashlib.sha256(content).hexdigest()


def digest_of_choices(readings: Mapping[str, str]) -> str:
    """The digest of a run's readings, in any order."""
    return digest(*(f"{key}={option}" for key, option in sorted(readings.items())))


def basis_of(scheme: Scheme | None) -> Basis:
    """The digests of the program on this machine, and of the scheme, if any, with all rules that it uses."""
    if scheme is None:
        return _basis(())
    homes = {Path(str(sys.modules[rule.__module__].__file__)).parent for rule in scheme.rules.values()}
    return _basis(tuple(sorted({scheme.folder, *homes})))


@cache
def _basis(schemes: tuple[Path, ...]) -> Basis:
    templates = template_folder()
    code = [path for path in _PACKAGE.rglob("*") if path.is_file() and _is_code(path)]
    content = [*(NOTEBOOKS / f"{kind}.ipynb" for kind in _KINDS), *chain(*map(templates.glob, _SHOWN))]
    return Basis(
        code=digest(
            _of_files(code, _PACKAGE), *(_of_files(scheme_files(folder), folder) for folder in schemes), *packages()
        ),
        content=_of_files(content, templates.parent),
        layout=_of_files(templates.glob("scorecard/*"), templates),
    )


def _is_code(path: Path) -> bool:
    parts = path.relative_to(_PACKAGE).parts
    return parts[0] not in _WITHOUT_EFFECT and "__pycache__" not in parts


def scheme_files(folder: Path) -> list[Path]:
    """The files that a scheme consists of."""
    return [path for pattern in ("*.toml", "*.py") for path in sorted(folder.glob(pattern))]


def _of_files(paths: Iterable[Path], root: Path) -> str:
    files = sorted((path.relative_to(root).as_posix(), path) for path in paths if path.is_file())
    return digest(*(part for name, path in files for part in (name, digest_of(path.read_bytes()))))


@cache
def packages() -> tuple[str, ...]:
    """Every installed package with its version: the lock, as it is on this machine."""
    return tuple(sorted({f"{found.name}=={found.version}" for found in metadata.distributions()}))
