"""From question to answer: Question, Evidence, Draft, Citation, Sentence, Answer."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Protocol

from indexes.types import Box, DocumentInfo, Filters, Hit


class Verdict(StrEnum):
    """Whether the cited passages say what the sentence says."""

    SUPPORTED = "supported"
    PARTIAL = "partial"
    UNSUPPORTED = "unsupported"


class Method(StrEnum):
    """How a sentence was held against the words that it cites."""

    QUOTE = "quote"
    WORDS = "words"
    MEANING = "meaning"
    ENTAILMENT = "entailment"


class Release(StrEnum):
    """Which sentences leave: those that are supported, or all with their verdicts."""

    STRICT = "strict"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier message of the conversation."""

    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, and what to look at: ``top_k`` chunks that pass ``filters``.

    ``release`` says which sentences may leave; with ``mask`` personal data is hidden in all that
    is shown.
    """

    text: str
    history: tuple[Turn, ...] = ()
    top_k: int = 8
    filters: Filters = field(default_factory=Filters)
    release: Release = Release.STRICT
    mask: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """A numbered passage (from 1) that an answer may rest on: ``document.text[start:end]``.

    ``hits`` are the found chunks that lie in it, best first; ``also`` are other documents that
    hold nearly the same words.
    """

    number: int
    text: str
    start: int
    end: int
    hits: tuple[Hit, ...]
    also: tuple[DocumentInfo, ...] = ()

    @property
    def hit(self) -> Hit:
        """The best of its hits."""
        return self.hits[0]

    @property
    def document(self) -> DocumentInfo:
        """The document that it is a passage of."""
        return self.hit.document


@dataclass(frozen=True, slots=True)
class ReadSentence:
    """A sentence of evidence ``number``, its ``text[start:end]``, and how well it answers.

    ``score`` is about 0 to 1.
    """

    number: int
    text: str
    start: int
    end: int
    score: float


class Silence(StrEnum):
    """Why there is no answer."""

    NOTHING_FOUND = "nothing_found"
    NOT_COVERED = "not_covered"
    KIND_MISSING = "kind_missing"
    UNCERTAIN = "uncertain"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether the evidence answers, how probably (0 to 1), and if not, why.

    ``uncovered`` are words of the question, as they were asked, that no evidence speaks of;
    ``hopeless`` says that not even who judges for itself needs to read it.
    """

    answers: bool
    probability: float
    silence: Silence | None = None
    uncovered: tuple[str, ...] = ()
    hopeless: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """The sentences of the evidence that were read for an answer, and what they amount to."""

    sentences: tuple[ReadSentence, ...]
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class Brief:
    """What a generator is given. ``language`` is the ISO 639-1 code of the question's language.

    ``answers`` is what the reading came to; who understands the evidence may judge otherwise.
    """

    question: Question
    language: str
    evidence: tuple[Evidence, ...]
    sentences: tuple[ReadSentence, ...] = ()
    answers: bool = True


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes what follows, with which version of its prompt.

    ``trouble`` says why the one before it could not, where it stands in.
    """

    name: str
    prompt: str = ""
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A sentence as a generator wrote it, and the numbers of the evidence it points at.

    It carries no offsets: the verifier finds the words in the source, a generator never does.
    """

    text: str
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that a model read and wrote, and what they cost in the operator's currency."""

    prompt_tokens: int
    completion_tokens: int
    cost: float | None = None


Written = Author | Draft | Usage


class Generator(Protocol):
    """Writes the sentences of an answer from evidence."""

    @property
    def name(self) -> str:
        """What writes: "extractive", or the model's name."""
        ...

    @property
    def version(self) -> str:
        """Changes whenever the same brief may be answered otherwise: model, prompt, settings."""
        ...

    def generate(self, brief: Brief) -> Iterator[Written]:
        """An Author, then Drafts in the order of the answer, then Usage where tokens are counted.

        No Draft at all when the evidence does not answer. Another Author only where no Draft has
        come since the last. GenerationError or GenerationTimeout when the sentences cannot be
        written; what came before it stands.
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
class Check:
    """What holding a sentence against the citation ``label`` gave; ``score`` is 0 to 1."""

    label: int
    verdict: Verdict
    score: float
    method: Method


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the answer, ``answer.text[start:end]``, and its footnotes, each checked.

    ``verdict`` and ``score`` (0 to 1) are those of all its footnotes together.
    """

    text: str
    start: int
    end: int
    checks: tuple[Check, ...]
    verdict: Verdict
    score: float

    @property
    def citations(self) -> tuple[int, ...]:
        """The labels of its footnotes."""
        return tuple(check.label for check in self.checks)


@dataclass(frozen=True, slots=True)
class Caution:
    """A passage that speaks to a machine: ``quote`` of evidence ``number``, and what it tries."""

    number: int
    kind: str
    quote: str


@dataclass(frozen=True, slots=True)
class Nearest:
    """A document to look into where there is no answer, and what of it comes nearest.

    ``quote`` is ``document.text[start:end]``, to the character; empty where nothing of it was read.
    """

    document: DocumentInfo
    quote: str
    start: int
    end: int
    page: int | None


@dataclass(frozen=True, slots=True)
class Answer:
    """The whole answer. ``reason`` says why there is none, or why another generator wrote it.

    ``question`` is what was looked for, which is the question asked or a follow-up made to stand
    alone. ``uncovered`` are words of the question that the documents do not speak of; ``withheld``
    is how many sentences did not pass their check; ``nearest``, where there is no answer, is where
    to look instead; ``cached`` is "exact", "similar" or empty.
    """

    text: str
    abstained: bool
    reason: str | None
    language: str
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    snapshot: str
    generator: str
    timings_ms: Mapping[str, float]
    evidence: tuple[Evidence, ...] = ()
    question: str = ""
    prompt: str = ""
    usage: Usage | None = None
    silence: Silence | None = None
    uncovered: tuple[str, ...] = ()
    withheld: int = 0
    nearest: tuple[Nearest, ...] = ()
    cautions: tuple[Caution, ...] = ()
    cached: Literal["exact", "similar", ""] = ""


@dataclass(frozen=True, slots=True)
class EvidenceFound:
    """The first event of an answer: what it may rest on, and the question as it was looked for."""

    evidence: tuple[Evidence, ...]
    snapshot: str
    question: str = ""


@dataclass(frozen=True, slots=True)
class SentenceReady:
    """A checked sentence, and those of its citations that no earlier sentence had."""

    sentence: Sentence
    citations: tuple[Citation, ...]


Event = EvidenceFound | SentenceReady | Answer
