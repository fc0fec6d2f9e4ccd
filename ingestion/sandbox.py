"""Parse untrusted files in one limited worker process that outlives files, but no overrun.

Parent and worker speak in frames over pipes: an 8-byte length, then JSON or a file's bytes. The
parent takes nothing that a hijacked worker could make it execute, and checks all it is told; that
a hijacked worker tells lies about the files after it is the price of not starting one for each.
"""

import json
import math
import os
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from indexes.errors import ParseError
from indexes.types import Box
from ingestion.types import Element, Kind, Parsed

START_SECONDS = 120  # to start Python and import the parser, on a busy machine
GRACE_SECONDS = 1  # for a worker to end by itself once its pipes are closed
REASON_LENGTH = 1000  # code points of an error that are passed on
PIPE_BYTES = 1 << 16  # moved at a time; what a pipe holds on Linux
LENGTH = struct.Struct(">Q")  # what stands before a frame
# Nothing else of the environment reaches the worker, so that no secret does.
_ENVIRONMENT = {
    *("PATH", "HOME", "TMPDIR", "TZ", "LANG", "LC_ALL", "LC_CTYPE"),
    *("LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME"),
}


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

    @property
    def too_much_text(self) -> str:
        """What is said of a file whose text is over ``output_bytes``."""
        return f"holds more than {_mebibytes(self.output_bytes)} of text; split it"


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
            raise self._lost(f"{path} {limits.too_much_text}") from exc
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


class _Worker:
    """The worker process as its parent sees it. Raises OSError where it cannot be started."""

    def __init__(self, limits: Limits) -> None:
        requests, self._requests = os.pipe()
        self._replies, replies = os.pipe()
        environment = {name: value for name, value in os.environ.items() if name in _ENVIRONMENT}
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ingestion.worker"],
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
            self._write(LENGTH.pack(len(frame)), deadline)
            self._write(frame, deadline)
        (length,) = LENGTH.unpack(self._read(LENGTH.size, deadline))
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
        raise ParseError(told["error"][:REASON_LENGTH].encode(errors="replace").decode())
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
