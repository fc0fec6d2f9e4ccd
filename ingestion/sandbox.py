"""Parse untrusted files in one limited worker process that outlives files, but no overrun.

Parent and worker speak in frames over pipes: an 8-byte length, then JSON or a file's bytes. The
parent takes nothing that a hijacked worker could make it execute, and checks all it is told; that
a hijacked worker tells lies about the files after it is the price of not starting one for each.
"""

import ctypes
import io
import json
import logging
import math
import os
import resource
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import warnings
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, Self

from indexes.errors import ParseError
from indexes.types import Box
from ingestion.types import Element, Kind, Parsed

START_SECONDS = 120  # to start Python and import the parser, on a busy machine
ORPHAN_SECONDS = 5  # beyond the limit, after which a worker ends itself though no parent ends it
GRACE_SECONDS = 1  # for a worker to end by itself once its pipes are closed
OPEN_FILES = 64
RATIO_FLOOR = 16 << 20  # bytes; an archive that expands to less is no bomb, whatever its ratio
REASON_LENGTH = 1000  # code points of an error that are passed on
PIPE_BYTES = 1 << 16  # moved at a time; what a pipe holds on Linux
_LENGTH = struct.Struct(">Q")
# Nothing else of the environment reaches the worker, so that no secret does.
_ENVIRONMENT = {
    *("PATH", "HOME", "TMPDIR", "TZ", "LANG", "LC_ALL", "LC_CTYPE"),
    *("LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME"),
}
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000  # linux/sched.h


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost: seconds, and bytes of address space, input, output and expansion.

    ``expanded_bytes`` and ``expansion_ratio`` bound what a ZIP container (DOCX, PPTX, XLSX) says
    it holds, in all and relative to its own size.
    """

    wall_seconds: float = 60.0
    cpu_seconds: int = 60
    memory_bytes: int = 4 << 30
    output_bytes: int = 64 << 20
    input_bytes: int = 256 << 20
    expanded_bytes: int = 1 << 30
    expansion_ratio: float = 200.0


class Sandbox:
    """A Parser whose files are read by a worker process. For one thread; use it with ``with``."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._worker: _Worker | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the worker, if there is one."""
        if self._worker is not None:
            self._worker.end()
            self._worker = None

    def parse(self, content: bytes, path: str) -> Parsed:
        """Read one file. Raises ParseError where it cannot be read or exceeds a limit.

        The worker starts with the first file, and anew with the next one after it was stopped.
        """
        limits = self._limits
        if len(content) > limits.input_bytes:
            raise ParseError(f"{path} is larger than {_mebibytes(limits.input_bytes)}; split it")
        if self._worker is not None and not self._worker.alive():
            self.close()  # killed between two files, which is not this one's fault
        try:
            worker = self._worker = self._worker or _Worker(limits)
            frames = [path.encode(errors="replace"), content]
            reply = worker.ask(frames, limits.wall_seconds, limits.output_bytes)
            return _parsed(reply)
        except TimeoutError as exc:
            reason = f"took longer than {limits.wall_seconds:g} s and was stopped"
            raise self._lost(f"{path} {reason}") from exc
        except OverflowError as exc:
            raise self._lost(f"{path} {_too_much_text(limits)}") from exc
        except (EOFError, OSError) as exc:
            raise self._lost(f"{path} {self._why()}") from exc
        except (ValueError, TypeError, LookupError, RecursionError) as exc:
            reason = "made its parser reply nonsense; it may be hostile"
            raise self._lost(f"{path} {reason}") from exc
        except KeyboardInterrupt:
            self.close()  # its reply, if one comes, would be taken for the next file's
            raise

    def _lost(self, reason: str) -> ParseError:
        self.close()
        return ParseError(reason)

    def _why(self) -> str:
        """Why there is no reply, by the worker's exit status; negative is a signal's number."""
        worker, self._worker, limits = self._worker, None, self._limits
        ended = worker.end() if worker else 0
        cause = signal.Signals(-ended).name if ended < 0 else f"exit {ended}"
        if worker is None or not worker.started:
            return f"was not read: its parser could not be started ({cause})"
        if cause == "SIGXCPU":
            return f"took more than {limits.cpu_seconds} s of processor time and was stopped"
        memory = _mebibytes(limits.memory_bytes)
        return f"ended its parser ({cause}): it is damaged, hostile or needs more than {memory}"


