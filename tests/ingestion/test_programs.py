"""External programs: held to their limits, cut off, and gone when they have gone too far."""

import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from indexes.errors import ParseError
from ingestion.limits import ProgramLimits
from ingestion.programs import run_limited

ROOT = Path(__file__).resolve().parents[2]
QUICK = ProgramLimits(wall_seconds=20, cpu_seconds=10)


def python(code: str, limits: ProgramLimits = QUICK, folder: Path | None = None) -> bytes:
    return run_limited([sys.executable, "-c", code], b"", limits, folder)


def gone(process: int) -> bool:
    """Whether a process has ended, be it collected or not."""
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
    return status.rpartition(")")[2].split()[0] == "Z"


def test_what_goes_in_comes_out() -> None:
    content = bytes(range(256)) * 40_000
    assert run_limited(["cat"], content, QUICK) == content
    assert run_limited(["true"], content, QUICK) == b""


def test_many_threads_may_run_programs_at_once() -> None:
    contents = [f"content {number}".encode() for number in range(12)]
    with ThreadPoolExecutor(6) as threads:
        printed = threads.map(lambda content: run_limited(["cat"], content, QUICK), contents)
        assert list(printed) == contents


def test_its_folder_is_its_home(tmp_path: Path) -> None:
    code = "import os; print(os.getcwd(), os.environ['HOME'], os.environ['TMPDIR'])"
    assert python(code, folder=tmp_path).decode().split() == [str(tmp_path)] * 3
    assert python("import os; print(os.getcwd())") == b"/\n"


def test_it_sees_no_secret_and_may_use_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTNOTE_LLM_API_KEY", "secret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    environment = run_limited(["env"], b"", QUICK).decode()
    assert "PATH=" in environment
    assert "OMP_THREAD_LIMIT=1" in environment
    assert "secret" not in environment
    assert "PYTHON" not in environment


def test_one_that_takes_too_long_is_stopped_with_its_children(tmp_path: Path) -> None:
    note = tmp_path / "child"
    code = f"sleep 300 & echo $! > {note}; wait"
    with pytest.raises(ParseError, match=r"^sh took longer than 1 s and was stopped$"):
        run_limited(["sh", "-c", code], b"", ProgramLimits(wall_seconds=1))
    child = int(note.read_text())
    deadline = time.monotonic() + 10
    while not gone(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert gone(child)


def test_one_that_computes_too_long_is_stopped() -> None:
    with pytest.raises(ParseError, match="took more than 1 s of processor time and was stopped"):
        python("while True: pass", ProgramLimits(cpu_seconds=1))


def test_one_that_will_not_be_told_is_stopped_all_the_same() -> None:
    code = "import signal; signal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass"
    with pytest.raises(ParseError, match=r"failed \(SIGKILL\)"):
        python(code, ProgramLimits(cpu_seconds=1))


def test_one_that_needs_too_much_memory_fails() -> None:
    assert python("bytearray(300 << 20)") == b""
    with pytest.raises(ParseError, match=r"failed \(exit 1\): .*MemoryError"):
        python("bytearray(300 << 20)", ProgramLimits(memory_bytes=200 << 20))


@pytest.mark.parametrize("code", ["cat /dev/zero", "exec cat /dev/zero > file"])
def test_one_that_writes_too_much_is_stopped(tmp_path: Path, code: str) -> None:
    limits = ProgramLimits(file_bytes=1 << 20)
    with pytest.raises(ParseError, match=r"wrote more than 1 MiB|failed \(exit 153\)"):
        run_limited(["sh", "-c", code], b"", limits, tmp_path)
    assert all(file.stat().st_size <= 1 << 20 for file in tmp_path.iterdir())


def test_one_process_may_be_all_that_its_user_gets() -> None:
    if os.geteuid() == 0:
        pytest.skip("the kernel does not hold root to a number of processes")
    with pytest.raises(ParseError, match="failed"):
        run_limited(["sh", "-c", "ls | cat"], b"", ProgramLimits(processes=0))


def test_one_that_fails_says_why() -> None:
    with pytest.raises(ParseError, match=r"^sh failed \(exit 3\): no such thing$"):
        run_limited(["sh", "-c", "echo no such thing >&2; exit 3"], b"", QUICK)
    with pytest.raises(ParseError, match=r"^sh failed \(SIGSEGV\)$"):
        run_limited(["sh", "-c", "kill -SEGV $$"], b"", QUICK)


def test_one_that_is_not_there_says_so() -> None:
    with pytest.raises(ParseError, match=r"^no-such-program failed .*: it could not be started"):
        run_limited(["no-such-program"], b"", QUICK)


def test_it_reaches_no_server() -> None:
    made = subprocess.run(["unshare", "--user", "--net", "true"], check=False, capture_output=True)
    if made.returncode:
        pytest.skip("this kernel lets no unprivileged process leave the network")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        code = f"import socket; socket.create_connection(('127.0.0.1', {port}))"
        with pytest.raises(ParseError, match=r"Network is unreachable|Connection refused"):
            python(code)
        server.settimeout(0)
        with pytest.raises(BlockingIOError):
            server.accept()


def test_it_dies_with_the_process_that_started_it(tmp_path: Path) -> None:
    note = tmp_path / "program"
    code = f"""
from ingestion.limits import ProgramLimits
from ingestion.programs import run_limited
run_limited(["sh", "-c", "echo $$ > {note}; exec sleep 300"], b"", ProgramLimits())
"""
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    deadline = time.monotonic() + 20
    while not (note.exists() and note.read_text().strip()) and time.monotonic() < deadline:
        time.sleep(0.02)
    program = int(note.read_text())
    assert not gone(program)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    while not gone(program) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert gone(program)
