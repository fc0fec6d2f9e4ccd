"""Read untrusted files in limited worker processes that outlive files, but no overrun.

Parent and worker speak in frames over pipes: an 8-byte length, then JSON or bytes as they are. The
parent takes nothing that a hijacked worker could make it execute, and checks all it is told; that
a hijacked worker tells lies about the files after it is the price of not starting one for each.
"""

import fcntl
import json
import os
import resource
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from threading import Condition
from typing import Self

from indexes.errors import ParseError, ParserUnavailable
from indexes.types import PageImage
from ingestion.limits import Limits, environment, in_mebibytes
from ingestion.types import Parsed
from ingestion.wire import LENGTH, NONSENSE, page_from, parsed_from

__all__ = ["Limits", "Sandbox"]

START_SECONDS = 120  # to start Python and import the parser, on a busy machine
# That takes about a second. Callers that waited so long in all, for processes that run, were better
# served by one more; for small files, and few of them, it would never pay.
PATIENCE_SECONDS = 1.0
GRACE_SECONDS = 1  # for a worker to listen, or to end once its pipes are closed
PIPE_BYTES = 1 << 20  # moved at a time; the most that Linux gives an unprivileged pipe
# Parsing libraries hoard: caches, fragments of the heap, objects in cycles. A worker that keeps
# more than this between two files, or has read so many, makes way for a fresh one, so that what a
# file left behind neither adds up nor decides whether the next one fits into its memory.
KEPT_BYTES = 512 << 20  # resident; reading every format leaves some 200 MiB
FILES = 2000
_LOST = (OverflowError, EOFError, OSError, *NONSENSE)


