"""Batches for tests: small evidence, runs with and without real workers, and the content of a folder of results."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evidence_builder import Evidence, faultless

from scoring import load_scheme
from scoring.base.names import SCORECARD
from scoring.batch.plan import Run
from scoring.batch.publish import only_batch
from scoring.batch.records import CITY_RECORD, RECORD, read_record
from scoring.batch.run import Outcome, make_reports
from scoring.batch.task import CITY, Made, Task
from scoring.batch.workers.runners import on_this_machine
from scoring.evidence import workbooks_in
from scoring.scheme import with_departments

YEAR = 2017
#: What may differ from run to run.
RUN_OWN = {".lock", "运行日志"}


def some_evidence() -> list[Evidence]:
    """Three departments: without losses, with losses, with losses and pending leaves."""
    late = "领导信箱 ×3 | 类型=咨询 | 来信日期=2017-05-02 | 回复日期=2017-06-20"
    return [
        faultless("人社局"),
        faultless("教育局").add(late),
        faultless("规划局").add(late).inspection("3.3.1", "未核查"),
    ]


def save(folder: Path, evidence: Iterable[Evidence]) -> Path:
    """Workbooks in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for workbook in evidence:
        workbook.save(folder)
    return folder


def asked(raw: Path, out: Path, **more: Any) -> Run:
    """A run; ``departments`` replace the scheme's. ``named`` is the scheme, ``year`` the year."""
    scheme = load_scheme(more.pop("year", YEAR), more.pop("named", ""))
    if more.get("departments"):
        scheme = with_departments(scheme, more["departments"])
    return Run(scheme, raw, out, more.pop("readings", {}), **more)


def report(run: Run, runner: Any = None, only: Collection[str] | None = None) -> Outcome:
    """A run as the command does it, without output; with real workers unless another runner is given."""
    runner = runner or on_this_machine(2)
    with only_batch(run.out):
        return make_reports(run, workbooks_in(run.raw), runner, silent, only)


class Silent:
    """Progress without output."""

    def begin(self, name: str) -> None: ...

    def end(self, name: str, problem: str) -> None: ...


def silent(reports: int) -> Any:
    """No output."""
    del reports
    return nullcontext(Silent())


@dataclass
class FakeRunner:
    """A runner that makes nothing, and records what it was asked to make."""

    problems: Mapping[str, str] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)

    def __call__(self, tasks: Iterable[Task], started: Callable[[str], None]) -> Iterator[Made]:
        for task in tasks:
            started(task.name)
            self.made.append(task.name)
            if problem := self.problems.get(task.name):
                yield Made(task.name, problem=problem, half_run=b"{}")
            else:
                yield Made(task.name, fake_files(task))

    def take(self) -> set[str]:
        """The tasks since the last call."""
        taken = set(self.made)
        self.made.clear()
        return taken


@dataclass
class FakeCity:
    """A real runner, except for the city's report."""

    runner: Any

    def __call__(self, tasks: Iterable[Task], started: Callable[[str], None]) -> Iterator[Made]:
        all_tasks = list(tasks)
        yield from self.runner((task for task in all_tasks if task.kind != CITY), started)
        yield from FakeRunner()((task for task in all_tasks if task.kind == CITY), started)


def fake_files(task: Task) -> dict[str, bytes]:
    """Files whose content states their inputs."""
    shown = repr((task.kind, sorted(task.parameters.items()), [source.sha256 for source in task.sources])).encode()
    return dict.fromkeys((*vars(task.files).values(), *(() if task.kind == CITY else (SCORECARD,))), shown)


def results(out: Path) -> dict[str, bytes]:
    """Every file of a folder of results by its path, except those of the run itself."""
    files = (path for path in out.rglob("*") if path.is_file())
    found = {path.relative_to(out): path.read_bytes() for path in files}
    return {path.as_posix(): content for path, content in found.items() if path.parts[0] not in RUN_OWN}


def put(out: Path, files: Mapping[str, bytes]) -> None:
    """Results of an earlier run."""
    for name, content in files.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(content)


def incomplete(out: Path) -> list[str]:
    """Incomplete results: a department's folder without an intact record, a city's index without one."""
    folders = [path for path in out.iterdir() if path.is_dir() and path.name not in {*RUN_OWN, "failed", ".staging"}]
    broken = [folder.name for folder in folders if not _whole(folder / RECORD)]
    return broken + ([CITY_RECORD] if (out / "index.html").exists() and not _whole(out / CITY_RECORD) else [])


def _whole(record: Path) -> bool:
    made = read_record(record)
    return made is not None and made.intact(record.parent)


def unexpected(out: Path, *runs: Mapping[str, bytes]) -> list[str]:
    """Results that no undisturbed run left like this; a department's folder counts as one, the city's files as one.

    Unfinished files are elsewhere, under a name that begins with a dot.
    """
    undisturbed = [_apart(run) for run in runs]
    found = _apart(results(out))
    broken = [name for name, files in found.items() if name and files not in [run.get(name) for run in undisturbed]]
    city = found.get("", {})
    whole = "index.html" not in city or city in [run.get("") for run in undisturbed]
    mixed_files = [
        name for name, file in city.items() if file not in [run.get("", {}).get(name) for run in undisturbed]
    ]
    return broken + mixed_files + ([] if whole else ["index.html"])


def _apart(files: Mapping[str, bytes]) -> dict[str, dict[str, bytes]]:
    """The files of each folder, of the ranking, and under an empty name the city's."""
    apart: dict[str, dict[str, bytes]] = {}
    for path, content in files.items():
        first, _, rest = path.partition("/")
        if first == CITY_RECORD or (not first.startswith(".") and first != "failed"):
            apart.setdefault(first if rest or first == "ranking.json" else "", {})[rest or first] = content
    return apart
