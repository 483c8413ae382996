"""JupyterLab as an analyst meets it: a real server on the loopback address, and what is done in its window."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

from playwright.sync_api import Locator, Page, expect

ROOT = Path(__file__).resolve().parents[2]
OFFLINE = Path(__file__).resolve().parent / "offline"
#: How long a server may take to start and to stop (seconds) and a notebook to run (milliseconds), on a slow machine.
START, STOP, RUN = 60, 20, 240_000


@dataclass(frozen=True)
class Lab:
    """A running server in a project with copies of ``notebooks`` and ``data/raw``.

    ``connections`` is a file with the connections of server and kernels that would have left the machine.
    """

    address: str
    token: str
    project: Path
    connections: Path

    def outside(self) -> str:
        """The connections of the server and the kernels that were refused; empty when there was none."""
        return self.connections.read_text(encoding="utf-8")


@contextmanager
def running_lab(folder: Path) -> Iterator[Lab]:
    """Run ``jupyter lab`` in a copy of the project, as ``make lab`` does, apart from the user's own settings."""
    project, connections = folder / "project", folder / "outside.txt"
    for part in ("notebooks", "data/raw"):
        shutil.copytree(ROOT / part, project / part, ignore=shutil.ignore_patterns(".ipynb_checkpoints", "~$*"))
    connections.touch()
    lab = Lab(f"http://127.0.0.1:{_free_port()}", secrets.token_hex(), project, connections)
    with (folder / "server.log").open("w", encoding="utf-8") as log:
        server = subprocess.Popen(
            _command(lab), cwd=project, env=_environment(lab, folder), stdout=log, stderr=subprocess.STDOUT
        )
        try:
            _wait_for(lab, server, folder / "server.log")
            yield lab
        finally:
            _stop(server)


def _stop(server: subprocess.Popen[bytes]) -> None:
    """End the server and its kernels; it can hang when a kernel was about to start."""
    server.terminate()
    try:
        server.wait(timeout=STOP)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _command(lab: Lab) -> list[str]:
    port = lab.address.rpartition(":")[2]
    command = [sys.executable, "-m", "jupyter", "lab", "notebooks/department.ipynb", "--no-browser", "--ip=127.0.0.1"]
    root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return [*command, *root, f"--port={port}", "--ServerApp.port_retries=0"]


def _environment(lab: Lab, folder: Path) -> dict[str, str]:
    """The project's settings without the user's, and no network."""
    own = {name: str(folder / name.lower()) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")}
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "IPYTHON"))},
        **own,
        "JUPYTER_CONFIG_PATH": str(ROOT / ".jupyter"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "JUPYTER_TOKEN": lab.token,
        "OFFLINE_LOG": str(lab.connections),
        "PYTHONPATH": str(OFFLINE),
    }


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait_for(lab: Lab, server: subprocess.Popen[bytes], log: Path) -> None:
    request = Request(f"{lab.address}/api/status", headers={"Authorization": f"token {lab.token}"})  # noqa: S310
    until = time.monotonic() + START
    while server.poll() is None and time.monotonic() < until:
        try:
            with urlopen(request):  # noqa: S310 - our own server
                return
        except URLError:
            time.sleep(0.2)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text(encoding='utf-8')}")


@dataclass(frozen=True)
class Notebook:
    """A notebook open in JupyterLab's window."""

    page: Page

    @property
    def panel(self) -> Locator:
        """The notebook's part of the window."""
        return self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")

    @property
    def cells(self) -> Locator:
        """Its code cells."""
        return self.panel.locator(".jp-CodeCell")

    @property
    def errors(self) -> list[str]:
        """Tracebacks and output on stderr."""
        return self._complaints.all_inner_texts()

    @property
    def _complaints(self) -> Locator:
        errors = '[data-mime-type="application/vnd.jupyter.error"], [data-mime-type="application/vnd.jupyter.stderr"]'
        return self.panel.locator(errors)

    def output(self, number: int) -> Locator:
        """The output of a code cell; the first is 0."""
        return self.cells.nth(number).locator(".jp-OutputArea-output")

    def choose_run_all(self) -> None:
        """Choose 运行 > 运行所有单元格."""
        self.page.get_by_role("menuitem", name="运行", exact=True).click()
        self.page.get_by_role("menuitem", name="运行所有单元格", exact=True).click()

    def run_all(self) -> None:
        """Choose to run all, and wait until the kernel has done them all or something went wrong."""
        self.choose_run_all()
        self.wait()

    def wait(self) -> None:
        """Wait until every code cell has run and has its number; no longer once there is a traceback to be shown."""
        numbered = self.cells.last.locator(".jp-InputPrompt").filter(has_text=re.compile(r"\[\d+\]:"))
        expect(numbered.or_(self._complaints).first).to_be_attached(timeout=RUN)
        self.wait_for_kernel()

    def wait_for_kernel(self, status: str = "空闲") -> None:
        """Wait until the kernel has nothing to do, or has another status."""
        expect(self.kernel).to_have_text(re.compile(rf"\| {status}$"), timeout=RUN)

    @property
    def kernel(self) -> Locator:
        """The kernel's name and what it does, at the foot of the window."""
        return self.page.get_by_title(re.compile("^更改 .* 的内核$"))


def open_notebook(page: Page, lab: Lab, name: str, *, status: str = "空闲") -> Notebook:
    """Open a notebook in a fresh workspace and wait until its kernel is ready, or until another status is shown."""
    page.goto(f"{lab.address}/lab/tree/{quote(name)}?token={lab.token}&reset")
    notebook = Notebook(page)
    notebook.wait_for_kernel(status)
    return notebook
