"""The template process: it imports what notebooks need once, then forks a kernel for each request.

Run as ``python -m scoring.kernels.template SOCKET``; it says ``ready`` when it is, and ends with its standard
input and its last kernel.
Whoever wants a kernel connects to the Unix socket and sends one line, the :class:`Request`. The answers are the
kernel's process id and, when the kernel is gone, its exit status. A kernel whose connection is closed is killed: its
owner is gone. Kernels whose template is gone notice that they have another parent and end.
"""

from __future__ import annotations

import gc
import importlib
import json
import logging
import os
import random
import selectors
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from scoring.environment import ONE_THREAD

#: What the kernel itself imports, some of it only when it starts, and what the notebooks import.
MODULES: Final = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.debugger",
    "IPython.core.debugger",
    "IPython.extensions.storemagic",
    "tornado.platform.asyncio",
    "zmq.utils.garbage",
    "scoring.report.city",
    "scoring.report.department",
    "scoring.report.excel",
)

#: In the template process too, pyplot finds the notebook's backend, and the debugger has nothing to say.
ENVIRONMENT: Final = {
    **ONE_THREAD,
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}
#: Seconds to wait for a request that was announced.
PATIENCE: Final = 10


@dataclass(frozen=True)
class Request:
    """What a kernel is to run: the ordinary command, its environment, its working directory."""

    command: list[str]
    environment: dict[str, str]
    folder: str

    def line(self) -> bytes:
        """The request as one line."""
        return json.dumps(asdict(self)).encode() + b"\n"


def main() -> None:
    """Warm up, then serve; in a fork, become the kernel."""
    address, request = Path(sys.argv[1]), None
    with _unless_gone(address.parent):
        request = _serve_at(address)
    if request is not None:
        become_kernel(request)
    else:
        _tidy_up(address)


@contextmanager
def _unless_gone(folder: Path) -> Iterator[None]:
    """When an owner was killed and its folder taken away, nobody is left to be told what went wrong."""
    try:
        yield
    except Exception:
        if folder.is_dir():
            raise


def _serve_at(address: Path) -> Request | None:
    """Load all, then serve at the socket; returns the request in a fork, None at the end."""
    tempfile.tempdir = str(address.parent)  # Should it leave something there, its owner takes it away.
    warm_up()
    gc.collect()
    tempfile.tempdir = None
    if threads() != 1:
        sys.exit("the template process may not have threads: a fork would inherit their locks")
    gc.freeze()  # What is shared stays shared: the collector leaves it alone.
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(address))
        listener.listen(128)
        with suppress(BrokenPipeError):  # Its owner was killed meanwhile, and its standard input is at its end.
            os.write(sys.stdout.fileno(), b"ready\n")
        return Template(listener).serve()


def _tidy_up(address: Path) -> None:
    """Its owner may have been killed: take the socket and the folder that was made for it away, and nothing else."""
    with suppress(OSError):
        address.unlink(missing_ok=True)
        address.parent.rmdir()


def warm_up() -> None:
    """Import what notebooks need, and run one over a sample: fonts are found, templates compiled, caches filled.

    A year without sample evidence, or an exercise that few ask for, is loaded only.
    """
    for name in MODULES:
        importlib.import_module(name)
    from scoring.report.places import NOTEBOOKS
    from scoring.sample import write_samples
    from scoring.sample.story import has_stories
    from scoring.scheme import known_years, load_scheme

    for scheme in map(load_scheme, known_years()):
        year, department = scheme.year, scheme.departments[0]
        if scheme.exercise or not has_stories(year):
            continue
        # Without room for a sample, kernels start a little colder.
        with suppress(OSError), tempfile.TemporaryDirectory(prefix="kernels-") as raw:
            write_samples(Path(raw) / str(year), year, [department])
            names = run_notebook(NOTEBOOKS / "department.ipynb", department=department, year=year, raw=raw)
            names["report"].leave(raw)


def run_notebook(notebook: Path, **parameters: Any) -> dict[str, Any]:
    """Run a notebook's code as a plain function of its parameters; gives its names."""
    names: dict[str, Any] = {}
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    for cell in cells:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)  # noqa: S102 - our own notebook
        if "parameters" in cell["metadata"].get("tags", ()):
            names.update(parameters)
    return names


