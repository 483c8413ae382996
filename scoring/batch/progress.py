"""What a batch tells while it runs: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

#: Names of running reports that a line has room for.
_NAMED = 4


class Teller:
    """Is told what happens, and tells it: a line a report."""

    def __init__(self, reports: int) -> None:
        self.reports, self.done, self.failed, self.begun = reports, 0, 0, time.monotonic()

    def begin(self, name: str) -> None:
        """A report has begun."""

    def end(self, name: str, problem: str) -> None:
        """A report is done, or has failed for a reason."""
        self.done += 1
        self.failed += bool(problem)
        self._tell(name, f"失败，{problem}" if problem else "")

    def _tell(self, name: str, problem: str) -> None:
        told = [f"[{self.done}/{self.reports}] {name}{'：' if problem else ''}{problem}"]
        click.echo("，".join([*told, *([self.left] if self.done < self.reports else [])]))

    @property
    def left(self) -> str:
        """How long what is left will take, as reports have taken so far."""
        left = (time.monotonic() - self.begun) / max(self.done, 1) * (self.reports - self.done)
        minutes, seconds = divmod(round(left), 60)
        return f"剩余约 {minutes} 分 {seconds} 秒" if minutes else f"剩余约 {seconds} 秒"


class _Bar(Teller):
    """A bar with what is running, how many have failed and the time left; failures stay above it."""

    def __init__(self, bar: Progress, reports: int) -> None:
        super().__init__(reports)
        self.bar, self.running = bar, dict[str, None]()
        self.task = bar.add_task("生成报告", total=reports, told="")

    def begin(self, name: str) -> None:
        self.running[name] = None
        self._show()

    def _tell(self, name: str, problem: str) -> None:
        self.running.pop(name, None)
        if problem:
            self.bar.console.print(f"{name}：{problem}", markup=False, highlight=False)
        self._show()

    def _show(self) -> None:
        names = "、".join([*self.running][:_NAMED]) + (" 等" if len(self.running) > _NAMED else "")
        told = [f"失败 {self.failed}" if self.failed else "", self.left if self.done else "", f"正在生成：{names}"]
        self.bar.update(self.task, completed=self.done, told="　".join(filter(None, told)))


@contextmanager
def progress(reports: int) -> Iterator[Teller]:
    """Tell the progress of so many reports on standard output."""
    console = Console()
    if not console.is_terminal:
        yield Teller(reports)
        return
    words = [TextColumn(text, markup=False) for text in ("{task.description}", "{task.fields[told]}")]
    with Progress(words[0], BarColumn(), MofNCompleteColumn(), words[1], console=console, transient=True) as bar:
        yield _Bar(bar, reports)
