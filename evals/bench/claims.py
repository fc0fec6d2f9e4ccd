"""Claims about texts: judged by people, or made of a document's sentences and then corrupted."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random

from evals.cases import QUERIES_FILE, Half, half_of
from evals.jsonl import Record, records
from indexes.language import detect, sentences

PAIRS_FILE = "pairs.jsonl"
CORPUS_FILE = "corpus.jsonl"
# What nothing is fitted on: only the rules of the checker can tell such claims from true ones.
EXCHANGED = frozenset({"names exchanged", "numbers exchanged"})
_QUESTIONS = 2  # of each document, and one of its sentences
_SHORTEST, _LONGEST = 30, 260  # characters of a sentence; of Chinese a third

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NAME = re.compile(r"(?<=[a-zà-ỹ,] )[A-ZĐ][a-zà-ỹ]+(?: [A-ZĐ][a-zà-ỹ]+)*")
# Between two names or numbers that trade places, or the list that they stand in is the same one.
_WORD_BETWEEN = re.compile(
    r"(?<!\w)(?!(?:and|or|và|hoặc|to|đến)\b)[a-zà-ỹ]+(?!\w)|(?![和与及或至到])[\u4e00-\u9fff]"
)
_ASKS_VI = re.compile(
    r"bao nhiêu|bao giờ|khi nào|\bai\b|ở đâu|cái gì|những gì|\bgì\b|\bnào\b", re.IGNORECASE
)
_ASKS_ZH = re.compile("多少|哪一?年|什么时候|何时|哪[个里些位]|什么|谁|几|何")
_SUBJECT_EN = re.compile(
    r"(?:who|what) (?!(?:is|are|was|were|did|do|does|ha[sd]|have|can|could|would|will)\b)(.+)",
    re.IGNORECASE,
)
_COPULA_EN = re.compile(r"(?:who|what|where) (is|are|was|were) (.+)", re.IGNORECASE)
_WHEN_EN = re.compile(
    r"(?:when|where|in (?:what|which) \w+) (is|are|was|were|did|do|does) (.+)", re.IGNORECASE
)
_DENY: dict[str, tuple[re.Pattern[str], str]] = {
    "en": (re.compile(r"\b(?:was|were|is|are|has|have|had|can|will)\b"), r"\g<0> not"),
    "vi": (re.compile(r"\b(?:được|có|đã|bị|sẽ)\b"), r"không \g<0>"),
    "zh": (re.compile("(?<![不没])(?:是|在|于|可以|能|会|被)"), r"不\g<0>"),
}
_DENIED = re.compile(r"\b(?:not|no|never|nothing|không|chưa)\b|[不没未无]")


@dataclass(frozen=True, slots=True)
class Claim:
    """``text`` about ``context``; ``kind`` is its source, or what was done to make it.

    ``half`` follows the context, so that no text has claims on both sides.
    """

    text: str
    context: str
    title: str
    language: str
    kind: str
    supported: bool
    half: Half


def judged(folder: Path) -> list[Claim]:
    """The claims of ``pairs.jsonl`` that people judged; ConfigurationError where it is wrong."""
    return [
        Claim(
            text=record.string("claim"),
            context=record.string("context"),
            title="",
            language=record.string("lang", "") or detect(record.string("context")),
            kind="judged",
            supported=record.flag("supported", default=False),
            # The same text stands there in lower case too.
            half=half_of(record.string("context").lower()),
        )
        for record in records(folder / PAIRS_FILE)
    ]


def made(folder: Path, limit: int) -> list[Claim]:
    """True and false claims about ``limit`` documents of a question set, the same at every call.

    True: a sentence with a part left out or moved, a question with its answer in its place. False:
    these with another number, with a name or an answer of the same document in the place of
    another, or denied; sentences of another document of the same title; and sentences two names or
    two numbers of which have traded places.
    """
    documents = sorted(records(folder / CORPUS_FILE), key=_order)
    asked: dict[str, list[Record]] = defaultdict(list)
    for record in records(folder / QUERIES_FILE):
        if record.strings("answers", ()):
            asked[record.string("context_id", "-")].append(record)
    titles: dict[str, list[Record]] = defaultdict(list)
    for record in documents:
        titles[record.string("title", "")].append(record)
    return [
        claim
        for record in documents[:limit]
        for claim in _Maker(record, titles).claims(asked[record.string("id")])
    ]


def _order(record: Record) -> str:
    """An order of documents that is the same everywhere and follows no topic."""
    return record.string("id")[::-1]


class _Maker:
    """Makes the claims about one document."""

    def __init__(self, record: Record, titles: Mapping[str, Sequence[Record]]) -> None:
        self._id = record.string("id")
        self._title = record.string("title", "")
        self._text = record.string("text")
        self._language = record.string("lang", "") or detect(self._text)
        self._others = [r for r in titles[self._title] if r.string("id") != self._id]
        self._random = Random(self._id)  # noqa: S311 - to be repeated, not to be secret

    def claims(self, asked: Sequence[Record]) -> Iterator[Claim]:
        """Each kind that its sentences and questions allow."""
        sentence = self._any_sentence(self._text)
        if sentence:
            shorter, moved = self._shortened(sentence), self._moved(sentence)
            yield from self._true("shortened", shorter)
            yield from self._true("moved", moved)
            for base in filter(None, (sentence, shorter, moved)):
                yield from self._false(base)
        if self._others:
            other = self._random.choice(self._others).string("text")
            yield from self._claim("another document", self._any_sentence(other), supported=False)
        chosen = self._random.sample(list(asked), min(_QUESTIONS, len(asked)))
        for record in chosen:
            yield from self._answered(record, asked)
        for kind, pattern in zip(sorted(EXCHANGED), (_NAME, _NUMBER), strict=True):
            for start, end in sentences(self._text):
                said = self._exchanged(self._text[start:end], pattern)
                yield from self._claim(kind, said, supported=False)

    def _answered(self, record: Record, asked: Sequence[Record]) -> Iterator[Claim]:
        question, answer = record.string("text"), record.strings("answers", ())[0]
        said = stated(question, answer, self._language)
        yield from self._true("answered", said)
        if said:
            yield from self._false(said)
        others = [
            other
            for each in asked
            for other in each.strings("answers", ())[:1]
            if not set(_pieces(other)) & set(_pieces(answer))
            and bool(_NUMBER.search(other)) == bool(_NUMBER.search(answer))
        ]
        if others:
            wrong = stated(question, self._random.choice(others), self._language)
            yield from self._claim("another answer", wrong, supported=False)

    def _true(self, kind: str, text: str) -> Iterator[Claim]:
        return self._claim(kind, text, supported=True)

    def _false(self, text: str) -> Iterator[Claim]:
        yield from self._claim("another number", self._renumbered(text), supported=False)
        yield from self._claim("another name", self._renamed(text), supported=False)
        yield from self._claim("denied", self._denied(text), supported=False)

    def _claim(self, kind: str, text: str, *, supported: bool) -> Iterator[Claim]:
        # What the document says to the letter after all is true, and no test.
        if text and text not in self._text:
            half = half_of(self._id)
            yield Claim(text, self._text, self._title, self._language, kind, supported, half)

    def _any_sentence(self, text: str) -> str:
        share = 3 if self._language == "zh" else 1
        found = [text[start:end] for start, end in sentences(text)]
        fitting = [s for s in found if _SHORTEST <= share * len(s) <= share * _LONGEST // share]
        return self._random.choice(fitting) if fitting else ""

    def _parts(self, sentence: str) -> list[str]:
        return re.split(r"，|, ", sentence.rstrip(".。"))

    def _joined(self, parts: Iterable[str]) -> str:
        return "，".join(parts) + "。" if self._language == "zh" else ", ".join(parts) + "."

    def _shortened(self, sentence: str) -> str:
        parts = self._parts(sentence)
        if len(parts) < 2:  # noqa: PLR2004 (nothing would be left)
            return ""
        out = self._random.randrange(len(parts))
        return self._joined(part for place, part in enumerate(parts) if place != out)

    def _moved(self, sentence: str) -> str:
        first, *rest = self._parts(sentence)
        return self._joined([*rest, first]) if rest else ""

    def _renumbered(self, text: str) -> str:
        numbers = list(_NUMBER.finditer(text))
        if not numbers:
            return ""
        number = self._random.choice(numbers)
        place = self._random.choice([i for i, mark in enumerate(number[0]) if mark.isdecimal()])
        digit = self._random.choice([d for d in "123456789" if d != number[0][place]])
        start = number.start() + place
        return text[:start] + digit + text[start + 1 :]

    def _renamed(self, text: str) -> str:
        names = list(_NAME.finditer(text))
        if not names or self._language == "zh":
            return ""
        name = self._random.choice(names)
        others: set[str] = {
            n for n in _NAME.findall(self._text) if not set(n.split()) & set(text.split())
        }
        if not others:
            return ""
        return text[: name.start()] + self._random.choice(sorted(others)) + text[name.end() :]

    def _exchanged(self, text: str, pattern: re.Pattern[str]) -> str:
        """The first two of a kind that differ, each in the other's place."""
        for one, other in pairwise(pattern.finditer(text)):
            between = text[one.end() : other.start()]
            if not set(_pieces(one[0])) & set(_pieces(other[0])) and _WORD_BETWEEN.search(between):
                return f"{text[: one.start()]}{other[0]}{between}{one[0]}{text[other.end() :]}"
        return ""

    def _denied(self, text: str) -> str:
        pattern, denial = _DENY.get(self._language, _DENY["en"])
        # A denial of a denial may be what the document says.
        found = None if _DENIED.search(text) else pattern.search(text)
        return (
            f"{text[: found.start()]}{found.expand(denial)}{text[found.end() :]}" if found else ""
        )


def stated(question: str, answer: str, language: str) -> str:
    """The question with its answer in its place, as a statement; "" where that takes more skill."""
    asked = question.rstrip("?？ ")
    if language in {"vi", "zh"}:
        found = (_ASKS_ZH if language == "zh" else _ASKS_VI).search(asked)
        end = "。" if language == "zh" else "."
        return f"{asked[: found.start()]}{answer}{asked[found.end() :]}{end}" if found else ""
    if found := _SUBJECT_EN.fullmatch(asked):
        return f"{answer[0].upper()}{answer[1:]} {found[1]}."
    if found := _COPULA_EN.fullmatch(asked):
        return f"{found[2][0].upper()}{found[2][1:]} {found[1]} {answer}."
    if found := _WHEN_EN.fullmatch(asked):
        return f"{found[2][0].upper()}{found[2][1:]} {answer}."
    return ""


def _pieces(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
