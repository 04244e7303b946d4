"""Programs run in forks as they do in processes of their own."""

from __future__ import annotations

import itertools
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from snakemake import benchmark

from satisfice import warm_python

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there are no forks here")

STARTER = """
import sys
from satisfice.warm_python import start
print(start(), flush=True)
sys.stdin.read()
"""

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def python() -> str:
    folder = warm_python.start()
    assert folder
    return str(folder / "python")


@pytest.fixture
def run(python: str, tmp_path: Path) -> Run:
    """Runs a program in a fork."""

    def run_program(text: str, *arguments: str, **options: object) -> object:
        program = tmp_path / "program.py"
        program.write_text(text, encoding="utf-8")
        return subprocess.run(
            [python, str(program), *arguments], capture_output=True, text=True, check=False,
            **options,
        )  # type: ignore[call-overload]  # fmt: skip

    return run_program  # type: ignore[return-value]


@pytest.fixture
def waiting(python: str, tmp_path: Path) -> tuple[subprocess.Popen[bytes], psutil.Process]:
    """Who asks for a program that waits for long, and the fork that it runs in."""
    program, told = tmp_path / "program.py", tmp_path / "told"
    program.write_text(
        f"import os, time\nfrom pathlib import Path\nx = bytearray(300_000_000)\n"
        f"Path('{told}').write_text(f'{{os.getpid()}}\\n')\ntime.sleep(600)\n",
        encoding="utf-8",
    )
    asking = subprocess.Popen([python, str(program)])
    wait_until(lambda: told.exists() and told.read_text().endswith("\n"))
    return asking, psutil.Process(int(told.read_text()))


def wait_until(came: Callable[[], bool]) -> None:
    """Wait for something that may take a while on a busy machine."""
    for _ in range(2400):
        if came():
            return
        time.sleep(0.05)
    raise AssertionError("It did not come.")


def test_a_program_has_its_streams_arguments_folder_and_environment(
    run: Run, tmp_path: Path
) -> None:
    text = (
        "import os, sys\nprint(sys.argv[1:], os.getcwd(), os.environ['WORD'], sys.stdin.read())\n"
        "print('aside', file=sys.stderr)"
    )
    done = run(text, "one", "two", cwd=tmp_path, env=os.environ | {"WORD": "so"}, input="given")
    assert (done.returncode, done.stderr) == (0, "aside\n")
    assert done.stdout == f"['one', 'two'] {tmp_path} so given\n"


def test_libraries_are_there_and_the_package_is_not(run: Run) -> None:
    text = "import sys\nprint('torch' in sys.modules, 'satisfice' in sys.modules)"
    assert run(text).stdout == "True False\n"


