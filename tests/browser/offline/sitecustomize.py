"""On the path of a Python process: connections to other machines are refused and logged.

The file is named by OFFLINE_LOG. JupyterLab's server and its kernels run with this.
"""

import ipaddress
import os
import sys
from pathlib import Path
from typing import Any


def _is_near(address: Any) -> bool:
    if not isinstance(address, tuple) or address[0] in {"", "localhost"}:  # no tuple: a socket in the file system
        return True
    try:
        return ipaddress.ip_address(address[0].partition("%")[0]).is_loopback
    except ValueError:
        return False


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.sendto"} and not _is_near(arguments[1]):
        with Path(os.environ["OFFLINE_LOG"]).open("a", encoding="utf-8") as log:
            log.write(f"{event} {arguments[1]}\n")
        raise ConnectionRefusedError(f"offline: {arguments[1]}")


sys.addaudithook(_refuse)
