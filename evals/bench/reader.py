"""One reader of PDF files in a process of its own: told a path, it replies with text and time.

Readers that are compared take turns file by file, so that whatever else the machine does slows
them alike, and none of them finds its caches filled, or its memory used, by another.
"""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from typing import Self

from evals.bench.dialogue import Partner, PartnerEnded, serve
from evals.bench.peers import pdfium, unstructured_fast
from indexes.errors import FootnoteError
from ingestion.parse import FileParser


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
        self._partner = Partner(["evals.bench.reader", name], environment)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._partner.__exit__()

    def read(self, path: Path) -> Reading:
        """Read one file; a reader that cannot be run, or died, fails in words."""
        try:
            return Reading(**self._partner.ask("read", path=str(path.resolve())))
        except PartnerEnded as exc:
            return Reading("", 0.0, 0.0, str(exc))


def _read(name: str, path: str) -> Mapping[str, object]:
    file = Path(path)
    return asdict(_timed(READERS[name], file.read_bytes(), file.name))


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
    serve({"read": partial(_read, parser.parse_args(arguments).name)})
    return 0


if __name__ == "__main__":
    sys.exit(main())
