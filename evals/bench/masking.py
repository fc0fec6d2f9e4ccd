"""Personal data: how much of what is labelled gets masked, by type, and what else does."""

import argparse
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.bootstrap import ratio
from evals.cases import Half, half_of
from evals.corpus import CORPUS_FILE
from evals.jsonl import Record, records
from indexes.language import detect
from service.answering.guarding.masking import Kind, Masker, Span

LABELS_FILE = "pii.jsonl"
FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "pii"
# Labels of the presidio-research set by what masks them; all others are not covered.
COVERED: Mapping[str, Kind] = {
    "EMAIL_ADDRESS": Kind.EMAIL,
    "PHONE_NUMBER": Kind.PHONE,
    "CREDIT_CARD": Kind.CARD,
    "IBAN_CODE": Kind.IBAN,
    "US_SSN": Kind.SSN,
    "IP_ADDRESS": Kind.IP,
}


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text and the personal data in it: (start, end, type)."""

    text: str
    language: str
    labels: tuple[tuple[int, int, str], ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """By type: how many values are labelled, and how many are masked whole.

    By kind: how many spans are masked, and how many lie on a label of their type.
    """

    labelled: Counter[str]
    masked: Counter[str]
    found: Counter[Kind]
    right: Counter[Kind]


def main(arguments: Sequence[str]) -> int:
    """Print recall and precision by type on one half; 2 if the labels are not there."""
    asked = _parser().parse_args(arguments)
    file = asked.folder / LABELS_FILE
    if not file.is_file():
        print(f"{file} is not there; name the folder of the set")
        return 2
    half = Half(asked.half)
    chosen = [r for r in records(file) if half is Half.ALL or half_of(r.string("id")) is half]
    masker = Masker()
    texts = [_labelled(record) for record in chosen]
    print(f"{len(texts)} texts, {half.value} half of {asked.folder.name}.\n")
    print(report(count(masker, texts)))
    for corpus in asked.documents:
        print(f"\n{_masked_in(masker, corpus, show=asked.show)}")
    return 0


def count(masker: Masker, texts: Iterable[Labelled]) -> Counts:
    """A value is masked when all its characters are, a span right when its type is labelled."""
    counts = Counts(Counter(), Counter(), Counter(), Counter())
    for each in texts:
        spans = masker.spans(each.text, each.language)
        hidden = {place for span in spans for place in range(span.start, span.end)}
        for start, end, label in each.labels:
            counts.labelled[label] += 1
            counts.masked[label] += set(range(start, end)) <= hidden
        for span in spans:
            counts.found[span.kind] += 1
            counts.right[span.kind] += any(_is_of(span, label) for label in each.labels)
    return counts


def report(counts: Counts) -> str:
    """Markdown: the types that are covered, then those that are not."""
    lines = [
        "| type | labelled | masked whole | recall | masked spans | of this type | precision |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for label, kind in COVERED.items():
        labelled, masked = counts.labelled[label], counts.masked[label]
        found, right = counts.found[kind], counts.right[kind]
        lines.append(
            f"| {label} | {labelled} | {masked} | {_share(masked, labelled)} "
            f"| {found} | {right} | {_share(right, found)} |"
        )
    others = sorted(set(counts.labelled) - set(COVERED))
    lines += ["", "| not covered | labelled | masked by chance |", "|---|--:|--:|"]
    lines += [f"| {each} | {counts.labelled[each]} | {counts.masked[each]} |" for each in others]
    stray = sorted(kind for kind in counts.found if kind not in COVERED.values())
    lines += [f"\nWithout a label in this set: {counts.found[kind]} {kind}." for kind in stray]
    return "\n".join(lines)


def _share(part: int, whole: int) -> str:
    """A ratio with its bootstrap interval of 95 %."""
    value = ratio([(1.0, 1)] * part + [(0.0, 1)] * (whole - part))
    return f"{value.value:.3f} ({value.low:.3f} to {value.high:.3f})" if value else "-"


def _is_of(span: Span, label: tuple[int, int, str]) -> bool:
    start, end, kind = label
    return COVERED.get(kind) is span.kind and span.start < end and start < span.end


def _labelled(record: Record) -> Labelled:
    labels = tuple((each["start"], each["end"], each["type"]) for each in record.fields["spans"])
    return Labelled(record.string("text"), record.string("lang"), labels)


def _masked_in(masker: Masker, folder: Path, *, show: bool) -> str:
    """What is masked in documents that nobody labelled: to be looked at."""
    counts: Counter[Kind] = Counter()
    shown: Counter[str] = Counter()
    documents = 0
    for record in records(folder / CORPUS_FILE):
        text = record.string("text", "")
        documents += 1
        for span in masker.spans(text, record.string("lang", "") or detect(text)):
            counts[span.kind] += 1
            shown[f"{span.kind} {text[span.start : span.end]!r}"] += 1
    listed = ", ".join(f"{number} {kind}" for kind, number in counts.most_common()) or "nothing"
    lines = [f"{folder.name}, {documents} documents: {listed}."]
    if show:
        lines += [f"- {number} x {value}" for value, number in shown.most_common()]
    return "\n".join(lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals bench masking", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER, help=f"holds {LABELS_FILE}")
    parser.add_argument(
        "--half",
        choices=[half.value for half in Half],
        default=Half.ODD.value,
        help="patterns are tuned on the even half, reported on the odd (default)",
    )
    parser.add_argument(
        "--documents",
        nargs="*",
        type=Path,
        default=[],
        metavar="FOLDER",
        help=f"count what is masked in each folder's {CORPUS_FILE} as well",
    )
    parser.add_argument("--show", action="store_true", help="list what is masked in documents")
    return parser
