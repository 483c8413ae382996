"""Takes in what departments send back: each form is checked against its notice, and written down once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from scoring.base.characters import quoted
from scoring.base.files import reason_of
from scoring.engine.followup import FollowUp, Step
from scoring.engine.scorecard import Scorecard
from scoring.evidence.attachments import names_in
from scoring.evidence.files import LARGEST_ATTACHMENT, why_no_attachment
from scoring.hearing.returned import Form, Reply, UnusableForm, listed, read_form
from scoring.review.audit import Audit
from scoring.scheme import Scheme
from scoring.scheme.sheets import ATTACHED, REPORTED

#: Kinds of files that may hold a form.
FORMS: Final = (".xlsx", ".xls", ".et")


@dataclass(frozen=True)
class Received:
    """A form that was taken: how many steps were written down, how many of them late, and what to look at."""

    file: str
    department: str
    notice: str
    steps: int
    late: int
    remarks: tuple[str, ...]


def forms_in(folder: Path) -> list[Path]:
    """The files of a folder that may be forms, but for the hidden ones of office programs."""
    files = (path for path in folder.iterdir() if path.is_file() and path.suffix.lower() in FORMS)
    return sorted(path for path in files if not path.name.startswith((".", "~$")))


def receive(path: Path, raw: Path, scheme: Scheme, on: dt.date) -> Received:
    """Take in a form and save its answers in the case file.

    Parameters
    ----------
    raw
        Folder with one subfolder of evidence per year.
    on
        The day on which it came in.

    Raises
    ------
    UnusableForm, NotScored, Refused, CannotSave
        When it cannot be taken; then nothing was written down.
    """
    form = read_form(path)
    if form.department not in scheme.positions:
        raise UnusableForm(f"部门是“{quoted(form.department)}”，不是考核对象")
    audit = Audit.by(scheme, form.department, raw)
    told = _told(form, audit.card)
    _refuse_tampered(form, told)
    steps = [step for reply in form.replies for step in _steps(form, reply, on, told[reply.finding])]
    if not steps:
        is_blank = all(reply.is_blank for reply in form.replies)
        remark = "没有填写任何一项" if is_blank else "内容都已收过，没有重复登记"
        return Received(path.name, form.department, form.notice, 0, 0, (remark,))
    files = _attached(path, steps)
    audit.follow([{**step, ATTACHED.key: None} for step in steps])  # Refused before a file is put beside the evidence.
    names = {name: audit.attach(name, content) for name, content in files.items()}
    names[path.name] = audit.attach(f"{form.notice}反馈表{path.suffix}", path.read_bytes())
    named = [{**step, ATTACHED.key: _renamed(step.get(ATTACHED.key), names, path.name)} for step in steps]
    saved, _ = audit.follow(named).save()
    late = sum(
        one.is_late(step)
        for one in saved.card.follow_ups.values()
        for step in one.steps
        if names[path.name] in step.attachments
    )
    return Received(path.name, form.department, form.notice, len(steps), late, tuple(_remarks(form, told)))


def _told(form: Form, card: Scorecard) -> dict[str, FollowUp]:
    """What the notice of the form told of, by the id that the finding had then."""
    told = {one.noted: one for one in card.follow_ups.values() if any(step.notice == form.notice for step in one.told)}
    if not told:
        raise UnusableForm(f"没有发给{card.department}、编号为“{quoted(form.notice)}”的整改通知书")
    if later := sorted({one.told[-1].notice for one in told.values()} - {form.notice}):
        raise UnusableForm(f"{form.notice} 中有些问题已由 {'、'.join(later)} 重新通知；请用新的反馈表填报")
    return told


def _refuse_tampered(form: Form, told: Mapping[str, FollowUp]) -> None:
    """Refuse a form whose findings or problems are not those of the notice."""
    wrong: list[str] = []
    seen: set[str] = set()
    for reply in form.replies:
        one = told.get(reply.finding)
        if one is None:
            wrong.append(f"第 {reply.row} 行的发现编号“{quoted(reply.finding)}”不在 {form.notice} 中")
        elif reply.finding in seen:
            wrong.append(f"第 {reply.row} 行与前面的发现编号重复")
        elif _squeezed(reply.problem) != _squeezed(one.told[-1].about):
            wrong.append(f"第 {reply.row} 行的问题被改动；应为“{quoted(one.told[-1].about)}”")
        seen.add(reply.finding)
    if missing := [finding for finding in told if finding not in seen]:
        wrong.append(f"缺少 {len(missing)} 行，如“{missing[0]}”")
    if wrong:
        raise UnusableForm(listed("与发出的反馈表不一致，请在原表上重新填写：", wrong))


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _steps(form: Form, reply: Reply, on: dt.date, known: FollowUp) -> Iterator[dict[str, Any]]:
    """What a reply adds to what is known."""
    given = {"finding": known.finding, "done_on": on, "done_by": form.by, "notice": form.notice}
    files = {ATTACHED.key: reply.attachments}
    said = {**given, "step": reply.view, "about": reply.reason, **(files if not reply.about else {})}
    mended = {**given, "step": REPORTED, "about": reply.about, "mended_on": reply.mended_on, **files}
    for step, is_given in ((said, reply.view), (mended, reply.about)):
        if is_given and not any(_is_same(step, one) for one in known.steps):
            yield step


def _is_same(step: Mapping[str, Any], one: Step) -> bool:
    return (step["step"], step["notice"], step["about"]) == (one.step, one.notice, one.about)


def _attached(path: Path, steps: Sequence[Mapping[str, Any]]) -> dict[str, bytes]:
    """The files that the form names, which lie beside it."""
    files: dict[str, bytes] = {}
    wrong: list[str] = []
    for name in dict.fromkeys(name for step in steps for name in names_in(step.get(ATTACHED.key) or "")):
        if why := why_no_attachment(name):
            wrong.append(f"附件“{quoted(name)}”{why}")
            continue
        try:
            size = (path.parent / name).stat().st_size
            if 0 < size <= LARGEST_ATTACHMENT:
                files[name] = (path.parent / name).read_bytes()
            else:
                wrong.append(f"附件“{quoted(name)}”是空的，或超过 {LARGEST_ATTACHMENT // 2**20} MB")
        except OSError as error:
            wrong.append(f"附件“{quoted(name)}”打不开（{reason_of(error)}）；应与反馈表在同一文件夹")
    if wrong:
        raise UnusableForm(listed("附件不全：", wrong))
    return files


def _renamed(named: str | None, names: Mapping[str, str], form: str) -> str:
    """The attachments of a step by the names that they have beside the evidence, and the form itself."""
    return "；".join([*(names[name] for name in names_in(named or "")), names[form]])


def _remarks(form: Form, told: Mapping[str, FollowUp]) -> Iterator[str]:
    blank = sum(reply.is_blank for reply in form.replies)
    if blank:
        yield f"{blank} 项没有填写"
    for reply in form.replies:
        if not reply.is_blank and told[reply.finding].gone:
            yield f"“{reply.finding}”的佐证在通知之后已改动，这一发现已不存在；意见已登记，无须复核"
