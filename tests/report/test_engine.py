"""The engine of a batch: a notebook run in this process gives what an ordinary kernel would give."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from papermill.exceptions import PapermillExecutionError

from scoring.report.render.engine import ENGINE

KERNEL = {"name": "python3", "language": "python", "display_name": "Python 3"}


def execute(folder: Path, *cells: str, **options: Any) -> nbformat.NotebookNode:
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells], metadata={"kernelspec": KERNEL})
    nbformat.write(notebook, folder / "in.ipynb")
    return papermill.execute_notebook(
        str(folder / "in.ipynb"),
        None,
        engine_name=ENGINE,
        progress_bar=False,
        cwd=str(folder),
        half_run=str(folder / "half.ipynb"),
        **options,
    )


def half_run(folder: Path) -> list[list[dict[str, Any]]]:
    return [cell.get("outputs", []) for cell in nbformat.read(folder / "half.ipynb", 4).cells]


def test_outputs_are_kept_in_their_order(tmp_path: Path) -> None:
    shown = "from IPython.display import HTML, display\nprint('a')\nprint('b')\ndisplay(HTML('<i>c</i>'))\nprint('d')"
    notebook = execute(tmp_path, "x = 1", f"{shown}\nx + 1", "_")
    first, *others = notebook.cells[1].outputs
    assert (first.name, first.text) == ("stdout", "a\nb\n")
    assert [output.output_type for output in others] == ["display_data", "stream", "execute_result"]
    assert others[0].data["text/html"] == "<i>c</i>"
    assert others[2].data == {"text/plain": "2"}
    assert notebook.cells[2].outputs[0].data == {"text/plain": "2"}
    assert [cell.execution_count for cell in notebook.cells] == [1, 2, 3]
    assert not (tmp_path / "half.ipynb").exists()


def test_a_chart_is_shown(tmp_path: Path) -> None:
    notebook = execute(tmp_path, "import matplotlib.pyplot as plt\nplt.plot([1, 2]);")
    assert "image/png" in notebook.cells[0].outputs[0].data


def test_it_runs_in_the_given_folder_and_leaves_nothing_there(tmp_path: Path) -> None:
    notebook = execute(tmp_path, "from pathlib import Path\nprint(Path.cwd())")
    assert notebook.cells[0].outputs[0].text == f"{tmp_path}\n"
    assert [path.name for path in tmp_path.iterdir()] == ["in.ipynb"]


def test_a_second_notebook_knows_nothing_of_the_first(tmp_path: Path) -> None:
    execute(tmp_path, "x = 1")
    notebook = execute(tmp_path, "print('x' in globals())")
    assert notebook.cells[0].outputs[0].text == "False\n"


def test_afterwards_sees_the_notebooks_names_and_leaves_no_trace_in_it(tmp_path: Path) -> None:
    notebook = execute(tmp_path, "x = 1", afterwards="from pathlib import Path; Path('left').write_text(str(x))")
    assert (tmp_path / "left").read_text() == "1"
    assert not any(cell.outputs for cell in notebook.cells)


@pytest.mark.parametrize(
    ("failing", "named"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("x y", "SyntaxError"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("raise SystemExit(3)", "SystemExit"),
    ],
)
@pytest.mark.filterwarnings("ignore:To exit")
def test_a_cell_that_fails_is_the_last(failing: str, named: str, tmp_path: Path) -> None:
    with pytest.raises(PapermillExecutionError, match=named):
        execute(tmp_path, "print(1)", failing, "print(2)", afterwards="from pathlib import Path; Path('left').touch()")
    assert not (tmp_path / "left").exists()
    first, failed, last = half_run(tmp_path)
    assert (first[0]["text"], failed[-1]["ename"], last) == ("1\n", named, [])


def test_what_fails_afterwards_fails_the_run(tmp_path: Path) -> None:
    with pytest.raises(NameError):
        execute(tmp_path, "x = 1", afterwards="y")
    assert (tmp_path / "half.ipynb").exists()


def test_a_careful_run_is_written_cell_by_cell(tmp_path: Path) -> None:
    """So that something is there when a cell ends the process."""
    execute(tmp_path, "print(1)", "import shutil\nshutil.copy('half.ipynb', 'seen')", careful=True)
    seen = nbformat.read(tmp_path / "seen", 4)
    assert seen.cells[0].outputs[0].text == "1\n"
