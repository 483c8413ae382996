"""A kernel provisioner that forks kernels from a warm template process, for papermill, nbclient and JupyterLab alike.

Named by the project's kernelspec. Where forking is not to be had, the ordinary kernel is started instead.
"""

from __future__ import annotations

import asyncio
import atexit
import math
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from scoring.kernels.template import ENVIRONMENT, Request

#: Name of the project's kernelspec.
KERNEL: Final = "site-audit"
#: macOS has fork, but its own libraries may break in a forked process that does not exec.
CAN_FORK: Final = hasattr(os, "fork") and hasattr(socket, "AF_UNIX") and sys.platform != "darwin"
#: Where a process finds the template that the one that started it shares with it.
ADDRESS: Final = "SITE_AUDIT_KERNEL_TEMPLATE"
#: Seconds: to get a kernel on a busy machine; for a template or a killed kernel to end; between two looks at a kernel
#: that is ending, and at one that does something at this moment.
PATIENCE, PATIENCE_AT_EXIT, PAUSE, SOON = 60, 2, 0.02, 0.003
_PACKAGE: Final = Path(__file__).resolve().parents[1]


class WarmProvisioner(LocalProvisioner):
    """Starts kernels as forks of the template process; in all else the local provisioner."""

    process: Any = None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork a kernel, or start an ordinary one where that cannot be."""
        request = _request(cmd, kwargs)
        kernel = TEMPLATE.kernel(request) if CAN_FORK and request else None
        if kernel is None:
            return await super().launch_kernel(cmd, **kwargs)
        self.process, self.pid, self.pgid = kernel, kernel.pid, kernel.pid
        await self._until_it_listens()
        return self.connection_info

    async def _until_it_listens(self) -> None:
        """Whoever connects to a socket file before it is there tries again only after a tenth of a second."""
        told = self.connection_info
        last = Path(f"{told.get('ip')}-{told.get('iopub_port')}")
        if told.get("transport") == "ipc":
            await _until(lambda: last.exists() or self._is_gone(), SOON, PATIENCE)

    async def wait(self) -> int | None:
        """Wait for its end, looking more often than the local provisioner does."""
        await _until(self._is_gone, PAUSE)
        return await super().wait()

    async def kill(self, restart: bool = False) -> None:  # noqa: FBT001, FBT002 - as the base has it
        """End it; a forked kernel is gone soon, and who sees it gone need not wait."""
        await super().kill(restart)
        if isinstance(self.process, ForkedKernel):
            await _until(self._is_gone, SOON, PATIENCE_AT_EXIT)

    def _is_gone(self) -> bool:
        return self.process is None or self.process.poll() is not None


async def _until(reached: Callable[[], bool], pause: float, patience: float = math.inf) -> None:
    """Look until it is so, or for so many seconds."""
    until = time.monotonic() + patience
    while not reached() and time.monotonic() < until:  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(pause)


def _request(command: list[str], kwargs: dict[str, Any]) -> Request | None:
    """What to run; None when it is not this Python's ordinary kernel."""
    if command[:3] != [sys.executable, "-m", "ipykernel_launcher"]:
        return None
    return Request(command, dict(kwargs.get("env") or os.environ), str(kwargs.get("cwd") or Path.cwd()))


class ForkedKernel:
    """A kernel as :class:`subprocess.Popen` would show it, though it is the template's child and not ours."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int, line: socket.socket) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._line = line
        self._line.setblocking(False)
        self._told = b""

    def poll(self) -> int | None:
        """The exit status, None while it runs; a kernel whose template was killed counts as killed."""
        if self.returncode is None:
            try:
                told = self._line.recv(64)
            except BlockingIOError:
                return None
            except ConnectionError:
                told = b""
            self._told += told
            if not told or self._told.endswith(b"\n"):
                self.returncode = int(self._told or -signal.SIGKILL)
                self._line.close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end.

        Raises
        ------
        subprocess.TimeoutExpired
            When it does not come in ``timeout`` seconds.
        """
        until = None if timeout is None else time.monotonic() + timeout
        while (status := self.poll()) is None:
            if until is not None and time.monotonic() > until:
                raise subprocess.TimeoutExpired("kernel", timeout or 0)
            time.sleep(PAUSE)
        return status

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it is gone."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


