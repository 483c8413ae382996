"""The logs of the runs that made a folder of results; what else lies among them, such as a saved outcome, is none."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path

from scoring.archive.layout import reading
from scoring.batch.run import LOGS


@dataclass(frozen=True)
class RunLog:
    """A run: when it was finished, and the reports that it made, by department or as the city's."""

    finished: dt.datetime
    made: tuple[str, ...]


def run_logs(out: Path) -> dict[Path, RunLog]:
    """The logs in a folder of results, the earliest run first.

    Raises
    ------
    UnusableArchive
        When a file cannot be read that may be one.
    """
    read = {path: _read(path) for path in sorted((out / LOGS).glob("*.json")) if path.is_file()}
    logs = ((path, log) for path, log in read.items() if log is not None)
    return dict(sorted(logs, key=lambda pair: pair[1].finished))


def _read(path: Path) -> RunLog | None:
    with reading(path):
        content = path.read_bytes()
    try:
        log = json.loads(content)
        finished = dt.datetime.fromisoformat(log["finished"])
        return RunLog(finished, tuple(map(str, log["made"]))) if finished.tzinfo else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
