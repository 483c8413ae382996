"""What a result depends on, as digests of content; time stamps play no part."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from itertools import chain
from pathlib import Path
from typing import Final

from scoring.batch.task import CITY, DEPARTMENT
from scoring.report.places import NOTEBOOKS, template_folder
from scoring.scheme import Scheme
from scoring.scheme.load import SCHEME

_PACKAGE: Final = Path(__file__).resolve().parents[1]
#: Rooms of the package that change no report. Only the schemes in use count.
_WITHOUT_EFFECT: Final = {"templates", "notebooks", "archive", "cli", "schemes"}
#: The reports that a batch makes; not the notebooks for years and reviews.
_KINDS: Final = (DEPARTMENT, CITY)
#: Their templates; these include no others.
_SHOWN: Final = (*(f"{kind}/*" for kind in _KINDS), "lab/*", "scorecard/*")


@dataclass(frozen=True)
class Basis:
    """Digests of what is the same for all departments of a run."""

    code: str  # The program, the scheme, and the installed packages.
    pages: str  # The notebooks of a department and of the city, and the templates of their pages.


def digest(*parts: object) -> str:
    """One digest of several texts or digests, in order."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()


def digest_of(content: bytes) -> str:
    """The digest of a file's content."""
    return hashlib.sha256(content).hexdigest()


def basis_of(scheme: Scheme | None) -> Basis:
    """The digests of the program on this machine, and of the scheme, if any, with all rules that it uses."""
    return _basis(() if scheme is None else tuple(sorted(_folders(scheme))))


def _folders(scheme: Scheme) -> set[Path]:
    """The folder of a scheme, and those of schemes that its rules are imported from or import something from."""
    modules = {rule.__module__ for rule in scheme.rules.values()}
    imported = {getattr(value, "__module__", None) for name in modules for value in vars(sys.modules[name]).values()}
    files = (getattr(sys.modules.get(str(name)), "__file__", None) for name in modules | imported)
    homes = {Path(file).parent for file in files if file}
    return {scheme.folder, *(folder for folder in homes if (folder / SCHEME).is_file())}


@cache
def _basis(schemes: tuple[Path, ...]) -> Basis:
    templates = template_folder()
    ours = ((path.relative_to(_PACKAGE).parts, path) for path in _PACKAGE.rglob("*") if path.is_file())
    code = [path for parts, path in ours if parts[0] not in _WITHOUT_EFFECT and "__pycache__" not in parts]
    pages = [*(NOTEBOOKS / f"{kind}.ipynb" for kind in _KINDS), *chain(*map(templates.glob, _SHOWN))]
    rules = (_of_files(scheme_files(folder), folder) for folder in schemes)
    return Basis(digest(_of_files(code, _PACKAGE), *rules, *packages()), _of_files(pages, templates.parent))


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
