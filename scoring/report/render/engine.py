"""A papermill engine that runs a notebook in this process; for isolation the caller starts a process.

Found by papermill as ``site-audit`` (its entry-point kind ``papermill.engine``). The notebook is written at its end,
not after each cell.
"""

from __future__ import annotations

import io
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from typing import Any, Final

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.pylabtools import select_figure_formats
from nbformat import NotebookNode
from nbformat.v4 import new_output
from papermill.engines import Engine
from papermill.iorw import write_ipynb
from papermill.translators import PythonTranslator, papermill_translators
from traitlets import Type
from traitlets.config import Config

#: Name of the engine, for ``papermill.execute_notebook``.
ENGINE: Final = "site-audit"
#: No history in the user's home, no colours in error messages.
_SHELL: Final = Config({"HistoryManager": {"enabled": False}, "InteractiveShell": {"colors": "nocolor"}})
#: IPython is not typed here.
_FORMATS: Any = select_figure_formats


class InProcess(Engine):  # type: ignore[misc]  # papermill is not typed
    """Runs the cells, then ``afterwards``: code that can use the notebook's names and is not saved in it."""

    @classmethod
    def execute_notebook(cls, nb: Any, kernel_name: str, output_path: str | None = None, **kwargs: Any) -> Any:
        """Run all cells; one that fails or is stopped is written to ``half_run``, when ``careful`` after each cell."""
        del output_path  # papermill writes it at the end.
        half_run, careful, is_whole = kwargs.pop("half_run", None), kwargs.pop("careful", False), False
        try:
            nb = super().execute_notebook(nb, kernel_name, half_run if careful else None, **kwargs)
            is_whole = not nb.metadata.papermill.exception
        finally:
            if half_run and not is_whole:
                write_ipynb(nb, half_run)
        return nb

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, afterwards: str = "", **_: Any) -> None:
        """Run the cells up to the first that fails.

        Raises
        ------
        Exception
            The error of ``afterwards``.
        """
        del kernel_name
        with tempfile.TemporaryDirectory(prefix="ipython-") as folder:
            shell: Any = _Shell.instance(config=_SHELL, ipython_dir=folder)
            try:
                shell.enable_matplotlib("inline")
                _FORMATS(shell, {"png"})  # IPython does so only for the first shell of a process.
                if all(_runs(shell, nb_man, number, cell) for number, cell in enumerate(nb_man.nb.cells)):
                    exec(afterwards, shell.user_ns)  # noqa: S102 - our own code
            finally:
                _Shell.clear_instance()


def _runs(shell: Any, nb_man: Any, number: int, cell: NotebookNode) -> bool:
    """Run a cell; returns whether to go on."""
    if cell.cell_type != "code" or not cell.source.strip():
        return True
    nb_man.cell_start(cell, number)
    shell.outputs = cell.outputs = []
    with redirect_stdout(_Stream(shell, "stdout")), redirect_stderr(_Stream(shell, "stderr")):
        result = shell.run_cell(cell.source, store_history=True)
    cell.execution_count = result.execution_count
    if not result.success:
        nb_man.cell_exception(cell, number)
    nb_man.cell_complete(cell, number)
    return bool(result.success)


class _Stream(io.TextIOBase):
    """A cell's stdout or stderr: consecutive writes become one output."""

    def __init__(self, shell: Any, name: str) -> None:
        self._shell, self._name = shell, name

    def write(self, text: str) -> int:
        last = self._shell.outputs[-1] if self._shell.outputs else None
        if last is not None and last.get("name") == self._name:
            last.text += text
        else:
            self._shell.outputs.append(new_output("stream", name=self._name, text=text))
        return len(text)


class _Result(DisplayHook):
    """The value of a cell's last line."""

    shell: Any

    def write_output_prompt(self) -> None:
        """Do nothing: the notebook has the number."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        shown = {"data": format_dict, "metadata": md_dict or {}, "execution_count": self.prompt_count}
        self.shell.outputs.append(new_output("execute_result", **shown))

    def finish_displayhook(self) -> None:
        """Do nothing: nothing was printed."""


class _Display(DisplayPublisher):
    """Collects what a cell displays."""

    shell: Any

    def publish(self, data: Any, metadata: Any = None, source: Any = None, **_: Any) -> None:
        del source  # Not stored in notebooks.
        self.shell.outputs.append(new_output("display_data", data=data, metadata=metadata or {}))


class _Shell(InteractiveShell):
    """IPython as in a notebook, collecting outputs."""

    displayhook_class = Type(_Result)
    display_pub_class = Type(_Display)
    outputs: list[NotebookNode] = []  # noqa: RUF012 - of the one shell, anew for each cell

    def enable_gui(self, gui: Any = None) -> None:
        """Charts are shown inline, which needs no event loop."""

    def _showtraceback(self, etype: type[BaseException], evalue: BaseException, stb: list[str]) -> None:
        error = {"ename": etype.__name__, "evalue": str(evalue), "traceback": stb}
        self.outputs.append(new_output("error", **error))


class _ReadablePython(PythonTranslator):  # type: ignore[misc]  # papermill is not typed
    """papermill would escape Chinese parameters; repr escapes only what is necessary."""

    @classmethod
    def translate_str(cls, val: str) -> str:
        return repr(str(val))


def keep_parameters_readable() -> None:
    """Keep Chinese parameters of notebooks readable, in this process from now on."""
    papermill_translators.register("python", _ReadablePython)
