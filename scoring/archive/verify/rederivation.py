"""Re-derivation: scores computed again from the archive's evidence, and every node held against the archived one."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from scoring.archive.calendar import differing_days
from scoring.archive.layout import PROGRAM, RESULTS, SCHEME, UnusableArchive
from scoring.archive.opened import Archive
from scoring.archive.rederive import rederive
from scoring.archive.standing import RANKING
from scoring.archive.verify.archived import ArchivedProgramFailed, run_python
from scoring.archive.verify.likeness import json_differences
from scoring.archive.verify.report import Part
from scoring.batch.digests import basis_of
from scoring.scheme import YEARS, SchemeError, known_years
from scoring.workdays import official_calendar

_RULES: Final = ("scheme.toml", "readings.toml")


def check_rederivation(archive: Archive, program: Path | None = None) -> Part:
    """Score again and compare.

    Parameters
    ----------
    program
        A copy of the archive's own program that does it; None is the installed one.
    """
    part = Part("重新计算得分")
    with tempfile.TemporaryDirectory(prefix="rederived-", ignore_cleanup_errors=True) as folder:
        out = Path(folder)
        try:
            _score_again(archive, out, program)
        except (SchemeError, UnusableArchive, ArchivedProgramFailed) as error:
            hint = "" if program else "；归档若是以前的版本所作，可加 --with-archived-source，改用归档自带的程序"
            part.differs("归档内容", f"无法重新计算：{error}{hint}")
            return part
        now = {path.parent.name: _json(path) for path in out.glob("*/scorecard.json")}
        _compare(archive, now, part)
        _compare_ranking(archive, _json(out / RANKING), part)
    _check_label(archive, part)
    _check_scheme(archive, part)
    part.notes += _notes(archive, program)
    return part


def _score_again(archive: Archive, out: Path, program: Path | None) -> None:
    if program is None:
        rederive(archive.bag, out)
    else:
        run_python(["-m", "scoring.archive.rederive", str(archive.bag.resolve()), str(out)], program)


def _compare(archive: Archive, now: Mapping[str, Any], part: Part) -> None:
    """Every department: its nodes first, then all else that its scorecard says."""
    without = {entry["of"] for entry in archive.label["lacking"] if entry["kind"] == "no-report"}
    nodes = 0
    for name in dict.fromkeys([*archive.departments, *archive.scorecards, *now]):
        before, after = archive.scorecards.get(name), now.get(name)
        if before is None and after is not None and name not in without:
            part.differs(f"{RESULTS}/{name}", "没有归档的得分，佐证却能算出得分")
        elif before is not None and after is None:
            part.differs(f"{RESULTS}/{name}", "有归档的得分，佐证却算不出得分（佐证有差错，或没有佐证）")
        elif before is not None:
            nodes += len(before["nodes"])
            for where, told in json_differences(before, after):
                part.differs(f"{name} {where}".strip(), told)
    part.checked = f"{len(archive.scorecards)} 个部门，{nodes} 个指标"


def _compare_ranking(archive: Archive, now: Any, part: Part) -> None:
    path = archive.results / RANKING
    for where, told in json_differences(_json(path) if path.is_file() else {}, now):
        part.differs(f"{RESULTS}/{RANKING} {where}".strip(), told)


def _check_label(archive: Archive, part: Part) -> None:
    """The label must say what the scorecards say."""
    told = {entry["department"]: entry for entry in archive.label["departments"]}
    cards = {
        name: {key: card[key] for key in ("department", "status", "qualified", "total", "range", "sample")}
        for name, card in archive.scorecards.items()
    }
    for where, difference in json_differences(told, cards):
        part.differs(f"标签 {where}", difference.replace("归档", "标签").replace("现为", "得分文件"))


def _check_scheme(archive: Archive, part: Part) -> None:
    """The scheme's files and those of the program that was archived must be the same."""
    for name in _RULES:
        own = archive.program / "scoring" / "years" / f"y{archive.year}" / name
        if not own.is_file() or own.read_bytes() != (archive.payload / SCHEME / name).read_bytes():
            part.differs(f"{SCHEME}/{name}", f"与 {PROGRAM} 中的同一文件不同")


def _notes(archive: Archive, program: Path | None) -> Iterator[str]:
    """What is other than on the machine of now, without making the archive wrong."""
    days = differing_days(archive.calendar, official_calendar())
    if days:
        listed: Sequence[str] = [day.isoformat() for day in days[:10]]
        more = f"等 {len(days)} 天" if len(days) > len(listed) else ""
        yield f"归档的工作日历与本机的不同（{'、'.join(listed)}{more}），得分按归档的日历计算"
    if program is not None:
        yield "得分由归档自带的程序重新计算"
        return
    if not has_installed_scheme(archive):
        yield "归档的方案与本程序的不同，得分按归档的方案计算"
    if archive.label["program"]["digest"] != basis_of(archive.year).code:
        yield "本程序或软件包的版本与归档时不同；若有不符，可加 --with-archived-source 再验证一次，以分清原因"


def has_installed_scheme(archive: Archive) -> bool:
    """Whether the installed program has the same scheme for the year."""
    folder = YEARS / f"y{archive.year}"
    return archive.year in known_years() and all(
        (folder / name).read_bytes() == (archive.payload / SCHEME / name).read_bytes() for name in _RULES
    )


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise UnusableArchive(f"{path.name} 读不出来") from error
