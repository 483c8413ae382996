"""A client that knows its kernel is ready when it says so: nothing is waited for by the clock."""

from __future__ import annotations

import time
from queue import Empty
from typing import Any, Final

from jupyter_client.asynchronous.client import AsyncKernelClient
from nbclient.exceptions import DeadKernelError

#: Its full name, for configuration.
PROMPT_CLIENT: Final = "scoring.kernels.client.PromptClient"
#: Seconds until a kernel that has not answered is asked again: it may not have listened yet.
AGAIN: Final = 1.0
#: Seconds for what was published before to come through as well.
PUBLISHED: Final = 0.2


class PromptClient(AsyncKernelClient):
    """The ordinary client; only :meth:`wait_for_ready` waits for messages in place of fixed times."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - as the base has it
        """Ask the kernel for its information until it answers and is heard on both channels.

        Raises
        ------
        DeadKernelError
            When it died.
        RuntimeError
            When it does not answer in ``timeout`` seconds.
        """
        until = time.monotonic() + (float("inf") if timeout is None else timeout)
        while True:
            asked = self.kernel_info()
            if await self._answers(asked) and await self._is_heard_idle(asked):
                return
            if not await self.is_alive():
                raise DeadKernelError("Kernel died before replying to kernel_info")
            if time.monotonic() > until:
                raise RuntimeError(f"Kernel didn't respond in {timeout} seconds")

    async def _answers(self, asked: str) -> bool:
        try:
            while True:
                reply = await self.get_shell_msg(timeout=AGAIN)
                if _is_of(reply, asked):
                    self._handle_kernel_info_reply(reply)
                    return True
        except Empty:
            return False

    async def _is_heard_idle(self, asked: str) -> bool:
        """Whether the end of its answer was published and heard: nothing older can come after that."""
        try:
            while True:
                heard = await self.get_iopub_msg(timeout=PUBLISHED)
                if _is_of(heard, asked) and heard["content"].get("execution_state") == "idle":
                    return True
        except Empty:
            return False


def _is_of(message: dict[str, Any], asked: str) -> bool:
    return bool(message["parent_header"].get("msg_id") == asked)
