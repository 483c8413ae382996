"""The engine of a batch: papermill's results, written once, and what the kernel leaves at its end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

from scoring.kernels import engine
from scoring.kernels.client import PROMPT_CLIENT
from scoring.kernels.provisioner import KERNEL


def execute(folder: Path, *cells: str, **options: Any) -> nbformat.NotebookNode:
    engine.register()
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbformat.write(notebook, folder / "in.ipynb")
    manager = {"transport": "ipc", "ip": str(folder / "k"), "client_factory": PROMPT_CLIENT}
    return papermill.execute_notebook(
        str(folder / "in.ipynb"),
        str(folder / "out.ipynb"),
        engine_name=engine.ENGINE,
        kernel_name=KERNEL,
        progress_bar=False,
        config=Config({"KernelManager": manager}),
        shutdown_kernel="immediate",
        **options,
    )


def test_cells_run_in_order_and_outputs_are_kept(tmp_path: Path) -> None:
    notebook = execute(tmp_path, "x = 1", "print(x)", "x + 1")
    assert notebook.cells[1].outputs[0].text == "1\n"
    assert notebook.cells[2].outputs[0].data["text/plain"] == "2"
    assert nbformat.read(tmp_path / "out.ipynb", 4).cells[2].outputs == notebook.cells[2].outputs


def test_afterwards_sees_the_notebooks_names_and_leaves_no_trace_in_it(tmp_path: Path) -> None:
    left = tmp_path / "left"
    notebook = execute(tmp_path, "x = 1", afterwards=f"open({str(left)!r}, 'w').write(str(x)); print('unheard')")
    assert left.read_text() == "1"
    assert not any(cell.outputs for cell in notebook.cells)


def test_a_cell_that_fails_leaves_the_half_run_notebook_and_nothing_afterwards(tmp_path: Path) -> None:
    left = tmp_path / "left"
    with pytest.raises(PapermillExecutionError, match="ZeroDivisionError"):
        execute(tmp_path, "print(1)", "1 / 0", "print(2)", afterwards=f"open({str(left)!r}, 'w').write('')")
    assert not left.exists()
    half_run = nbformat.read(tmp_path / "out.ipynb", 4)
    assert any(output.get("text") == "1\n" for cell in half_run.cells for output in cell.get("outputs", ()))


def test_a_kernel_that_dies_leaves_the_half_run_notebook(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        execute(tmp_path, "print(1)", "import os; os.kill(os.getpid(), 9)")
    assert nbformat.read(tmp_path / "out.ipynb", 4).cells[0].outputs[0].text == "1\n"


def test_what_fails_afterwards_fails_the_run(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="NameError"):
        execute(tmp_path, "x = 1", afterwards="y")
    assert (tmp_path / "out.ipynb").exists()
