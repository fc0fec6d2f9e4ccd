"""Pages a second of born-digital PDF: Footnote, stock unstructured, raw pdfium; and their words."""

import argparse
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from evals.bench.markdown import table, verdict
from evals.bench.native import NativeFiles
from evals.bench.peers.pdfium import page_texts
from evals.bench.reader import READERS, Reader, Reading
from evals.bench.words import compare, words
from indexes.errors import ParseError, UsageError

FOOTNOTE, PEER, RAW = "footnote", "unstructured", "pdfium"
TIMES_PEER = 10.0  # the floor of issue 3: pages a second over stock unstructured's
_TITLES = {
    FOOTNOTE: "Footnote: boxes, reading order, headings, tables",
    PEER: 'stock unstructured, strategy "fast"',
    RAW: "raw pdfium text (the floor beneath)",
}


@dataclass(frozen=True, slots=True)
class Contest:
    """Files that every reader read in every round; readings by reader, then by file."""

    pages: Mapping[Path, int]
    readings: Mapping[str, Mapping[Path, Sequence[Reading]]]
    failures: Mapping[Path, str]

    def seconds(self, reader: str, *, processor: bool = False) -> float:
        """What a reader took for all files: the sum of each file's median over the rounds."""
        return sum(
            median(one.cpu_seconds if processor else one.seconds for one in readings)
            for path, readings in self.readings[reader].items()
            if path not in self.failures
        )

    def rate(self, reader: str, *, processor: bool = False) -> float:
        """Pages a second, of wall time or of the processor's."""
        pages = sum(count for path, count in self.pages.items() if path not in self.failures)
        return pages / max(self.seconds(reader, processor=processor), 1e-9)


def hold(files: Sequence[Path], readers: Sequence[Reader], rounds: int) -> Contest:
    """Have ``readers`` take turns at each file, each round beginning with another of them.

    The first file is read once before, unmeasured: by then every library is loaded. A file that
    some reader cannot read counts for none.
    """
    pages = _with_text(files)
    if not pages:
        raise UsageError("none of these files is a PDF with text on every page")
    readings: dict[str, dict[Path, list[Reading]]] = {
        reader.name: defaultdict(list) for reader in readers
    }
    failures: dict[Path, str] = {}
    for reader in readers:
        reader.read(next(iter(pages)))
    for turn in range(rounds):
        for path in pages:
            for place in range(len(readers)):
                reader = readers[(place + turn) % len(readers)]
                reading = reader.read(path)
                readings[reader.name][path].append(reading)
                if reading.failure:
                    failures[path] = f"{reader.name}: {reading.failure}"
    return Contest(pages, readings, failures)


def _with_text(files: Sequence[Path]) -> dict[Path, int]:
    """How many pages each PDF has, of those whose every page has a text layer."""
    pages: dict[Path, int] = {}
    for path in files:
        try:
            texts = page_texts(path.read_bytes(), path.name)
        except ParseError:
            continue
        if texts and all(text.strip() for text in texts):
            pages[path] = len(texts)
    return pages


def _rates(contest: Contest) -> str:
    rows = []
    for name in contest.readings:
        rate, of_peer = contest.rate(name), contest.rate(name) / contest.rate(PEER)
        floor = ""
        if name == FOOTNOTE:
            floor = f"at least {TIMES_PEER:g}: {verdict(reached=of_peer >= TIMES_PEER)}"
        processor = contest.rate(name, processor=True)
        rows.append([_TITLES[name], f"{rate:.1f}", f"{processor:.1f}", f"{of_peer:.1f}", floor])
    header = ("reader", "pages/s", "pages/s of processor time", "times unstructured", "floor")
    return table(header, rows)


def _recalls(contest: Contest, native: NativeFiles) -> str:
    """Word recall against the references that are PDFs."""
    rows = []
    columns: dict[str, list[float]] = {name: [] for name in contest.readings}
    for path in contest.pages:
        reference = native.reference(path)
        if reference is None:
            continue
        recalls = [
            compare(words(contest.readings[name][path][0].text), reference).recall
            for name in columns
        ]
        for name, recall in zip(columns, recalls, strict=True):
            columns[name].append(recall)
        rows.append([path.name, *(f"{recall:.3f}" for recall in recalls)])
    if not rows:
        return "No file of these has a reference.\n"
    medians = {name: median(values) for name, values in columns.items()}
    rows.append(["median", *(f"{value:.3f}" for value in medians.values())])
    reached = verdict(reached=medians[FOOTNOTE] >= medians[PEER])
    rows.append(["floor", f"at least unstructured's: {reached}", "", ""])
    return table(("word recall", *columns), rows)


def main(arguments: Sequence[str]) -> int:
    """Print the rates of all readers, measured in turns, and their word recall."""
    parser = argparse.ArgumentParser(prog="python -m evals bench pdf", description=__doc__)
    parser.add_argument("folder", type=Path, help="holds docs/ and reference/ (native-docs)")
    parser.add_argument(
        "--peers",
        type=Path,
        metavar="FOLDER",
        help="where evals/bench/peers/requirements.txt is installed (pip install --target)",
    )
    parser.add_argument("--rounds", type=int, default=3, help="readings of each file (default 3)")
    parser.add_argument("--limit", type=int, metavar="N", help="take the first N files")
    options = parser.parse_args(arguments)
    native = NativeFiles(options.folder)
    files = [path for path in native.files() if path.suffix.lower() == ".pdf"][: options.limit]
    with ExitStack() as stack:
        readers = [
            stack.enter_context(Reader(name, options.peers if name == PEER else None))
            for name in READERS
        ]
        contest = hold(files, readers, options.rounds)
    print(report(contest, native), end="")
    return 0


def report(contest: Contest, native: NativeFiles) -> str:
    """The files that counted, the rates, the recalls, and what was left out for all."""
    read = contest.pages.keys() - contest.failures.keys()
    if not read:
        raise UsageError(
            "no file was read by every reader: " + next(iter(contest.failures.values()))
        )
    pages = sum(contest.pages[path] for path in read)
    counted = f"{len(read)} PDF files with text on every page, {pages} pages.\n"
    left_out = [[path.name, reason] for path, reason in contest.failures.items()]
    failed = [table(("left out for all", "why"), left_out)] if left_out else []
    return "\n".join([counted, _rates(contest), _recalls(contest, native), *failed])
