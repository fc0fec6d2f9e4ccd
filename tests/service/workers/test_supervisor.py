"""Real worker processes: told to stop, killed, orphaned, deaf, refusing."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import pytest

from service.workers.supervisor import REFUSED, STOPPED
from tests.service.workers.crew import GRACE

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_SECONDS = 60.0


@contextmanager
def crew(*arguments: str) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "tests.service.workers.crew", *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    ) as parent:
        try:
            yield parent
        finally:
            parent.kill()


def line(parent: "subprocess.Popen[str]") -> list[str]:
    assert parent.stdout is not None
    return parent.stdout.readline().split()


def members(parent: "subprocess.Popen[str]") -> dict[str, int]:
    told = [line(parent) for _ in range(2)]
    return {number: int(process) for number, process in told}


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


def rest(parent: "subprocess.Popen[str]") -> list[str]:
    output, _ = parent.communicate(timeout=PATIENCE_SECONDS)
    return output.split("\n")


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_all_stop_when_the_parent_is_told_to(told: signal.Signals) -> None:
    with crew("idle") as parent:
        processes = members(parent)
        assert processes.keys() == {"0", "1"}
        parent.send_signal(told)
        lines = rest(parent)
    assert parent.returncode == STOPPED
    assert lines[0] == "stopping"
    assert {f"buried {process}" for process in processes.values()} <= set(lines)
    assert lines[-2] == "over"
    assert not any(alive(process) for process in processes.values())


def test_one_that_dies_is_replaced_under_its_number_and_the_others_stay() -> None:
    with crew("idle") as parent:
        processes = members(parent)
        os.kill(processes["1"], signal.SIGKILL)
        assert line(parent) == ["buried", str(processes["1"])]
        number, process = line(parent)
        assert number == "1"
        assert int(process) not in processes.values()
        assert alive(int(process))
        assert alive(processes["0"])


def test_nobody_outlives_a_parent_that_is_killed() -> None:
    with crew("idle") as parent:
        processes = members(parent)
        parent.kill()
        end = monotonic() + PATIENCE_SECONDS
        while any(alive(process) for process in processes.values()):
            assert monotonic() < end
            sleep(0.02)


def test_one_that_does_not_listen_is_killed_after_its_grace() -> None:
    with crew("deaf") as parent:
        processes = members(parent)
        began = monotonic()
        parent.send_signal(signal.SIGTERM)
        rest(parent)
        assert parent.returncode == STOPPED
        assert monotonic() - began >= GRACE
        assert not any(alive(process) for process in processes.values())


def test_one_that_refuses_at_its_first_start_ends_all() -> None:
    with crew("refuse") as parent:
        assert rest(parent)[-2] == "over"
    assert parent.returncode == REFUSED


def test_one_that_refuses_later_leaves_the_others_at_work(tmp_path: Path) -> None:
    with crew("refuse_later", str(tmp_path)) as parent:
        processes = members(parent)
        os.kill(processes["1"], signal.SIGKILL)
        assert line(parent)[0] == "buried"
        assert line(parent) == ["1", "again"]
        assert line(parent)[0] == "buried"
        assert line(parent) == ["1", "again"]  # tried once more
        assert alive(processes["0"])
        assert parent.poll() is None


def test_a_fault_is_logged_and_its_worker_started_again_after_a_pause() -> None:
    with crew("fail") as parent:
        began = monotonic()
        starts = [told for told in (line(parent) for _ in range(8)) if told[0] != "buried"]
        assert len(starts) == 4
        assert monotonic() - began > 0.5
        parent.send_signal(signal.SIGTERM)
        _, errors = parent.communicate(timeout=PATIENCE_SECONDS)
    assert "a worker's own fault" in errors
    assert parent.returncode == STOPPED
