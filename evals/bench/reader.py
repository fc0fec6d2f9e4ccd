"""One reader of PDF files in a process of its own: told a path, it replies with text and time.

Readers that are compared take turns file by file, so that whatever else the machine does slows
them alike, and none of them finds its caches filled, or its memory used, by another.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter, process_time
from typing import Self

from evals.bench.peers import pdfium, unstructured_fast
from evals.bench.process import start
from indexes.errors import FootnoteError
from ingestion.parse import FileParser

_END_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader made of one file: wall and processor seconds; ``failure`` where it is none."""

    text: str
    seconds: float
    cpu_seconds: float
    failure: str


def _footnote(content: bytes, path: str) -> str:
    return "\n".join(element.text for element in FileParser().parse(content, path).elements)


def _raw(content: bytes, path: str) -> str:
    return "\n".join(pdfium.page_texts(content, path))


READERS: dict[str, Callable[[bytes, str], str]] = {
    "footnote": _footnote,
    "unstructured": unstructured_fast.read,
    "pdfium": _raw,
}


class Reader:
    """The process of one of READERS, as its parent sees it. Use it with ``with``."""

    def __init__(self, name: str, packages: Path | None = None) -> None:
        """``packages`` is a folder of libraries that only this process imports."""
        self.name = name
        environment = {"PYTHONPATH": str(packages.resolve())} if packages else {}
        self._process = start(
            ["evals.bench.reader", name],
            environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(BrokenPipeError):
            self._process.communicate(timeout=_END_SECONDS)

    def read(self, path: Path) -> Reading:
        """Read one file; a reader that cannot be run, or died, fails in words."""
        if self._process.stdin is None or self._process.stdout is None:
            raise ValueError("a reader has pipes")
        try:
            self._process.stdin.write(f"{json.dumps(str(path.resolve()))}\n".encode())
            self._process.stdin.flush()
        except BrokenPipeError:
            return Reading("", 0.0, 0.0, f"the reader {self.name} ended before it")
        line = self._process.stdout.readline()
        if not line:
            return Reading("", 0.0, 0.0, f"it ended the reader {self.name}")
        return Reading(**json.loads(line))


def serve(name: str) -> None:
    """Reply to every path on standard input with one line of JSON, until it ends."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no reply
    for line in sys.stdin:
        path = Path(json.loads(line))
        reading = _timed(READERS[name], path.read_bytes(), path.name)
        replies.write(json.dumps(asdict(reading)) + "\n")
        replies.flush()


def _timed(read: Callable[[bytes, str], str], content: bytes, path: str) -> Reading:
    began, used = perf_counter(), process_time()
    try:
        text, failure = read(content, path), ""
    except FootnoteError as exc:
        text, failure = "", str(exc)
    return Reading(text, perf_counter() - began, process_time() - used, failure)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the reader that is named."""
    parser = argparse.ArgumentParser(prog="python -m evals.bench.reader", description=__doc__)
    parser.add_argument("name", choices=sorted(READERS))
    serve(parser.parse_args(arguments).name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
