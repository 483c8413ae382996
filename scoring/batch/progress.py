"""The progress of a batch: a bar on a terminal, one line per report elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as Bar

#: How many names of running reports fit on a line.
_NAMED = 4


class Progress:
    """A bar with the running reports, the failures and the time left; without a terminal, a line for each report."""

    def __init__(self, reports: int, bar: Bar) -> None:
        self.reports, self.done, self.failed, self.started = reports, 0, 0, time.monotonic()
        self.bar, self.running = bar, dict[str, None]()
        self.task = bar.add_task("生成报告", total=reports, status="")

    def begin(self, name: str) -> None:
        """A report was started."""
        self.running[name] = None
        self._update()

    def end(self, name: str, problem: str) -> None:
        """A report is done, or failed with a problem."""
        self.done += 1
        self.failed += bool(problem)
        self.running.pop(name, None)
        if self.bar.disable:
            left = f"，{self._left}" if self.done < self.reports else ""
            click.echo(f"[{self.done}/{self.reports}] {name}{'：失败，' if problem else ''}{problem}{left}")
        elif problem:
            self.bar.console.print(f"{name}：失败，{problem}", markup=False, highlight=False)
        self._update()

    @property
    def _left(self) -> str:
        """The time that the other reports will take, at the speed so far."""
        left = (time.monotonic() - self.started) / max(self.done, 1) * (self.reports - self.done)
        minutes, seconds = divmod(round(left), 60)
        return f"剩余约 {minutes} 分 {seconds} 秒" if minutes else f"剩余约 {seconds} 秒"

    def _update(self) -> None:
        names = "、".join([*self.running][:_NAMED]) + (" 等" if len(self.running) > _NAMED else "")
        parts = [f"失败 {self.failed}" if self.failed else "", self._left if self.done else "", f"正在生成：{names}"]
        self.bar.update(self.task, completed=self.done, status="　".join(filter(None, parts)))


@contextmanager
def shown_progress(reports: int) -> Iterator[Progress]:
    """Show the progress of this many reports on standard output."""
    console = Console()
    title, status = (TextColumn(text, markup=False) for text in ("{task.description}", "{task.fields[status]}"))
    columns = title, BarColumn(), MofNCompleteColumn(), status
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        yield Progress(reports, bar)
