"""What a folder of results was made from: a record beside the results, published together with them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from scoring.base.files import json_bytes
from scoring.batch.digests import digest_of
from scoring.engine.ranking import Result

RECORD: Final = ".made.json"
CITY_RECORD: Final = ".made-city.json"


@dataclass(frozen=True)
class Record:
    """What a department's results, or the city's, were made from.

    Attributes
    ----------
    scored, executed, rendered
        Digests of what the scorecard, the executed notebook and the pages rest on.
    files
        Name to digest of every file.
    result
        A department's place in the ranking; None for the city.
    """

    scored: str
    executed: str
    rendered: str
    files: Mapping[str, str]
    result: Result | None = None

    def content(self) -> bytes:
        """The record as a file; the same for the same results, whatever order they were made in."""
        told = asdict(self) | {"files": dict(sorted(self.files.items())), "result": self.result and _told(self.result)}
        return json_bytes({"schema": "made/1", **told})

    def intact(self, folder: Path) -> bool:
        """Whether every file is there, as it was made."""
        return all(_is(folder / name, made) for name, made in self.files.items())


def read_record(path: Path) -> Record | None:
    """A record; None where there is none, or none that this version can read."""
    try:
        data = json.loads(path.read_bytes())
        if data.pop("schema") != "made/1":
            return None
        result = data.pop("result")
        return Record(**data, result=result and _read(result))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def intact_record(path: Path) -> Record | None:
    """The record of a folder whose results are all there as they were made; else None."""
    record = read_record(path)
    return record if record and record.intact(path.parent) else None


def _told(result: Result) -> dict[str, Any]:
    """A result as JSON, its points exact, such as ``169/2``."""
    return {**asdict(result), "low": str(result.low), "high": str(result.high)}


def _read(told: Mapping[str, Any]) -> Result:
    return Result(**{**told, "low": Fraction(told["low"]), "high": Fraction(told["high"])})


def _is(path: Path, made: str) -> bool:
    try:
        return digest_of(path.read_bytes()) == made
    except OSError:
        return False