def threads() -> int:
    """How many threads this process has, those of libraries included."""
    tasks = Path("/proc/self/task")
    return len(list(tasks.iterdir())) if tasks.is_dir() else 1


class Template:
    """Forks kernels, tells their owners how they end, and ends those whose owners are gone."""

    def __init__(self, listener: socket.socket) -> None:
        self.listener = listener
        self.lines: dict[int, socket.socket] = {}
        self.hung_up: set[int] = set()
        self.retired = False
        self.selector = selectors.DefaultSelector()
        self.woken, self.waker = socket.socketpair()

    def serve(self) -> Request | None:
        """Serve until standard input and the last kernel end; returns the request in a fork, None at the end."""
        self.waker.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # A handler must be there for the wake-up to be written.
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is its owner's business.
        signal.set_wakeup_fd(self.waker.fileno(), warn_on_full_buffer=False)
        for source in (self.listener, self.woken, sys.stdin):
            self.selector.register(source, selectors.EVENT_READ)
        while self.lines or not self.retired:
            ready = [key.fileobj for key, _ in self.selector.select()]
            if sys.stdin in ready:
                self._retire()
            for source in ready:
                if source is self.listener and not self.retired:
                    request = self._fork(self.listener.accept()[0])
                    if request is not None:
                        return request
                elif source is self.woken:
                    self.woken.recv(4096)
                    self._tell_of_the_dead()
                elif source in self.lines.values():  # It may have been put away a moment ago.
                    self._end(source)
        return None

    def _retire(self) -> None:
        """Take no more requests; the kernels that there are go on as long as their owners want them."""
        self.retired = True
        for source in (sys.stdin, self.listener):
            self.selector.unregister(source)

    def _fork(self, line: socket.socket) -> Request | None:
        """Read the request and fork; returns the request in the fork."""
        line.settimeout(PATIENCE)
        try:
            with line.makefile("rb") as file:
                request = Request(**json.loads(file.readline()))
        except (OSError, ValueError, TypeError):
            line.close()
            return None
        kernel = os.fork()
        if kernel == 0:
            self._let_go(line)
            return request
        self.lines[kernel] = line
        self.selector.register(line, selectors.EVENT_READ)
        line.sendall(f"{kernel}\n".encode())
        return None

    def _tell_of_the_dead(self) -> None:
        while self.lines:
            kernel, status = os.waitpid(-1, os.WNOHANG)
            if not kernel:
                return
            with self.lines.pop(kernel) as line:
                if kernel in self.hung_up:
                    self.hung_up.discard(kernel)
                    continue
                self.selector.unregister(line)
                with suppress(OSError):  # Its owner may hang up at this moment.
                    line.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())

    def _end(self, line: Any) -> None:
        """An owner has hung up: end its kernel; the line is put away when it is dead."""
        kernel = next(pid for pid, held in self.lines.items() if held is line)
        self.hung_up.add(kernel)
        self.selector.unregister(line)
        os.kill(kernel, signal.SIGKILL)

    def _let_go(self, line: socket.socket) -> None:
        """In the fork: hold nothing of the template's."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self.selector.close()
        for held in (line, self.listener, self.woken, self.waker, *self.lines.values()):
            held.close()


def become_kernel(request: Request) -> None:
    """Be an ordinary kernel, which ends quietly when its owner was killed and its folder taken away meanwhile."""
    with _unless_gone(Path(request.folder)):
        _run_kernel(request)


def _run_kernel(request: Request) -> None:
    """Own session, environment, folder and seeds; the arguments of its command."""
    import numpy as np
    from ipykernel.kernelapp import IPKernelApp

    os.setsid()
    os.chdir(request.folder)
    os.environ.clear()
    os.environ.update(request.environment)
    random.seed()
    np.random.seed()  # noqa: NPY002 - the global generator is what an unseeded notebook uses
    sys.argv = request.command[request.command.index("-m") + 1 :]
    # That its template was killed is told by its owner, not by a kernel's warning in English.
    IPKernelApp.launch_instance(sys.argv[1:], parent_handle=os.getppid(), log_level=logging.ERROR)


if __name__ == "__main__":
    main()
