"""Real files through the real parser: what became of each, its words and its page numbers."""

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from evals.bench.markdown import table, verdict
from evals.bench.native import NativeFiles
from evals.bench.pages import PageCheck, check_pages
from evals.bench.words import Overlap, compare, words
from indexes.errors import ParseError
from ingestion.assisted import AssistedParser
from ingestion.canonical import canonical
from ingestion.ocr import Tesseract
from ingestion.office import LibreOffice
from ingestion.sandbox import Sandbox
from ingestion.types import Parsed, Parser

LEAST_INGESTED = 108  # of native-docs' 118 files (issue 3)
LEAST_RECALL, LEAST_PRECISION = 0.97, 0.95  # medians over native-docs' references (issue 3)
_SHOWN = 8  # words of a difference that are shown
_WORST = 5


@dataclass(frozen=True, slots=True)
class Outcome:
    """One file: what was read of it, or why nothing was; how it compares, where that is known."""

    file: Path
    text: str
    reason: str
    remarks: tuple[str, ...] = ()
    overlap: Overlap | None = None
    pages: tuple[PageCheck, ...] = ()

    @property
    def ingested(self) -> bool:
        """Whether a run would hold it."""
        return not self.reason


def read(file: Path, native: NativeFiles, parser: Parser) -> Outcome:
    """Parse one file as a run would, and compare it with its reference and with pdfium."""
    content = file.read_bytes()
    try:
        parsed = parser.parse(content, file.name)
        text = canonical(parsed.elements).text
    except ParseError as exc:
        return Outcome(file, "", str(exc))
    if not text:
        return Outcome(file, "", "; ".join(parsed.remarks) or "holds no text", parsed.remarks)
    reference = native.reference(file)
    overlap = compare(words(_elements_text(parsed)), reference) if reference is not None else None
    pages: list[PageCheck] = []
    if file.suffix.lower() == ".pdf":
        pages = check_pages(content, file.name, parsed.elements)
    return Outcome(file, text, "", parsed.remarks, overlap, tuple(pages))


def _elements_text(parsed: Parsed) -> str:
    return "\n".join(element.text for element in parsed.elements)


def report(outcomes: Sequence[Outcome]) -> str:
    """All tables, each with its floor."""
    parts = [_states(outcomes), _failures(outcomes), _remarks(outcomes), _words(outcomes)]
    return "\n".join(part for part in [*parts, _pages(outcomes)] if part)


def _states(outcomes: Sequence[Outcome]) -> str:
    by_type = Counter(outcome.file.suffix.lower() for outcome in outcomes)
    ingested = Counter(outcome.file.suffix.lower() for outcome in outcomes if outcome.ingested)
    rows = [[kind, str(count), str(ingested[kind])] for kind, count in sorted(by_type.items())]
    reached = verdict(reached=ingested.total() >= LEAST_INGESTED)
    rows.append(["all", str(len(outcomes)), f"{ingested.total()} (at least 108: {reached})"])
    return table(("format", "files", "ingested"), rows)


def _failures(outcomes: Sequence[Outcome]) -> str:
    rows = [[outcome.file.name, outcome.reason] for outcome in outcomes if not outcome.ingested]
    return table(("not ingested", "reason"), rows) if rows else ""


def _remarks(outcomes: Sequence[Outcome]) -> str:
    rows = [[one.file.name, "; ".join(one.remarks)] for one in outcomes if one.remarks]
    return table(("ingested in part", "remark"), rows) if rows else ""


def _words(outcomes: Sequence[Outcome]) -> str:
    compared = [(one.file.name, one.overlap) for one in outcomes if one.overlap is not None]
    if not compared:
        return ""
    recall = median(overlap.recall for _, overlap in compared)
    precision = median(overlap.precision for _, overlap in compared)
    floors = [f"median of {len(compared)} references"]
    for value, floor in ((recall, LEAST_RECALL), (precision, LEAST_PRECISION)):
        floors.append(f"{value:.3f} (at least {floor}: {verdict(reached=value >= floor)})")
    worst = sorted(compared, key=lambda one: min(one[1].recall, one[1].precision))[:_WORST]
    rows = [
        [
            name,
            f"{overlap.recall:.3f}",
            f"{overlap.precision:.3f}",
            _shown(overlap.missing),
            _shown(overlap.beyond),
        ]
        for name, overlap in worst
    ]
    return "\n".join(
        [
            table(("words", "recall", "precision"), [floors]),
            table(("worst five", "recall", "precision", "missing", "beyond"), rows),
        ]
    )


def _shown(difference: Counter[str]) -> str:
    parts = (f"{word} x{n}" if n > 1 else word for word, n in difference.most_common(_SHOWN))
    return f"{difference.total()}: {' '.join(parts)}" if difference else "0"


def _pages(outcomes: Sequence[Outcome]) -> str:
    checks = [(one.file.name, check) for one in outcomes for check in one.pages]
    judged = [(name, check) for name, check in checks if check.readable]
    if not judged:
        return ""
    right = sum(not check.misplaced for _, check in judged)
    alike = sum(not check.misplaced and not check.strangers for _, check in judged)
    header = (
        "pages of PDF",
        "that pdfium reads",
        "number right",
        "and every word as pdfium has it",
    )
    floor = f"{right} (all: {verdict(reached=right == len(judged))})"
    summary = table(header, [[str(len(checks)), str(len(judged)), floor, str(alike)]])
    return "\n".join([summary, *_differing(judged)])


def _differing(judged: Sequence[tuple[str, PageCheck]]) -> Iterator[str]:
    rows = [
        [
            f"{name}, page {check.number}",
            str(check.placed),
            f"{len(check.misplaced)}: {' '.join(check.misplaced[:_SHOWN])}",
            f"{len(check.strangers)}: {' '.join(check.strangers[:_SHOWN])}",
        ]
        for name, check in judged
        if check.misplaced or check.strangers
    ]
    if rows:
        yield table(("page", "words", "that stand on another page", "on none, in pdfium"), rows)


def main(arguments: Sequence[str]) -> int:
    """Print what became of every file of a folder."""
    parser = argparse.ArgumentParser(prog="python -m evals bench parse", description=__doc__)
    parser.add_argument("folder", type=Path, help="holds docs/ and reference/ (native-docs)")
    parser.add_argument("--limit", type=int, metavar="N", help="take the first N files")
    options = parser.parse_args(arguments)
    native = NativeFiles(options.folder)
    with Sandbox() as sandbox:
        assisted = AssistedParser(sandbox, ocr=Tesseract.find(), office=LibreOffice.find())
        outcomes = [read(file, native, assisted) for file in native.files()[: options.limit]]
    print(report(outcomes), end="")
    return 0