class Template:
    """The template process of this process: started when it is needed, anew when it died or the code has changed.

    Processes that this one starts may use it too, by the address in their environment.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._code: tuple[object, ...] = ()
        self._owner = 0
        self._ready = False
        self._retired: list[subprocess.Popen[bytes]] = []

    def begin(self) -> None:
        """Have it load while there is other work to do."""
        with self._lock:
            if CAN_FORK and not self._is_current():
                self._begin()

    def share(self) -> bool:
        """Start it and leave its address to the processes that this one starts; False when there can be none."""
        with self._lock:
            started = CAN_FORK and self._is_ready()
        if started:
            os.environ[ADDRESS] = self._address
        return started

    def kernel(self, request: Request) -> ForkedKernel | None:
        """A kernel from another's template, else from one's own; None when there can be no template."""
        if shared := os.environ.get(ADDRESS):
            with suppress(OSError):
                return _ask(shared, request)
        with self._lock:
            for _ in range(2):  # A template that was killed may show only when it is asked.
                if not self._is_ready():
                    return None
                try:
                    return _ask(self._address, request)
                except OSError:
                    self.stop()
        return None

    @property
    def _address(self) -> str:
        return f"{self._folder.name}/template" if self._folder else ""

    def _is_current(self) -> bool:
        running = self._process is not None and self._process.poll() is None
        return running and self._owner == os.getpid() and self._code == _code_on_disk()

    def _is_ready(self) -> bool:
        """Whether there is one, of the code as it is now; it is begun where there is none, and waited for."""
        if not self._is_current():
            self._begin()
        if not self._ready and self._process is not None and self._process.stdout is not None:
            self._ready = bool(self._process.stdout.readline())
            if not self._ready:
                self.stop()
        return self._ready

    def _begin(self) -> None:
        self.stop()
        self._code, self._owner = _code_on_disk(), os.getpid()
        self._folder = tempfile.TemporaryDirectory(prefix="kernels-", ignore_cleanup_errors=True)
        self._process = subprocess.Popen(  # noqa: S603 - this Python and a module of our own
            [sys.executable, "-m", "scoring.kernels.template", self._address],
            env=os.environ | ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0,  # Ctrl-C is its owner's business, also while it loads.
        )

    def stop(self) -> None:
        """Retire it: it ends with its last kernel. A fork of its owner leaves it alone."""
        if self._process is not None and self._owner == os.getpid():
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    pipe.close()
            self._retired = [process for process in (*self._retired, self._process) if process.poll() is None]
        if self._folder is not None and self._owner == os.getpid():
            if os.environ.get(ADDRESS) == self._address:
                del os.environ[ADDRESS]
            self._folder.cleanup()
        self._process = self._folder = None
        self._ready = False

    def end(self) -> None:
        """End it, and those before it, with whatever runs in them; one that is still loading has no kernels to end."""
        if self._process is not None and not self._ready and self._owner == os.getpid():
            self._process.kill()
        self.stop()
        if self._owner == os.getpid():
            for process in self._retired:
                try:
                    process.wait(timeout=PATIENCE_AT_EXIT)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def _ask(address: str, request: Request) -> ForkedKernel:
    """A kernel of the template at an address; OSError when there is none."""
    line = socket.socket(socket.AF_UNIX)
    try:
        line.settimeout(PATIENCE)
        line.connect(address)
        line.sendall(request.line())
        with line.makefile("rb") as told:
            pid = told.readline()
        if not pid:
            raise ConnectionError
    except OSError:
        line.close()
        raise
    return ForkedKernel(int(pid), line)


def _code_on_disk() -> tuple[object, ...]:
    """What tells that a template's imports are out of date: after a change of a rule, a new kernel has the new one."""
    files = (path for path in _PACKAGE.rglob("*") if path.suffix in {".py", ".toml", ".j2"})
    return tuple(sorted((str(path), path.stat().st_mtime_ns) for path in files))


TEMPLATE: Final = Template()
atexit.register(TEMPLATE.end)
