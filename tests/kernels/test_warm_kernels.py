"""Kernels forked from a warm process: ordinary to whoever uses them, and nothing of one is in another."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import papermill
import psutil
import pytest
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

from scoring.batch.making import KERNEL_ARGUMENTS
from scoring.kernels import provisioner
from scoring.kernels.template import ENVIRONMENT, Request, become_kernel

KERNEL = "site-audit"
FORKS = pytest.mark.skipif(not provisioner.CAN_FORK, reason="no forking here: the ordinary kernel is used")


@contextmanager
def kernel(folder: Path, **launch: str) -> Iterator[tuple[KernelManager, BlockingKernelClient]]:
    """A running kernel of the project's kernelspec."""
    folder.mkdir(exist_ok=True)
    manager = KernelManager(kernel_name=KERNEL, transport="ipc", ip=str(folder / "k"))
    manager.start_kernel(extra_arguments=["--IPKernelApp.log_level=50"], **launch)
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        yield manager, client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def run(client: BlockingKernelClient, code: str) -> str:
    """What the code prints; an error in it fails the test."""
    printed: list[str] = []

    def hear(message: dict) -> None:
        content = message["content"]
        if message["msg_type"] == "stream":
            printed.append(content["text"])
        assert message["msg_type"] != "error", content

    client.execute_interactive(code, output_hook=hear, timeout=60)
    return "".join(printed).strip()


