"""Has the server run a Python program in a fork, on this process's streams.

    python -SE client.py FOLDER PYTHON [-m module | program.py] [arguments]

It imports nothing but what it needs, as it is started for every job. Where no server answers, it
becomes the fresh PYTHON that the caller wanted.
"""

from __future__ import annotations

import array
import json
import os
import socket
import sys


def ask(folder: str, command: list[str]) -> int | None:
    """Have a program run; return its exit status, or None where no server answers."""
    wanted = {
        "command": command,
        "folder": os.getcwd(),  # noqa: PTH109 - pathlib takes a while to import
        "environment": dict(os.environ),
        "asker": os.getpid(),
    }
    streams = array.array("i", [0, 1, 2])
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(f"{folder}/socket")
            connection.sendmsg([b" "], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, streams)])
            connection.sendall(json.dumps(wanted).encode() + b"\n")
            started = connection.recv(1)
        except OSError:
            return None
        if not started:
            return None  # The server died before anything was done.
        told = connection.recv(16)
    status = int(told or 1)
    return 128 - status if status < 0 else status


if __name__ == "__main__":
    place, python, *program = sys.argv[1:]
    ended = ask(place, program)
    if ended is None:
        os.execv(python, [python, *program])
    sys.exit(ended)
