"""Ctrl-C, and being asked to end: a run stops at once, tidies up, and is not disturbed while it does."""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

_SIGNALS: Final = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
#: Seconds after which an interrupt that was dropped comes again.
_AGAIN: Final = 0.05


@contextmanager
def stops_once() -> Iterator[None]:
    """The first such signal raises KeyboardInterrupt; those after it are not heard, since the process is ending.

    Where Python can raise nothing, as in the callback of a weak reference while a module is loaded, it drops the error
    and goes on; then it comes again a moment later.
    """
    is_heard = False

    def stop(*_: object) -> None:
        nonlocal is_heard
        if not is_heard:
            is_heard = True
            raise KeyboardInterrupt

    def not_raised(what: Any) -> None:
        if what.exc_type is KeyboardInterrupt:
            threading.Timer(_AGAIN, stop_again).start()
        else:
            tell_not_raised(what)

    def stop_again() -> None:
        nonlocal is_heard
        is_heard = False
        _interrupt_main_thread()

    before = {number: signal.signal(number, stop) for number in _SIGNALS}
    tell_not_raised, sys.unraisablehook = sys.unraisablehook, not_raised
    try:
        yield
    finally:
        sys.unraisablehook = tell_not_raised
        for number, handler in before.items():
            signal.signal(number, signal.SIG_IGN if is_heard else handler)


def _interrupt_main_thread() -> None:
    """As Ctrl-C does; what the thread waits for is interrupted too."""
    if sys.platform == "win32":
        _thread.interrupt_main()
    else:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


def forget_interrupt() -> None:
    """Let the exit code be the one that is given.

    When an interrupt comes while a text is executed (``exec``, as for every dataclass that is loaded), CPython keeps it
    in mind and ends ``python -m`` by the signal, though it was handled; the next text that is executed makes it forget.
    """
    exec("")  # noqa: S102 - an empty text of our own
