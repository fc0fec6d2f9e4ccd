"""Run an external program on untrusted data, under limits and without a network.

What is started is this file as a launcher: it lowers its own limits and then becomes the program,
so that no code runs between fork and exec in a parent that has threads.
"""

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path, PurePath
from typing import BinaryIO

from indexes.errors import ParseError
from ingestion.limits import (
    ProgramLimits,
    allow_processor,
    die_with_parent,
    environment,
    in_mebibytes,
    leave_network,
    restrict,
)

SPARE_SECONDS = 2  # of processor time between being told to end and being ended
TOLD = 300  # code points of a program's last complaint that a reader is shown


def run_limited(
    arguments: Sequence[str], stdin: bytes, limits: ProgramLimits, folder: Path | None = None
) -> bytes:
    """What the program ``arguments[0]`` prints, given ``stdin``.

    ``folder`` becomes its working, home and temporary folder; of this process's environment it
    gets only paths and locale. Raises ParseError, in words that begin with the program's name,
    where it cannot be started, exceeds a limit or fails; its process group is gone then.
    """
    name = PurePath(arguments[0]).name
    try:
        with _file(stdin) as given, _file() as printed, _file() as complaints:
            status = _status(arguments, limits, folder, (given, printed, complaints))
            if status:
                reason = _how_it_ended(status, _content(complaints)[-4 * TOLD :], limits)
                raise ParseError(f"{name} {reason}")
            return _content(printed)
    except subprocess.TimeoutExpired as exc:
        raise ParseError(
            f"{name} took longer than {limits.wall_seconds:g} s and was stopped"
        ) from exc
    except OSError as exc:
        raise ParseError(f"{name} could not be started ({exc})") from exc


def _status(
    arguments: Sequence[str],
    limits: ProgramLimits,
    folder: Path | None,
    streams: tuple[BinaryIO, BinaryIO, BinaryIO],
) -> int:
    """Run the program to its end; its exit status as ``Popen`` gives it.

    Its streams are files in memory, which the limit of file size bounds like any other.
    """
    own = {"HOME": str(folder), "TMPDIR": str(folder)} if folder else {}
    settings = json.dumps({"folder": str(folder or "/"), "limits": asdict(limits)})
    given, printed, complaints = streams
    process = subprocess.Popen(  # noqa: S603 - a list, and no shell
        [sys.executable, "-m", "ingestion.programs", settings, *arguments],
        stdin=given,
        stdout=printed,
        stderr=complaints,
        cwd=Path(__file__).parent.parent,
        env=environment() | own,
        start_new_session=True,
    )
    try:
        return process.wait(limits.wall_seconds)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _file(content: bytes = b"") -> BinaryIO:
    file = os.fdopen(os.memfd_create("stream"), "w+b")
    file.write(content)
    file.seek(0)
    return file


def _content(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read()


def _how_it_ended(status: int, complaint: bytes, limits: ProgramLimits) -> str:
    cause = signal.Signals(-status).name if status < 0 else f"exit {status}"
    if cause == "SIGXCPU":
        return f"took more than {limits.cpu_seconds} s of processor time and was stopped"
    if cause == "SIGXFSZ":
        return f"wrote more than {in_mebibytes(limits.file_bytes)} and was stopped"
    last = " ".join(complaint.decode(errors="replace").split())[-TOLD:]
    return f"failed ({cause})" + (f": {last}" if last else "")


def _become(settings: str, arguments: Sequence[str]) -> None:
    """Lower this process's limits and replace it by the program."""
    told = json.loads(settings)
    limits = ProgramLimits(**told["limits"])
    die_with_parent(signal.SIGKILL)
    leave_network()
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):  # by Python, and a program would inherit it
        signal.signal(ignored, signal.SIG_DFL)
    os.chdir(told["folder"])
    known = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    restrict(
        {
            resource.RLIMIT_AS: limits.memory_bytes,
            resource.RLIMIT_FSIZE: limits.file_bytes,
            resource.RLIMIT_CORE: 0,
            resource.RLIMIT_CPU: limits.cpu_seconds + SPARE_SECONDS,
        }
    )
    allow_processor(limits.cpu_seconds)
    if limits.processes is not None:
        restrict({resource.RLIMIT_NPROC: limits.processes})
    os.execvpe(arguments[0], list(arguments), known)  # noqa: S606 - a list, and no shell


if __name__ == "__main__":
    try:
        _become(sys.argv[1], sys.argv[2:])
    except OSError as exc:
        sys.exit(f"it could not be started: {exc.strerror}")