class Sandbox:
    """A Parser and a Renderer of up to ``workers`` processes, for any number of threads.

    A process serves one caller at a time; whoever finds none free waits. Another one is started
    once that has cost callers as much time as its start would. Use it with ``with``, which ends
    them.
    """

    def __init__(self, limits: Limits | None = None, workers: int = 1) -> None:
        self._limits = limits or Limits()
        self._changed = Condition()
        # Guarded by it:
        self._idle: list[_Worker] = []
        self._workers = self._unstarted = workers
        self._starting = 0
        self._waited = 0.0  # seconds, by all callers since the last start
        self._all: set[_Worker] = set()
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all workers; a request that is under way fails."""
        with self._changed:
            self._closed = True
            for busy in self._all:
                busy.kill()
            idle, self._idle = self._idle, []
        for worker in idle:
            self._discard(worker)
            self._give_back(None)

    def parse(self, content: bytes, path: str) -> Parsed:
        """Read one file. Raises ParseError where it cannot be read or exceeds a limit."""
        with self._lent(content, path) as worker:
            request = [_request(path=path), content]
            worker.ask(request, self._limits.wall_seconds, self._limits.output_bytes)
            parsed = parsed_from(worker.receive)
            worker.busy = False
        return parsed

    def render(
        self, content: bytes, path: str, pages: Sequence[int], dpi: int
    ) -> Iterator[PageImage]:
        """The pages (from 1) of a PDF, drawn in their order, one at a time.

        Raises ParseError where one cannot be drawn or exceeds a limit. A worker is held until the
        last page has arrived or the iterator is closed.
        """
        if not pages:
            return
        limits = self._limits
        left = limits.wall_seconds + limits.drawing_seconds(len(pages))
        with self._lent(content, path) as worker:
            request = [_request(path=path, pages=list(pages), dpi=dpi), content]
            worker.ask(request, limits.wall_seconds, limits.picture_bytes)
            for number in pages[:-1]:
                image = page_from(worker.receive, number, dpi)
                left -= worker.seconds_taken()  # by itself, and not by who asks for its pages
                try:
                    yield image
                except GeneratorExit:
                    worker.dismiss()
                    raise
                worker.ask([b"more"], min(limits.wall_seconds, left), limits.picture_bytes)
            image = page_from(worker.receive, pages[-1], dpi)
            worker.busy = False
        yield image

    @contextmanager
    def _lent(self, content: bytes, path: str) -> Iterator["_Worker"]:
        """A worker for one request; whatever goes wrong with it is raised as a ParseError."""
        limits = self._limits
        if len(content) > limits.input_bytes:
            raise ParseError(f"{path} is larger than {in_mebibytes(limits.input_bytes)}; split it")
        worker = self._take()
        try:
            if worker is None:
                worker = self._started()
            yield worker
        except ParseError:  # in the worker's own words, after which it waits for the next file
            if worker is not None:
                worker.busy = False
            raise
        except _LOST as exc:
            if worker is None and not self._closed:
                raise ParserUnavailable(
                    f"the process that parses files cannot be started "
                    f"({str(exc) or 'it took too long'}); it was {path}'s turn. Standard error "
                    "says more: correct that, then run again"
                ) from exc
            why = "was not read: the run has ended" if self._closed else _why(worker, exc, limits)
            raise ParseError(f"{path} {why}") from exc
        finally:
            if worker is not None and (self._closed or worker.busy or worker.worn()):
                self._discard(worker)
                worker = None
            self._give_back(worker)

    def _take(self) -> "_Worker | None":
        """A free worker, or None for one that is to be started."""
        with self._changed:
            while True:
                if self._idle:
                    worker = self._idle.pop()  # the one that was used last
                    if worker.alive():
                        return worker
                    self._discard(worker)  # not the fault of the file whose turn it is
                    self._unstarted += 1
                if self._unstarted and self._another_pays():
                    self._unstarted -= 1
                    self._starting += 1
                    self._waited = 0.0
                    return None
                self._wait()

    def _another_pays(self) -> bool:
        return self._unstarted == self._workers or self._waited >= PATIENCE_SECONDS

    def _wait(self) -> None:
        """Until there is a worker, or patience ends; for one that starts it does not."""
        if self._starting or not self._unstarted:
            self._changed.wait()
            return
        began = time.monotonic()
        self._changed.wait(PATIENCE_SECONDS - self._waited)
        self._waited += time.monotonic() - began

    def _give_back(self, worker: "_Worker | None") -> None:
        with self._changed:
            if worker is None:
                self._unstarted += 1
            else:
                self._idle.append(worker)
            self._changed.notify_all()

    def _started(self) -> "_Worker":
        try:
            return self._start()
        finally:
            with self._changed:
                self._starting -= 1
                self._changed.notify_all()

    def _start(self) -> "_Worker":
        with self._changed:
            if self._closed:
                raise RuntimeError("the sandbox is closed")
            worker = _Worker()
            self._all.add(worker)
        try:
            worker.ask([json.dumps(asdict(self._limits)).encode()], START_SECONDS, 0)
            worker.receive()
            worker.busy = False
        except (EOFError, BrokenPipeError) as exc:
            raise OSError(f"it ended with status {worker.status()}, see standard error") from exc
        finally:
            if worker.busy:
                self._discard(worker)
        return worker

    def _discard(self, worker: "_Worker | None") -> None:
        if worker is not None:
            with self._changed:
                self._all.discard(worker)
            worker.end()


class _Worker:
    """One process, as its parent sees it. Raises OSError where it cannot be started.

    A worker that is ``busy`` owes a reply, or may send one that nobody asked for.
    """

    def __init__(self) -> None:
        requests, self._requests = os.pipe()
        self._replies, replies = os.pipe()
        for pipe in (requests, replies):
            with suppress(OSError):  # the user has all the pipes that it may have
                fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ingestion.worker"],
                stdin=requests,
                stdout=replies,
                cwd=Path(__file__).parent.parent,
                env=environment(),
                start_new_session=True,  # an interrupt at the terminal is the parent's to handle
            )
        except OSError:
            os.close(self._requests)
            os.close(self._replies)
            raise
        finally:
            os.close(requests)
            os.close(replies)
        os.set_blocking(self._requests, False)
        self.busy = False
        self._started = self._deadline = 0.0
        self._room = self._asked = 0

    def ask(self, frames: Sequence[bytes], seconds: float, limit: int) -> None:
        """Send a request, to which ``limit`` bytes of reply are taken within ``seconds``.

        This and what follows raise TimeoutError, OverflowError for a reply that is too large, and
        EOFError or OSError where the worker is gone.
        """
        self.busy = True
        self._started = time.monotonic()
        self._deadline, self._room = self._started + seconds, limit
        self._asked += 1
        self._send(frames)

    def receive(self) -> bytes:
        """The next frame of the reply."""
        (length,) = LENGTH.unpack(self._read(LENGTH.size))
        if length > self._room:
            raise OverflowError
        self._room -= length
        return self._read(length)

    def seconds_taken(self) -> float:
        """How long the last request has been under way."""
        return time.monotonic() - self._started

    def dismiss(self) -> None:
        """Ask for no more parts of a reply. A worker that does not listen stays busy."""
        self._deadline = time.monotonic() + GRACE_SECONDS
        with suppress(OSError):
            self._send([b""])
            self.busy = False

    def _send(self, frames: Sequence[bytes]) -> None:
        for frame in frames:
            self._write(LENGTH.pack(len(frame)))
            self._write(frame)

    def _write(self, content: bytes) -> None:
        rest = memoryview(content)
        while rest:
            self._wait(self._requests, select.POLLOUT)
            rest = rest[os.write(self._requests, rest[:PIPE_BYTES]) :]

    def _read(self, length: int) -> bytes:
        parts = []
        while length:
            self._wait(self._replies, select.POLLIN)
            part = os.read(self._replies, min(length, PIPE_BYTES))
            if not part:
                raise EOFError
            parts.append(part)
            length -= len(part)
        return b"".join(parts)

    def _wait(self, pipe: int, event: int) -> None:
        poll = select.poll()
        poll.register(pipe, event)
        if not poll.poll(max(0.0, self._deadline - time.monotonic()) * 1000):
            raise TimeoutError

    def alive(self) -> bool:
        return self._process.poll() is None

    def worn(self) -> bool:
        """Whether it has done its share, holds too much memory, or is gone."""
        try:
            status = Path(f"/proc/{self._process.pid}/statm").read_text("ascii").split()
        except OSError:
            return True
        return self._asked > FILES or int(status[1]) * resource.getpagesize() > KEPT_BYTES

    def status(self) -> int:
        """How a process that closed its pipes ended; negative is a signal's number."""
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(GRACE_SECONDS)
        return 0

    def kill(self) -> None:
        """End the process at once; whoever waits for its reply learns that there is none."""
        self._process.kill()

    def end(self) -> None:
        """End the process and what it may have started."""
        os.close(self._requests)
        os.close(self._replies)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def _request(**asked: object) -> bytes:
    return json.dumps(asked, ensure_ascii=False).encode(errors="replace")


def _why(worker: _Worker | None, exc: Exception, limits: Limits) -> str:
    """What became of a file whose worker gave no proper reply."""
    match exc:
        case TimeoutError():
            return f"took longer than {limits.wall_seconds:g} s and was stopped"
        case OverflowError():
            return limits.too_much_text
        case EOFError() | OSError() if worker is not None:
            return _how_it_ended(worker.status(), limits)
        case _:
            return f"made its parser reply nonsense ({exc}); it may be hostile"


def _how_it_ended(status: int, limits: Limits) -> str:
    cause = signal.Signals(-status).name if status < 0 else f"exit {status}"
    if cause == "SIGXCPU":
        return f"took more than {limits.cpu_seconds} s of processor time and was stopped"
    memory = in_mebibytes(limits.memory_bytes)
    return f"ended its parser ({cause}): it is damaged, hostile or needs more than {memory}"
