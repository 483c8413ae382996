"""papermill writes Chinese parameters as escapes; here they show as they are read."""

from __future__ import annotations

from papermill.translators import PythonTranslator, papermill_translators


class ReadablePython(PythonTranslator):  # type: ignore[misc]  # papermill is not typed
    """Parameters as Python literals, Chinese left readable."""

    @classmethod
    def translate_str(cls, val: str) -> str:
        """A text as a literal: repr escapes what must be escaped and nothing else."""
        return repr(str(val))


def register() -> None:
    """Use it for Python notebooks in this process."""
    papermill_translators.register("python", ReadablePython)
