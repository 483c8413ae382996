"""Ctrl-C, and being asked to end: a run stops at once, tidies up, and is not disturbed while it does."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NoReturn

_SIGNALS: Final = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


@contextmanager
def stops_once() -> Iterator[None]:
    """The first such signal raises KeyboardInterrupt; those after it are not heard, since the process is ending."""

    def stop(*_: object) -> NoReturn:
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in _SIGNALS}
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGINT) is stop:
            for number, handler in before.items():
                signal.signal(number, handler)


def forget_interrupt() -> None:
    """Let the exit code be the one that is given.

    When an interrupt comes while a text is executed (``exec``, as for every dataclass that is loaded), CPython keeps it
    in mind and ends ``python -m`` by the signal, though it was handled; the next text that is executed makes it forget.
    """
    exec("")  # noqa: S102 - an empty text of our own
