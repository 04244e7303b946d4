"""A process that has imported the libraries, and forks to run Python programs.

The jobs of a smoke run spend more time on importing than on computing. Started through this file,
``python program.py`` and ``python -m module`` are forks of one process that has the libraries
already; the package under test is imported by each program for itself. What a fork runs is what a
fresh process runs: one test compares their numbers.

    python warm_python.py serve FOLDER      until its standard input ends
    FOLDER/python [-m module | program.py] [arguments]
"""

from __future__ import annotations

import array
import atexit
import gc
import importlib
import json
import os
import runpy
import select
import shlex
import signal
import socket
import sys
import threading
import traceback
from pathlib import Path
from typing import Any, NoReturn

LIBRARIES = (
    "arviz",
    "matplotlib.pyplot",
    "pandas",
    "sbi.inference",
    "sbi.utils",
    "scipy.stats",
    "sklearn.neural_network",
    "snakemake.cli",
    "torch",
)
"""What programs import; none of them starts threads, which a fork would lose."""


def serve(folder: Path) -> list[str]:
    """Fork for every program that is asked for; only forks return, with what they shall run."""
    for name in LIBRARIES:
        importlib.import_module(name)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(folder / "socket"))
    listener.listen(64)
    python = folder / "python"
    # Without site and environment, which the fork has: so it starts in a blink.
    ask_for_fork = shlex.join([sys.executable, "-SE", __file__, "ask", str(folder)])
    python.write_text(f'#!/bin/sh\nexec {ask_for_fork} "$@"\n')
    python.chmod(0o755)
    # Else the end of each fork would look at, and so copy, every object of the libraries.
    gc.freeze()
    print("ready", flush=True)
    while True:
        awaited: list[Any] = [listener, sys.stdin]
        ready, _, _ = select.select(awaited, [], [], 1.0)
        if sys.stdin in ready:
            sys.exit()
        if listener in ready:
            connection, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                return _attend(connection, python)
            connection.close()
        _bury()


def _bury() -> None:
    """Let the dead go whom nobody waits for."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _attend(connection: socket.socket, python: Path) -> list[str]:
    """Fork once more; stay to tell the program's end, and to end it where the asker is gone."""
    message, streams, _, _ = socket.recv_fds(connection, 1 << 20, 3)
    while not message.endswith(b"\n"):
        message += connection.recv(1 << 20)
    wanted = json.loads(message)
    program = os.fork()
    if program == 0:
        connection.close()
        os.setsid()
        _become(wanted, streams)
        # What the program starts with its own Python is a fork again.
        sys.executable = str(python)
        return list(wanted["command"])
    watched = os.pidfd_open(program)
    awaited: list[Any] = [watched, connection]
    ready, _, _ = select.select(awaited, [], [])
    if watched not in ready:
        os.killpg(program, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(program, 0)[1])
    try:
        connection.sendall(str(status).encode())
    finally:
        os._exit(0)


def _become(wanted: dict[str, Any], streams: list[int]) -> None:
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(wanted["folder"])
    os.environ.clear()
    os.environ.update(wanted["environment"])
    added = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    sys.path[:0] = added


def run(command: list[str]) -> NoReturn:
    """Run a program as Python does, and end without taking the libraries down one by one."""
    status = 1
    try:
        _main(command)
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
    finally:
        for thread in threading.enumerate():
            if thread is not threading.current_thread() and not thread.daemon:
                thread.join()
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _main(command: list[str]) -> None:
    if command[0] == "-m":
        sys.argv = command[1:]
        sys.path.insert(0, str(Path.cwd()))
        runpy.run_module(command[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = command
        sys.path.insert(0, str(Path(command[0]).resolve().parent))
        runpy.run_path(command[0], run_name="__main__")


def ask(folder: Path, command: list[str]) -> int:
    """Have the server run a program on this process's streams; return its exit status."""
    wanted = {"command": command, "folder": str(Path.cwd()), "environment": dict(os.environ)}
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(folder / "socket"))
        streams = array.array("i", [0, 1, 2])
        ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, streams)]
        connection.sendmsg([b" "], ancillary)
        connection.sendall(json.dumps(wanted).encode() + b"\n")
        told = connection.recv(16)
    status = int(told or 1)
    return 128 - status if status < 0 else status


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        run(serve(Path(sys.argv[2])))
    else:
        sys.exit(ask(Path(sys.argv[2]), sys.argv[3:]))