@pytest.fixture(params=[pytest.param(True, marks=FORKS, id="forked"), pytest.param(False, id="ordinary")])
def either(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A forked kernel, and the ordinary one that stands in for it where forking is not to be had."""
    monkeypatch.setattr(provisioner, "CAN_FORK", request.param)


def test_the_kernelspec_names_the_provisioner() -> None:
    spec = KernelSpecManager().get_kernel_spec(KERNEL)
    assert spec.metadata["kernel_provisioner"]["provisioner_name"] == "site-audit-warm"


TRIES = {
    "a global name": ("leaked = 1", "print('leaked' in globals())", "False"),
    "a patched built-in": (
        "import builtins; builtins.leaked = 1",
        "import builtins; print(hasattr(builtins, 'leaked'))",
        "False",
    ),
    "rcParams": (
        "import matplotlib; matplotlib.rcParams['font.size'] = 99",
        "import matplotlib; print(matplotlib.rcParams['font.size'])",
        "10.0",
    ),
    "open figures": (
        "import matplotlib.pyplot as plt; plt.figure(); print(plt.get_fignums())",
        "import matplotlib.pyplot as plt; print(plt.get_fignums())",
        "[]",
    ),
    "a patched function": (
        "import scoring.points as p; p.shown = lambda points: 'leaked'",
        "import scoring.points as p; from fractions import Fraction; print(p.shown(Fraction(1, 2)))",
        "0.5",
    ),
    "the environment": ("import os; os.environ['LEAKED'] = '1'", "import os; print('LEAKED' in os.environ)", "False"),
    "the search path": ("import sys; sys.path.append('leaked')", "import sys; print('leaked' in sys.path)", "False"),
    "a loaded module": ("import this", "import sys; print('this' in sys.modules)", "False"),
}  # fmt: skip


def test_nothing_of_one_kernel_is_in_another(either: None, tmp_path: Path) -> None:
    with kernel(tmp_path) as (_, first), kernel(tmp_path / "other") as (_, meanwhile):
        for leak, _, _ in TRIES.values():
            run(first, leak)
        with kernel(tmp_path / "later") as (_, later):
            for name, (_, look, clean) in TRIES.items():
                assert run(later, look) == clean, name
                assert run(meanwhile, look) == clean, name


def test_each_kernel_has_its_own_folder_and_environment(either: None, tmp_path: Path) -> None:
    (tmp_path / "夹 一").mkdir()
    look = "import os; print(os.getcwd(), os.environ.get('WHOSE'))"
    with kernel(tmp_path, cwd=str(tmp_path / "夹 一"), env=os.environ | {"WHOSE": "甲"}) as (_, client):
        assert run(client, look) == f"{tmp_path / '夹 一'} 甲"
        run(client, "os.chdir('/')")
        with kernel(tmp_path / "b", cwd=str(tmp_path)) as (_, other):
            assert run(other, look) == f"{tmp_path} None"


def test_each_kernel_has_its_own_seeds(either: None, tmp_path: Path) -> None:
    look = "import random, numpy; print(random.random(), numpy.random.random())"
    drawn = []
    for name in "ab":
        with kernel(tmp_path / name) as (_, client):
            drawn += run(client, look).split()
    assert len(set(drawn)) == 4


def test_a_kernel_can_be_interrupted_and_restarted(either: None, tmp_path: Path) -> None:
    with kernel(tmp_path) as (manager, client):
        run(client, "kept = 1")
        waiting = client.execute("import time; time.sleep(60)")
        while client.get_iopub_msg(timeout=30)["content"].get("execution_state") != "busy":
            continue
        time.sleep(0.3)
        manager.interrupt_kernel()
        reply = client.get_shell_msg(timeout=30)
        assert (reply["parent_header"]["msg_id"], reply["content"]["ename"]) == (waiting, "KeyboardInterrupt")
        manager.restart_kernel(now=True)
        client.wait_for_ready(timeout=60)
        assert run(client, "print('kept' in globals())") == "False"


def test_a_killed_kernel_is_seen_to_be_dead(either: None, tmp_path: Path) -> None:
    with kernel(tmp_path) as (manager, client):
        pid = int(run(client, "import os; print(os.getpid())"))
        os.kill(pid, signal.SIGKILL)
        assert _soon(lambda: not manager.is_alive())


@FORKS
def test_kernels_are_forks_of_one_process_that_has_imported_everything(tmp_path: Path) -> None:
    look = "import os, sys; print(os.getppid(), 'scoring.report.department' in sys.modules)"
    with kernel(tmp_path / "a") as (_, first), kernel(tmp_path / "b") as (_, second):
        assert run(first, look) == run(second, look)
        assert run(first, look).endswith("True")
        assert int(run(first, look).split()[0]) != os.getpid()


@FORKS
def test_when_the_template_is_killed_its_kernels_are_dead_and_the_next_one_starts(tmp_path: Path) -> None:
    with kernel(tmp_path / "a") as (manager, client):
        template = int(run(client, "import os; print(os.getppid())"))
        os.kill(template, signal.SIGKILL)
        assert _soon(lambda: not manager.is_alive())
    with kernel(tmp_path / "b") as (_, client):
        assert int(run(client, "import os; print(os.getppid())")) != template


@FORKS
def test_new_code_makes_a_new_template_and_leaves_running_kernels_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = "import os; print(os.getppid())"
    with kernel(tmp_path / "a") as (manager, first):
        template = run(first, look)
        monkeypatch.setattr(provisioner, "_code_on_disk", lambda: ("changed",))
        with kernel(tmp_path / "b") as (_, second):
            assert run(second, look) != template
            assert run(first, look) == template
            assert manager.is_alive()
    assert _soon(lambda: _has_ended(int(template))), "it ends with its last kernel"


@FORKS
def test_kernels_end_when_their_owner_is_killed(tmp_path: Path) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", _OWNER, str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    with owner:
        pids = [int(pid) for pid in owner.stdout.readline().split()]
        owner.kill()
    assert len(pids) == 2
    assert _soon(lambda: all(_has_ended(pid) for pid in pids))


@FORKS
@pytest.mark.parametrize("seconds", [0.0, 1.0, 2.0])
def test_a_template_that_loads_while_its_owner_and_folder_go_ends_quietly(seconds: float, tmp_path: Path) -> None:
    folder = tmp_path / "kernels"
    folder.mkdir()
    loading = subprocess.Popen(
        [sys.executable, "-m", "scoring.kernels.template", str(folder / "template")],
        env=os.environ | ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    time.sleep(seconds)
    shutil.rmtree(folder)
    assert loading.communicate()[1] == b""
    assert loading.returncode == 0


@FORKS
def test_a_kernel_whose_owner_and_folder_go_while_it_starts_ends_quietly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(folder: str) -> None:
        raise OSError(folder)

    monkeypatch.setattr(os, "setsid", lambda: None)
    monkeypatch.setattr(os, "chdir", fails)
    become_kernel(Request(["python", "-m", "ipykernel_launcher"], {}, str(tmp_path / "gone")))
    with pytest.raises(OSError, match=tmp_path.name):
        become_kernel(Request(["python", "-m", "ipykernel_launcher"], {}, str(tmp_path)))


def test_a_kernel_of_a_batch_that_is_interrupted_at_its_end_says_nothing(tmp_path: Path) -> None:
    """As jupyter_client interrupts every kernel before it ends it, also one that is just done with a message."""
    arguments = [sys.executable, "-c", _INTERRUPTER, str(tmp_path), *KERNEL_ARGUMENTS]
    ended = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert (ended.stdout, ended.stderr) == ("interrupted\n", "")


#: The kernel is in its own code, not in a notebook's, when it is interrupted.
_INTERRUPTER = """
import sys, time
from jupyter_client.manager import KernelManager
manager = KernelManager(kernel_name="site-audit", transport="ipc", ip=sys.argv[1] + "/k")
manager.start_kernel(extra_arguments=sys.argv[2:])
client = manager.blocking_client()
client.start_channels()
client.wait_for_ready(timeout=60)
client.execute_interactive("get_ipython().kernel.do_inspect = lambda *_: __import__('time').sleep(600)", timeout=60)
client.inspect("x")
while client.get_iopub_msg(timeout=60)["content"].get("execution_state") != "busy":
    pass
time.sleep(0.2)
manager.interrupt_kernel()
while client.get_iopub_msg(timeout=60)["content"].get("execution_state") != "idle":
    pass
print("interrupted")
manager.shutdown_kernel(now=True)
"""

_OWNER = """
import sys, time
from jupyter_client.manager import KernelManager
manager = KernelManager(kernel_name="site-audit", transport="ipc", ip=sys.argv[1] + "/k")
manager.start_kernel()
client = manager.blocking_client()
client.start_channels()
client.wait_for_ready(timeout=60)
client.execute_interactive("import os; print(os.getpid(), os.getppid(), flush=True)", output_hook=lambda message: (
    print(message["content"]["text"], flush=True) if message["msg_type"] == "stream" else None))
time.sleep(60)
"""


def test_papermill_uses_it_unchanged(either: None, tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("print(6 * 7)")])
    nbformat.write(notebook, tmp_path / "in.ipynb")
    done = papermill.execute_notebook(
        tmp_path / "in.ipynb", tmp_path / "out.ipynb", kernel_name=KERNEL, progress_bar=False
    )
    assert done.cells[0].outputs[0].text == "42\n"


def _has_ended(pid: int) -> bool:
    """Whether it runs no more; nobody need have asked for its status."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _soon(true: object, within: float = 20) -> bool:
    """Whether it becomes true within so many seconds."""
    until = time.monotonic() + within
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return True
