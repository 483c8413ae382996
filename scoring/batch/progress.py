"""The progress of a batch: a bar on a terminal, a line a report elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as RichProgress

#: Names of running reports that a line has room for.
_NAMED = 4


class Progress:
    """Prints a line for each report that is done."""

    def __init__(self, reports: int) -> None:
        self.reports, self.done, self.failed, self.started = reports, 0, 0, time.monotonic()

    def begin(self, name: str) -> None:
        """A report was started."""

    def end(self, name: str, problem: str) -> None:
        """A report is done, or failed with a problem."""
        self.done += 1
        self.failed += bool(problem)
        self._show(name, f"失败，{problem}" if problem else "")

    def _show(self, name: str, problem: str) -> None:
        line = f"[{self.done}/{self.reports}] {name}{'：' if problem else ''}{problem}"
        click.echo(f"{line}，{self.left}" if self.done < self.reports else line)

    @property
    def left(self) -> str:
        """The time that the other reports will take, at the speed so far."""
        left = (time.monotonic() - self.started) / max(self.done, 1) * (self.reports - self.done)
        minutes, seconds = divmod(round(left), 60)
        return f"剩余约 {minutes} 分 {seconds} 秒" if minutes else f"剩余约 {seconds} 秒"


class _Bar(Progress):
    """A bar with the running reports, the number of failures and the time left; failures are printed above it."""

    def __init__(self, bar: RichProgress, reports: int) -> None:
        super().__init__(reports)
        self.bar, self.running = bar, dict[str, None]()
        self.task = bar.add_task("生成报告", total=reports, status="")

    def begin(self, name: str) -> None:
        self.running[name] = None
        self._update()

    def _show(self, name: str, problem: str) -> None:
        self.running.pop(name, None)
        if problem:
            self.bar.console.print(f"{name}：{problem}", markup=False, highlight=False)
        self._update()

    def _update(self) -> None:
        names = "、".join([*self.running][:_NAMED]) + (" 等" if len(self.running) > _NAMED else "")
        parts = [f"失败 {self.failed}" if self.failed else "", self.left if self.done else "", f"正在生成：{names}"]
        self.bar.update(self.task, completed=self.done, status="　".join(filter(None, parts)))


@contextmanager
def shown_progress(reports: int) -> Iterator[Progress]:
    """Show the progress of so many reports on standard output."""
    console = Console()
    if not console.is_terminal:
        yield Progress(reports)
        return
    title, status = (TextColumn(text, markup=False) for text in ("{task.description}", "{task.fields[status]}"))
    with RichProgress(title, BarColumn(), MofNCompleteColumn(), status, console=console, transient=True) as bar:
        yield _Bar(bar, reports)
