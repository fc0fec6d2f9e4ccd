"""From question to answer: Question, Evidence, Draft, Citation, Sentence, Answer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Protocol

from indexes.types import Box, DocumentInfo, Filters, Hit


class Verdict(StrEnum):
    """Whether the cited passages say what the sentence says."""

    SUPPORTED = "supported"
    PARTIAL = "partial"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier message of the conversation."""

    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, and what to look at: ``top_k`` chunks that pass ``filters``."""

    text: str
    history: tuple[Turn, ...] = ()
    top_k: int = 8
    filters: Filters = field(default_factory=Filters)


@dataclass(frozen=True, slots=True)
class ReadSentence:
    """A sentence of a chunk, ``chunk.text[start:end]``, and how well it answers (about 0 to 1)."""

    text: str
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """A numbered passage (from 1) that an answer may rest on: the hit's chunk, word for word.

    ``sentences`` are those that were read for an answer; only the first passages are.
    """

    number: int
    hit: Hit
    sentences: tuple[ReadSentence, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A sentence as a generator wrote it, and the numbers of the evidence it points at.

    It carries no offsets: the verifier finds the words in the source, a generator never does.
    """

    text: str
    numbers: tuple[int, ...]


class Generator(Protocol):
    """Writes the sentences of an answer from evidence."""

    @property
    def name(self) -> str:
        """What wrote the answer, as the caller is told: "extractive", or the model's name."""
        ...

    def generate(
        self, question: Question, language: str, evidence: Sequence[Evidence]
    ) -> Iterator[Draft]:
        """Sentences in the order of the answer; none at all when the evidence does not answer.

        ``language`` is the ISO 639-1 code of the question's language. GenerationError or
        GenerationTimeout when the sentences cannot be written.
        """
        ...


@dataclass(frozen=True, slots=True)
class Citation:
    """A checked footnote: ``quote`` is ``document.text[start:end]`` to the character."""

    label: int
    document: DocumentInfo
    chunk_id: str
    section: tuple[str, ...]
    quote: str
    start: int
    end: int
    page: int | None
    boxes: tuple[Box, ...] = ()
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the answer, ``answer.text[start:end]``, and the labels of its citations.

    ``score`` is the share, 0 to 1, of the sentence that its citations support.
    """

    text: str
    start: int
    end: int
    citations: tuple[int, ...]
    verdict: Verdict
    score: float


@dataclass(frozen=True, slots=True)
class Answer:
    """The whole answer. ``reason`` says why there is none, or why another generator wrote it."""

    text: str
    abstained: bool
    reason: str | None
    language: str
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    snapshot: str
    generator: str
    timings_ms: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class EvidenceFound:
    """The first event of an answer: what it may rest on."""

    evidence: tuple[Evidence, ...]
    snapshot: str


@dataclass(frozen=True, slots=True)
class SentenceReady:
    """A checked sentence, and those of its citations that no earlier sentence had."""

    sentence: Sentence
    citations: tuple[Citation, ...]


Event = EvidenceFound | SentenceReady | Answer
