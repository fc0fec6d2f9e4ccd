"""The worker that ``Sandbox`` starts: it reads one file after another, cut off and limited."""

import io
import json
import logging
import os
import resource
import signal
import socket
import struct
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

from indexes.errors import ParseError
from ingestion.limits import Limits, allow_processor, leave_network, restrict
from ingestion.wire import LENGTH, frames_of, frames_of_error, frames_of_page

if TYPE_CHECKING:
    from ingestion.types import Parser

ORPHAN_SECONDS = 5  # beyond the limit, after which a worker ends itself though no parent ends it
OPEN_FILES = 64
RATIO_FLOOR = 16 << 20  # bytes; an archive that expands to less is no bomb, whatever its ratio
ZIPPED = {"docx", "pptx", "xlsx", "odt", "epub"}  # formats that are ZIP archives


def serve() -> None:
    """Answer one request after another until the parent closes the pipe or is gone."""
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
        restrict(
            {
                resource.RLIMIT_AS: limits.memory_bytes,
                resource.RLIMIT_FSIZE: 0,
                resource.RLIMIT_CORE: 0,
                resource.RLIMIT_NOFILE: OPEN_FILES,
                resource.RLIMIT_NPROC: 0,  # the kernel does not hold root to this one
            }
        )
        _send(replies, [b""])
        while True:
            asked = json.loads(_receive(requests))
            content = _receive(requests)
            if "pages" in asked:
                _draw(requests, replies, limits, content, asked)
            else:
                allow_processor(limits.cpu_seconds)
                with _alarm(limits.wall_seconds):
                    _send(replies, _answer(parser, limits, content, asked["path"]))
            del content  # not kept until the next file is here
    except (EOFError, BrokenPipeError):
        return


def _answer(parser: "Parser", limits: Limits, content: bytes, path: str) -> list[bytes]:
    try:
        _check_expansion(content, path, limits)
        frames = frames_of(parser.parse(content, path), limits.output_bytes)
    except ParseError as exc:
        return frames_of_error(str(exc))
    except MemoryError:
        return frames_of_error(f"{path} needs more memory than it may use")
    if sum(map(len, frames)) > limits.output_bytes:
        return frames_of_error(f"{path} {limits.too_much_text}")
    return frames


def _draw(
    requests: BinaryIO, replies: BinaryIO, limits: Limits, content: bytes, asked: dict[str, Any]
) -> None:
    """Send page after page, each when it is asked for, until there are no more or it says so."""
    path, pages = asked["path"], asked["pages"]
    allow_processor(limits.cpu_seconds + limits.drawing_seconds(len(pages)))
    drawn = _drawn(content, path, pages, asked["dpi"])
    for number in pages:
        with _alarm(limits.wall_seconds):
            frames, ended = next(drawn)
            if sum(map(len, frames)) > limits.picture_bytes:
                reason = f"{path} has a page {number} that is too large to be drawn"
                frames, ended = frames_of_error(reason), True
            _send(replies, frames)
        if ended or number == pages[-1] or not _receive(requests):
            return


def _drawn(
    content: bytes, path: str, pages: Sequence[int], dpi: int
) -> Iterator[tuple[list[bytes], bool]]:
    """The frames of each page, and whether they are the last ones, as those of an error are."""
    from ingestion.pdf import render_pages  # noqa: PLC0415 - not every worker draws

    try:
        for image in render_pages(content, path, pages, dpi):
            yield frames_of_page(image), False
    except ParseError as exc:
        yield frames_of_error(str(exc)), True
    except MemoryError:
        yield frames_of_error(f"{path} needs more memory to be drawn than it may use"), True


def _check_expansion(content: bytes, path: str, limits: Limits) -> None:
    """Refuse a ZIP bomb by its directory; zipfile reads no more of a member than that states."""
    named = PurePosixPath(path).suffix.lower().removeprefix(".") in ZIPPED
    if not named and not content.startswith(b"PK"):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            expanded = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, OSError, struct.error):
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
    that too.
    """
    leave_network()

    class RefusedSocket(socket.socket):
        def __init__(self, *_: object, **__: object) -> None:
            _refuse()

    vars(socket)["socket"] = RefusedSocket
    for name in ("create_connection", "getaddrinfo", "gethostbyname", "gethostbyname_ex"):
        vars(socket)[name] = _refuse


def _refuse(*_: object, **__: object) -> NoReturn:
    raise PermissionError("a parser may not use the network")


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """End this process if what is within takes longer, for a parent that is gone cannot."""
    signal.setitimer(signal.ITIMER_REAL, seconds + ORPHAN_SECONDS)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)


def _send(pipe: BinaryIO, frames: Sequence[bytes]) -> None:
    for frame in frames:
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
