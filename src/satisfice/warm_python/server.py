"""Imports libraries once, and forks for every Python program that is asked for.

    python server.py FOLDER      until its standard input ends
    FOLDER/python [-m module | program.py] [arguments]

Nothing of this file's own package is imported here: each program imports it for itself.
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import importlib
import json
import os
import runpy
import select
import shlex
import shutil
import signal
import socket
import sys
import threading
import traceback
import warnings
from pathlib import Path
from typing import Any, NoReturn

NEEDED_BY_ALL = ("torch", "pandas", "scipy.special", "snakemake.script")
"""What every job imports; before it is there no program starts."""

NEEDED_BY_SOME = (
    "scipy.stats",
    "sbi.neural_nets",
    "arviz",
    "matplotlib.pyplot",
    "sklearn.neural_network",
    "sbi.inference",
    "sbi.utils",
    "snakemake.cli",
)
"""What some jobs import, loaded while no program is asked for. No library here starts threads,
which a fork would lose."""

STARTED = b"!"
"""What the asker is told first: from here on the program may have done something."""

END_WITH_PARENT = 1
"""The option PR_SET_PDEATHSIG of prctl, from linux/prctl.h."""


def serve(folder: Path) -> list[str]:
    """Fork for every program that is asked for; only forks return, with what they shall run."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Whoever started it is told, and then ends it.
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(folder / "socket"))
    listener.listen(64)
    _write_python(folder)
    print("ready", flush=True)
    # This folder's modules are not for programs to import.
    sys.path[:] = [path for path in sys.path if path != str(Path(__file__).parent)]
    for name in NEEDED_BY_ALL:
        _load(name)
    left = list(NEEDED_BY_SOME)
    while True:
        # Else the end of each fork would look at, and so copy, every object of the libraries.
        gc.freeze()
        awaited: list[Any] = [listener, sys.stdin]
        ready, _, _ = select.select(awaited, [], [], 0.0 if left else 1.0)
        if sys.stdin in ready:
            shutil.rmtree(folder, ignore_errors=True)
            os._exit(0)
        if listener in ready:
            connection, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                return _attend(connection, folder)
            connection.close()
        elif left:
            _load(left.pop(0))
        _bury()


def _load(library: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Whoever runs the workflow can do nothing about them.
        importlib.import_module(library)


def _write_python(folder: Path) -> None:
    """Write the program that looks like Python and asks for forks."""
    client = Path(__file__).with_name("client.py")
    # Without site and environment, which the fork has: so it starts in a blink. And by what really
    # runs here, as the Python of a fork is one that asks for forks.
    program = str(Path("/proc/self/exe").readlink())
    ask = shlex.join([program, "-SE", str(client), str(folder), sys.executable])
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nexec {ask} "$@"\n', encoding="utf-8")
    python.chmod(0o700)


def _bury() -> None:
    """Let the dead go whom nobody waits for."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _attend(connection: socket.socket, folder: Path) -> list[str]:
    """Fork once more; stay to tell the program's end, and to end it where the asker is gone."""
    try:
        wanted, streams = _question(connection)
        connection.sendall(STARTED)
    except OSError:
        os._exit(1)  # Whoever asked is gone.
    attendant, program = os.getpid(), os.fork()
    if program == 0:
        connection.close()
        _end_with(attendant)
        _become(wanted, streams)
        # What the program starts with its own Python is a fork again.
        sys.executable = str(folder / "python")
        return list(wanted["command"])
    runs_as = folder / str(wanted["asker"])
    runs_as.write_text(str(program), encoding="utf-8")
    watched = os.pidfd_open(program)
    awaited: list[Any] = [watched, connection]
    ready, _, _ = select.select(awaited, [], [])
    if watched not in ready:
        os.kill(program, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(program, 0)[1])
    try:
        runs_as.unlink(missing_ok=True)
        connection.sendall(str(status).encode())
    finally:
        os._exit(0)


def _question(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """What shall run, and on which streams."""
    message, streams, _, _ = socket.recv_fds(connection, 1 << 20, 3)
    while not message.endswith(b"\n"):
        more = connection.recv(1 << 20)
        if not more:
            raise ConnectionResetError
        message += more
    return json.loads(message), streams


def _end_with(parent: int) -> None:
    """Have this process killed when its parent dies, even of a signal that nobody can handle."""
    ctypes.CDLL(None).prctl(END_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _become(wanted: dict[str, Any], streams: list[int]) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
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
        # As Python ends: executors' threads are told to go, and threads are waited for.
        threading._shutdown()  # type: ignore[attr-defined]
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


if __name__ == "__main__":
    run(serve(Path(sys.argv[1])))