def test_a_module_runs_as_one(python: str, tmp_path: Path) -> None:
    (tmp_path / "greeting.py").write_text("import sys\nprint(__name__, sys.argv[1:])")
    done = subprocess.run(
        [python, "-m", "greeting", "you"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == "__main__ ['you']\n"


@pytest.mark.parametrize(
    ("text", "status", "told"),
    [
        ("raise SystemExit(3)", 3, ""),
        ("raise SystemExit('no data')", 1, "no data\n"),
        ("raise SystemExit", 0, ""),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", 137, ""),
    ],
)
def test_a_program_ends_with_its_own_status(run: Run, text: str, status: int, told: str) -> None:
    done = run(text)
    assert (done.returncode, done.stderr) == (status, told)


def test_an_executor_that_nobody_shut_down_keeps_no_program_from_ending(run: Run) -> None:
    text = (
        "from concurrent.futures import ThreadPoolExecutor\nimport threading, time\n"
        "pool = ThreadPoolExecutor()\npool.submit(print, 'worked').result()\n"
        "threading.Thread(target=lambda: (time.sleep(0.3), print('waited for'))).start()"
    )
    assert run(text, timeout=60).stdout == "worked\nwaited for\n"


def test_an_error_shows_its_traceback(run: Run) -> None:
    done = run("1 / 0")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "ZeroDivisionError: division by zero"


def test_what_a_program_starts_with_its_python_is_a_fork_too(run: Run, tmp_path: Path) -> None:
    inner = tmp_path / "inner.py"
    inner.write_text("import sys\nprint('torch' in sys.modules)", encoding="utf-8")
    assert run(f"import subprocess, sys\nsubprocess.run([sys.executable, '{inner}'])").stdout == (
        "True\n"
    )


def test_a_fork_can_start_a_server_of_its_own(run: Run, tmp_path: Path) -> None:
    inner = tmp_path / "inner.py"
    inner.write_text("import sys\nprint('torch' in sys.modules)", encoding="utf-8")
    text = (
        "import subprocess\nfrom satisfice.warm_python import start\n"
        f"print(subprocess.run([start() / 'python', '{inner}'], capture_output=True))"
    )
    assert "returncode=0, stdout=b'True\\n', stderr=b''" in run(text).stdout


def test_a_program_dies_with_whoever_asked_for_it(
    waiting: tuple[subprocess.Popen[bytes], psutil.Process],
) -> None:
    asking, fork = waiting
    asking.kill()
    asking.wait()
    wait_until(lambda: not fork.is_running())


def test_benchmarks_count_forks(
    waiting: tuple[subprocess.Popen[bytes], psutil.Process],
    python: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asking, _ = waiting
    monkeypatch.setattr(benchmark, "BenchmarkTimer", benchmark.BenchmarkTimer)
    record = benchmark.BenchmarkRecord()
    with benchmark.benchmarked(asking.pid, record):
        wait_until(lambda: record.max_rss is not None)
    assert record.max_rss < 100  # mebibytes of who asks

    warm_python._count_forks(Path(python).parent)

    record = benchmark.BenchmarkRecord()
    with benchmark.benchmarked(asking.pid, record):
        wait_until(lambda: record.max_rss is not None)
    assert record.max_rss > 300_000_000 / 2**20
    asking.kill()
    asking.wait()


def test_a_job_is_looked_at_ever_more_seldom(python: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    class NoTimer:
        def __init__(self, pause: float, action: object) -> None:
            pauses.append(pause)

        def start(self) -> None:
            pass

    monkeypatch.setattr(benchmark, "BenchmarkTimer", benchmark.BenchmarkTimer)
    monkeypatch.setattr(benchmark, "DaemonTimer", NoTimer)
    warm_python._count_forks(Path(python).parent)
    timer = benchmark.BenchmarkTimer(os.getpid(), benchmark.BenchmarkRecord(), 30)
    timer.start()
    for _ in range(30):
        timer._action()
    assert pauses[0] < 1
    assert all(later >= earlier for earlier, later in itertools.pairwise(pauses))
    assert pauses[-1] == 30
    # A job of a minute is looked at often enough to see its memory.
    assert sum(upto < 60 for upto in itertools.accumulate(pauses)) > 10


def started_elsewhere() -> tuple[subprocess.Popen[str], Path]:
    """A process that has started a server, and the server's folder."""
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert starter.stdout
    return starter, Path(starter.stdout.readline().strip())


def test_the_server_ends_with_the_process_that_started_it() -> None:
    starter, folder = started_elsewhere()
    assert (folder / "python").is_file()
    starter.kill()
    starter.wait()
    wait_until(lambda: not folder.exists())


def test_without_a_server_a_program_runs_in_a_fresh_process(tmp_path: Path) -> None:
    starter, folder = started_elsewhere()
    (server,) = psutil.Process(starter.pid).children()
    server.send_signal(signal.SIGKILL)
    starter.communicate()
    program = tmp_path / "program.py"
    program.write_text("import sys\nprint('torch' in sys.modules, sys.argv[1:], sys.executable)")
    command = [str(folder / "python"), str(program), "word"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"False ['word'] {sys.executable}\n"
    shutil.rmtree(folder)


def test_a_job_in_the_queue_of_a_server_that_dies_runs_in_a_fresh_process(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text("print('ran')")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        listener.listen(1)
        client = Path(warm_python.__file__).with_name("client.py")
        command = [sys.executable, str(client), str(tmp_path), sys.executable]
        asking = subprocess.Popen(
            [*command, str(tmp_path / "program.py")], stdout=subprocess.PIPE, text=True
        )
        select.select([listener], [], [])  # It has come, and nobody ever talks to it.
    assert asking.communicate()[0] == "ran\n"
    assert asking.returncode == 0


def test_who_asks_and_goes_leaves_nothing_behind() -> None:
    starter, folder = started_elsewhere()
    (server,) = psutil.Process(starter.pid).children()
    for sent in (b"", b' {"command"'):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(folder / "socket"))
            connection.sendall(sent)
    wait_until(lambda: not server.children())
    starter.kill()
    starter.wait()


def test_forks_can_be_turned_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(warm_python.SWITCH, "0")
    executable = sys.executable
    assert warm_python.start() is None
    warm_python.start_for_snakemake()
    assert sys.executable == executable


@pytest.mark.parametrize("name", ["a blank", "x" * 120])
def test_where_a_folder_cannot_be_used_there_are_no_forks(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / name).mkdir()
    monkeypatch.setattr(warm_python.tempfile, "tempdir", str(tmp_path / name))
    assert warm_python.start() is None
    assert not list((tmp_path / name).iterdir())


def test_without_forks_in_the_system_there_is_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(pid: int) -> int:
        raise PermissionError

    monkeypatch.setattr(os, "pidfd_open", refuse)
    assert warm_python.start() is None
