"""The worker that ``Sandbox`` starts: it parses one file after another, cut off and limited."""

import ctypes
import io
import json
import logging
import math
import os
import resource
import signal
import socket
import sys
import tempfile
import warnings
import zipfile
from dataclasses import astuple
from typing import Any, BinaryIO, NoReturn

from indexes.errors import ParseError
from ingestion.sandbox import LENGTH, Limits

ORPHAN_SECONDS = 5  # beyond the limit, after which a worker ends itself though no parent ends it
OPEN_FILES = 64
RATIO_FLOOR = 16 << 20  # bytes; an archive that expands to less is no bomb, whatever its ratio
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000  # linux/sched.h


def serve() -> None:
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
        from ingestion.parse import FileParser  # noqa: PLC0415 - the network is off by now

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
        return json.dumps({"error": f"{path} {limits.too_much_text}"}).encode()
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


def _send(pipe: BinaryIO, frame: bytes) -> None:
    pipe.write(LENGTH.pack(len(frame)))
    pipe.write(frame)
    pipe.flush()


def _receive(pipe: BinaryIO) -> bytes:
    (length,) = LENGTH.unpack(_exactly(pipe, LENGTH.size))
    return _exactly(pipe, length)


def _exactly(pipe: BinaryIO, length: int) -> bytes:
    received = pipe.read(length)
    if len(received) < length:
        raise EOFError
    return received


if __name__ == "__main__":
    serve()
