"""What a batch tells while it runs: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

#: Names of running reports that a line has room for.
NAMED = 4


class Teller(Protocol):
    """Is told what happens."""

    def begin(self, name: str) -> None:
        """A report has begun."""

    def end(self, name: str, problem: str) -> None:
        """A report is done, or has failed for a reason."""


@contextmanager
def progress(reports: int) -> Iterator[Teller]:
    """Tell the progress of so many reports on standard output."""
    console = Console()
    if not console.is_terminal:
        yield _Lines(reports)
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[told]}", markup=False),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        yield _Bar(bar, bar.add_task("生成报告", total=reports, told=""), reports)


class _Clock:
    """How long what is left will take, as reports have taken so far."""

    def __init__(self, reports: int) -> None:
        self.reports, self.done, self.failed, self.begun = reports, 0, 0, time.monotonic()

    def tick(self, problem: str) -> None:
        self.done += 1
        self.failed += bool(problem)

    @property
    def left(self) -> str:
        left = (time.monotonic() - self.begun) / self.done * (self.reports - self.done) if self.done else 0.0
        minutes, seconds = divmod(round(left), 60)
        return f"剩余约 {minutes} 分 {seconds} 秒" if minutes else f"剩余约 {seconds} 秒"


class _Lines(_Clock):
    """A line a report."""

    def begin(self, name: str) -> None:
        del name

    def end(self, name: str, problem: str) -> None:
        self.tick(problem)
        left = f"，{self.left}" if self.done < self.reports else ""
        click.echo(f"[{self.done}/{self.reports}] {name}{f'：失败，{problem}' if problem else ''}{left}")


class _Bar(_Clock):
    """A bar with what is running, how many have failed and the time left; failures stay above it."""

    def __init__(self, bar: Progress, task: TaskID, reports: int) -> None:
        super().__init__(reports)
        self.bar, self.task, self.running = bar, task, dict[str, None]()

    def begin(self, name: str) -> None:
        self.running[name] = None
        self._show()

    def end(self, name: str, problem: str) -> None:
        self.running.pop(name, None)
        self.tick(problem)
        if problem:
            self.bar.console.print(f"{name}：失败，{problem}", markup=False, highlight=False)
        self._show()

    def _show(self) -> None:
        names = [*self.running][:NAMED]
        more = " 等" if len(self.running) > NAMED else ""
        failed = f"失败 {self.failed}　" if self.failed else ""
        left = f"{self.left}　" if self.done else ""
        self.bar.update(self.task, completed=self.done, told=f"{failed}{left}正在生成：{'、'.join(names)}{more}")
