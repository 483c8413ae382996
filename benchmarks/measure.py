"""Whole processes measured: the time of a command, and the memory of it and its subprocesses together."""

from __future__ import annotations

import platform
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Measured:
    """One run: seconds by the clock, and the most memory of all its processes together, in bytes."""

    seconds: float
    memory: int


def run(arguments: Sequence[str], every: float = 0.2) -> Measured:
    """Run ``python`` with these arguments to its end.

    Memory is the proportional share (PSS) where the system has it, so that pages that processes share count once;
    else the resident set, sampled ``every`` so many seconds.

    Raises
    ------
    subprocess.CalledProcessError
        When the command fails.
    """
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL, cwd=ROOT)  # noqa: S603
    peak, ended = [0], threading.Event()

    def look() -> None:
        while not ended.wait(every):
            peak[0] = max(peak[0], _memory_of(process.pid))

    looking = threading.Thread(target=look)
    looking.start()
    code = process.wait()
    seconds = time.perf_counter() - started
    ended.set()
    looking.join()
    if code:
        raise subprocess.CalledProcessError(code, list(arguments))
    return Measured(seconds, peak[0])


def _memory_of(pid: int) -> int:
    """The memory of a process and its descendants."""
    total = 0
    with suppress(psutil.NoSuchProcess):
        parent = psutil.Process(pid)
        for process in [parent, *parent.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                held = process.memory_full_info()
                total += getattr(held, "pss", 0) or held.rss
    return total


def machine() -> str:
    """The machine in a line: processor, cores, memory, load."""
    memory = psutil.virtual_memory().total / 2**30
    load = psutil.getloadavg()[0]
    cores = psutil.cpu_count()
    return (
        f"{_processor()}, {cores} cores, {memory:.0f} GiB, Python {platform.python_version()}, load before {load:.1f}"
    )


def _processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def row(*cells: object) -> str:
    """A row of a Markdown table."""
    return f"| {' | '.join(map(str, cells))} |"


def clock(seconds: float) -> str:
    """Seconds for a table."""
    return f"{seconds:.1f} s" if seconds < 100 else f"{int(seconds // 60)} min {seconds % 60:.0f} s"


def size(memory: int) -> str:
    """Bytes for a table."""
    return f"{memory / 2**30:.2f} GiB"