def _too_much_text(limits: Limits) -> str:
    return f"holds more than {_mebibytes(limits.output_bytes)} of text; split it"


class _Worker:
    """The worker process as its parent sees it. Raises OSError where it cannot be started."""

    def __init__(self, limits: Limits) -> None:
        requests, self._requests = os.pipe()
        self._replies, replies = os.pipe()
        environment = {name: value for name, value in os.environ.items() if name in _ENVIRONMENT}
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ingestion.sandbox"],
                stdin=requests,
                stdout=replies,
                cwd=Path(__file__).parent.parent,
                env=environment | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
                start_new_session=True,  # an interrupt at the terminal is the parent's to handle
            )
        finally:
            os.close(requests)
            os.close(replies)
        os.set_blocking(self._requests, False)
        self.started = False
        self._limits = limits

    def ask(self, frames: Sequence[bytes], seconds: float, limit: int) -> bytes:
        """The reply to ``frames``, of at most ``limit`` bytes, which must be whole in ``seconds``.

        Raises TimeoutError, OverflowError for a reply that is too large, and EOFError or OSError
        where the worker is gone.
        """
        if not self.started:
            self._exchange([json.dumps(asdict(self._limits)).encode()], START_SECONDS, limit)
            self.started = True
        return self._exchange(frames, seconds, limit)

    def _exchange(self, frames: Sequence[bytes], seconds: float, limit: int) -> bytes:
        deadline = time.monotonic() + seconds
        for frame in frames:
            self._write(_LENGTH.pack(len(frame)), deadline)
            self._write(frame, deadline)
        (length,) = _LENGTH.unpack(self._read(_LENGTH.size, deadline))
        if length > limit:
            raise OverflowError
        return self._read(length, deadline)

    def _write(self, content: bytes, deadline: float) -> None:
        rest = memoryview(content)
        while rest:
            _wait(self._requests, select.POLLOUT, deadline)
            rest = rest[os.write(self._requests, rest[:PIPE_BYTES]) :]

    def _read(self, length: int, deadline: float) -> bytes:
        content = bytearray()
        while len(content) < length:
            _wait(self._replies, select.POLLIN, deadline)
            part = os.read(self._replies, min(length - len(content), PIPE_BYTES))
            if not part:
                raise EOFError
            content += part
        return bytes(content)

    def alive(self) -> bool:
        return self._process.poll() is None

    def end(self) -> int:
        """End the process and what it may have started; its exit status as ``Popen`` gives it."""
        os.close(self._requests)
        os.close(self._replies)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(GRACE_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        return self._process.wait()


def _wait(pipe: int, event: int, deadline: float) -> None:
    poll = select.poll()
    poll.register(pipe, event)
    if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
        raise TimeoutError


def _mebibytes(count: int) -> str:
    return f"{count / (1 << 20):g} MiB"


# What the parent makes of a reply: nothing in it is believed until it is checked.


def _parsed(reply: bytes) -> Parsed:
    """Raises ParseError as the worker states it; ValueError and its like for any other nonsense."""
    told = json.loads(reply)
    if isinstance(told, dict) and isinstance(told.get("error"), str):
        raise ParseError(told["error"][:REASON_LENGTH])
    return Parsed(_text(told["title"]), tuple(_element(*each) for each in told["elements"]))


def _element(kind: object, text: object, page: object, box: object, section: object) -> Element:
    if page is not None and (type(page) is not int or page < 1):
        raise ValueError("page")
    if type(section) is not list:
        raise ValueError("section")
    return Element(
        Kind(_text(kind)),
        _text(text),
        page,
        None if box is None else _box(box),
        tuple(_text(heading) for heading in section),
    )


def _text(value: object) -> str:
    if type(value) is not str:
        raise ValueError("text")
    value.encode()  # a lone surrogate is a ValueError
    return value


def _box(value: Any) -> Box:
    page, *edges = value
    if type(page) is not int or not all(
        type(edge) in (int, float) and math.isfinite(edge) for edge in edges
    ):
        raise ValueError("box")
    return Box(page, *edges)


# The worker.


def _send(pipe: BinaryIO, frame: bytes) -> None:
    pipe.write(_LENGTH.pack(len(frame)))
    pipe.write(frame)
    pipe.flush()


def _receive(pipe: BinaryIO) -> bytes:
    (length,) = _LENGTH.unpack(_exactly(pipe, _LENGTH.size))
    return _exactly(pipe, length)


def _exactly(pipe: BinaryIO, length: int) -> bytes:
    received = pipe.read(length)
    if len(received) < length:
        raise EOFError
    return received


def _serve() -> None:
    """Answer one file after another until the parent closes the pipe or is gone."""
    requests, replies = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not end up among the frames
    logging.disable()
    warnings.simplefilter("ignore")
    tempfile.gettempdir()  # found by writing a file, which no import can do any more later
    try:
        limits = Limits(**json.loads(_receive(requests)))
        _cut_off()
        sys.modules["torch"] = None  # type: ignore[assignment]  # spaCy would load it for nothing
        from ingestion.parse import FileParser  # noqa: PLC0415 - only the worker pays for it

        parser = FileParser()
        _restrict(limits)
        _send(replies, b"")
        while True:
            path = _receive(requests).decode()
            content = _receive(requests)
            _allow(limits)
            _send(replies, _answer(parser, limits, content, path))
            signal.setitimer(signal.ITIMER_REAL, 0)
    except (EOFError, BrokenPipeError):
        return


def _answer(parser: Any, limits: Limits, content: bytes, path: str) -> bytes:
    try:
        _check_expansion(content, path, limits)
        parsed = parser.parse(content, path)
        elements = [
            (each.kind, each.text, each.page, each.box and astuple(each.box), each.section)
            for each in parsed.elements
        ]
        reply = json.dumps({"title": parsed.title, "elements": elements}).encode()
    except ParseError as exc:
        return json.dumps({"error": str(exc)}).encode()
    except MemoryError:
        return json.dumps({"error": f"{path} needs more memory than it may use"}).encode()
    if len(reply) > limits.output_bytes:
        return json.dumps({"error": f"{path} {_too_much_text(limits)}"}).encode()
    return reply


def _check_expansion(content: bytes, path: str, limits: Limits) -> None:
    """Refuse a ZIP bomb by its directory; zipfile reads no more of a member than that states."""
    if not content.startswith(b"PK"):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            expanded = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return  # the parser says what is wrong with it
    allowed = max(RATIO_FLOOR, limits.expansion_ratio * len(content))
    if expanded > min(allowed, limits.expanded_bytes):
        raise ParseError(
            f"{path} expands from {len(content)} to {expanded} bytes, more than a document does; "
            "it was not opened"
        )


def _cut_off() -> None:
    """Refuse the network.

    Replacing the socket module's own functions stops every library that is merely careless; code
    that has taken over the process can still call the kernel. An empty network namespace stops
    that too, where the kernel lets an unprivileged process make one; where not, run ingestion
    in a container without a network.
    """
    ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWUSER | _CLONE_NEWNET)

    class RefusedSocket(socket.socket):
        def __init__(self, *_: object, **__: object) -> None:
            _refuse()

    vars(socket)["socket"] = RefusedSocket
    for name in ("create_connection", "getaddrinfo", "gethostbyname", "gethostbyname_ex"):
        vars(socket)[name] = _refuse


def _refuse(*_: object, **__: object) -> NoReturn:
    raise PermissionError("a parser may not use the network")


def _restrict(limits: Limits) -> None:
    """Bound what the process may take; it cannot raise these bounds again."""
    for what, bound in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_NPROC, 0),  # the kernel does not hold root to this one
    ):
        resource.setrlimit(what, (_within(what, bound),) * 2)


def _within(what: int, bound: int) -> int:
    """``bound``, or the limit that this process was started under, where that is lower."""
    _, hard = resource.getrlimit(what)
    return bound if hard == resource.RLIM_INFINITY else min(bound, hard)


def _allow(limits: Limits) -> None:
    """The time of one more file, by the process's own clocks; they end it if no parent does."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = math.ceil(used.ru_utime + used.ru_stime) + limits.cpu_seconds
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (_within(resource.RLIMIT_CPU, soft), hard))
    signal.setitimer(signal.ITIMER_REAL, limits.wall_seconds + ORPHAN_SECONDS)


if __name__ == "__main__":
    _serve()
