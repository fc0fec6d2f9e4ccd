"""Questions with what is true of them: what answers them, and which documents hold the answer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from evals.jsonl import Record, lines, records
from indexes.errors import ConfigurationError, UsageError
from indexes.language import detect
from indexes.types import EVERYONE

QUERIES_FILE = "queries.jsonl"
JUDGEMENTS_FILE = "qrels.tsv"
_COLUMNS = 3  # question, document, grade


class Half(StrEnum):
    """Which questions: settings are tuned on the even ones and reported on the odd ones."""

    EVEN = "even"
    ODD = "odd"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Case:
    """A question and its truth.

    ``relevant`` maps the documents that help to their grade, 1 or more; ``answers`` are the texts
    that count as right, empty where only retrieval is judged; ``groups`` those of the asker.
    """

    id: str
    text: str
    language: str
    answers: tuple[str, ...]
    answerable: bool
    relevant: Mapping[str, int]
    groups: frozenset[str]


def load_cases(folder: Path) -> list[Case]:
    """The questions of ``folder`` in the order of the file.

    UsageError when the folder or one of its two files is missing; ConfigurationError, naming file
    and line, when one of them is wrong.
    """
    if not folder.is_dir():
        raise UsageError(
            f"{folder} is not a folder; name one that holds {QUERIES_FILE} and {JUDGEMENTS_FILE}"
        )
    for name in (QUERIES_FILE, JUDGEMENTS_FILE):
        if not (folder / name).is_file():
            raise UsageError(
                f"{folder} holds no {name}; a question set needs {QUERIES_FILE} and "
                f"{JUDGEMENTS_FILE}"
            )
    questions: dict[str, Record] = {}
    for record in records(folder / QUERIES_FILE):
        question = record.string("id")
        if question in questions:
            raise record.error(f"the id {question!r} stands on line {questions[question].line} too")
        questions[question] = record
    judgements = _load_judgements(folder / JUDGEMENTS_FILE, questions)
    return [_case(record, judgements.get(name, {})) for name, record in questions.items()]


def _case(record: Record, relevant: Mapping[str, int]) -> Case:
    text = record.string("text")
    return Case(
        id=record.string("id"),
        text=text,
        language=record.string("lang", "") or detect(text),
        answers=record.strings("answers", ()),
        answerable=record.flag("answerable", default=True),
        relevant=relevant,
        groups=frozenset(record.strings("groups", ())) | {EVERYONE},
    )


def _load_judgements(path: Path, known: Iterable[str]) -> dict[str, dict[str, int]]:
    """Grades above 0 by question and document, from tab-separated lines under a header."""
    questions = set(known)
    judgements: dict[str, dict[str, int]] = {}
    for number, line in lines(path):
        columns = line.split("\t")
        if len(columns) != _COLUMNS:
            raise ConfigurationError(
                f"{path}, line {number}: question, document and grade must stand here, separated "
                f"by tabs; found {len(columns)} column(s)"
            )
        question, document, grade = columns
        if number == 1:
            _check_header(path, grade)
            continue
        if question not in questions:
            raise ConfigurationError(
                f"{path}, line {number}: the question {question!r} is not in {QUERIES_FILE}"
            )
        if not grade.isdecimal():
            raise ConfigurationError(
                f"{path}, line {number}: the grade must be a whole number from 0, not {grade!r}"
            )
        if int(grade) > 0:
            judgements.setdefault(question, {})[document] = int(grade)
    return judgements


def _check_header(path: Path, grade: str) -> None:
    if grade.isdecimal():
        raise ConfigurationError(
            f"{path}, line 1: a header line must stand here (query-id, doc-id, score), "
            "not a judgement"
        )


def half_of(case_id: str) -> Half:
    """Even when the last hexadecimal digit of the SHA-256 of the id is even, else odd."""
    return Half.EVEN if int(_digest(case_id)[-1], 16) % 2 == 0 else Half.ODD


def select(cases: Iterable[Case], half: Half, limit: int | None) -> list[Case]:
    """The cases of one half, or a fixed sample of ``limit`` of them, in their order."""
    chosen = [case for case in cases if half is Half.ALL or half_of(case.id) is half]
    return chosen if limit is None else sample(chosen, limit)


def sample(cases: Iterable[Case], size: int) -> list[Case]:
    """The ``size`` cases whose ids have the lowest SHA-256, in order of file.

    The same on every machine, and a larger sample holds every smaller one.
    """
    cases = list(cases)
    lowest = sorted(cases, key=lambda case: _digest(case.id))[:size]
    kept = {case.id for case in lowest}
    return [case for case in cases if case.id in kept]


def _digest(case_id: str) -> str:
    return sha256(case_id.encode()).hexdigest()
