"""Whole runs of `python -m ingestion` as processes of their own, with what they took."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import IO, Any

from indexes.errors import FootnoteError

ROOT = Path(__file__).resolve().parents[2]
COLLECTION = "bench"


class MeasurementFailed(FootnoteError):
    """What was to be measured did not do what it is measured at."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A process that has ended: seconds of wall and processor, largest resident set in bytes.

    The two of the processor and of memory take in the processes that it waited for.
    """

    code: int
    output: str
    errors: str
    seconds: float
    cpu_seconds: float
    peak_bytes: int

    def report(self) -> dict[str, Any]:
        """The one line of JSON that a run prints; MeasurementFailed where it failed."""
        try:
            report: dict[str, Any] = json.loads(self.output)
        except ValueError as exc:
            said = self.errors[-2000:]
            raise MeasurementFailed(f"the run ended with {self.code}, no report: {said}") from exc
        return report


Stream = int | IO[bytes]


def start(
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    *,
    python: Path | None = None,
    stdin: Stream = subprocess.DEVNULL,
    stdout: Stream = subprocess.DEVNULL,
    stderr: Stream = subprocess.DEVNULL,
) -> "subprocess.Popen[bytes]":
    """Start a module of this project: ``command`` follows ``python -m``."""
    return subprocess.Popen(  # noqa: S603 - our own modules, no shell
        [str(python or sys.executable), "-m", *command],
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        cwd=ROOT,
        env=os.environ | (environment or {}),
    )


def wait(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Ended:
    """Run a module of this project to its end."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        began = perf_counter()
        process = start(command, environment, stdout=output, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        return Ended(
            process.returncode,
            output.read().decode(),
            errors.read().decode(errors="replace"),
            seconds,
            usage.ru_utime + usage.ru_stime,
            usage.ru_maxrss * 1024,  # Linux counts KiB
        )


def resident_bytes(pid: int) -> tuple[int, int]:
    """The resident set of a process that runs, now and at its largest (proc(5): VmRSS, VmHWM)."""
    fields = dict(
        line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    )
    now, largest = (int(fields[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM"))
    return now, largest


def folder_bytes(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def ingestion(source: Path, data_dir: Path) -> list[str]:
    """The command of a run over one folder, for ``wait``."""
    return [
        *("ingestion", "run", f"docs={source.resolve()}", "--collection", COLLECTION),
        *("--data-dir", str(data_dir.resolve()), "--json"),
    ]


def with_model(folder: Path | None) -> dict[str, str]:
    """The environment in which a run embeds with the model in ``folder``; None is the built-in."""
    return {"FOOTNOTE_EMBEDDER_MODEL": str(folder.resolve())} if folder else {}
