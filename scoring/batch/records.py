"""What a folder of results was made from: a record beside the results, published together with them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Final

import cattrs

from scoring.base.files import json_bytes
from scoring.batch.digests import digest_of
from scoring.engine.ranking import Result
from scoring.engine.readings import Packed

RECORD: Final = ".made.json"
CITY_RECORD: Final = ".made-city.json"
_SCHEMA: Final = "made/2"

_CONVERTER: Final = cattrs.Converter()
_CONVERTER.register_unstructure_hook(Fraction, str)  # Points are exact, such as 169/2.
_CONVERTER.register_structure_hook(Fraction, lambda text, _: Fraction(text))


@dataclass(frozen=True)
class Record:
    """What a department's results, or the city's, were made from."""

    scored: str  # Digest of what the scorecard depends on.
    made: str  # Digest of what the report depends on.
    files: Mapping[str, str]  # Name to digest of every file.
    result: Result | None = None  # Of a department: the ranking is made from it.
    spread: Packed | None = None  # The same under all combinations of readings.

    def content(self) -> bytes:
        """The record as a file; independent of the order in which results were made."""
        data = _CONVERTER.unstructure(replace(self, files=dict(sorted(self.files.items()))))
        return json_bytes({"schema": _SCHEMA, **data})

    def intact(self, folder: Path) -> bool:
        """Whether every file is there, as it was made."""
        try:
            return all(digest_of((folder / name).read_bytes()) == made for name, made in self.files.items())
        except OSError:
            return False


def read_record(path: Path) -> Record | None:
    """A record; None where there is none, or none that this version can read."""
    try:
        data = json.loads(path.read_bytes())
        return _CONVERTER.structure(data, Record) if data["schema"] == _SCHEMA else None
    except (OSError, ValueError, KeyError, TypeError, cattrs.BaseValidationError):
        return None


def intact_record(path: Path) -> Record | None:
    """The record of a folder whose results are complete and unchanged; else None."""
    record = read_record(path)
    return record if record and record.intact(path.parent) else None
