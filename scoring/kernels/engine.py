"""How a batch runs a notebook: papermill's way, saved once instead of twice a cell, asked for results at its end.

What a notebook has worked out need not be worked out again: before the kernel goes it runs a line of ours, silently and
after the last cell, that leaves results in files.
"""

from __future__ import annotations

from typing import Any, Final

from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from papermill.iorw import write_ipynb

#: Name of the engine, for ``papermill.execute_notebook``.
ENGINE: Final = "site-audit"


class Engine(NBClientEngine):  # type: ignore[misc]  # papermill is not typed
    """papermill's engine; ``afterwards`` is code for the kernel, run when no cell has failed."""

    @classmethod
    def execute_notebook(cls, nb: Any, kernel_name: str, output_path: str | None = None, **kwargs: Any) -> Any:
        """Run all cells; the notebook is written when it has come to its end or has failed, not after each cell."""
        try:
            return super().execute_notebook(nb, kernel_name, None, **kwargs)
        except BaseException:
            if output_path:
                write_ipynb(nb, output_path)
            raise

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        *,
        afterwards: str = "",
        start_timeout: int = 60,
        execution_timeout: int | None = None,
        input_path: str = "",  # noqa: ARG003 - papermill gives it to every engine
        **kwargs: Any,
    ) -> Any:
        """Run the cells, then ``afterwards``."""
        client = _Client(
            nb_man, kernel_name=kernel_name, startup_timeout=start_timeout, timeout=execution_timeout, **kwargs
        )
        client.afterwards = afterwards
        return client.execute()


class _Client(PapermillNotebookClient):  # type: ignore[misc]  # papermill is not typed
    afterwards = ""

    def papermill_execute_cells(self) -> None:
        super().papermill_execute_cells()
        failed = any(cell.metadata.papermill.exception for cell in self.nb.cells)
        if self.afterwards and not failed:
            reply = self.wait_for_reply(self.kc.execute(self.afterwards, silent=True))
            if reply["content"]["status"] != "ok":
                raise RuntimeError(f"{reply['content']['ename']}: {reply['content']['evalue']}")


def register() -> None:
    """Let papermill know the engine in this process."""
    papermill_engines.register(ENGINE, Engine)
