"""What the service is asked and what it replies, as frozen dataclasses.

Offsets count Unicode code points, half open: ``text[start:end]``. A field with a default may be
missing in a reply; `sent` is a field's name there, where it has another here. Names out of a list
that may grow (`verdict`, `silence`, `method`) are text.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypedDict


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier message of the conversation."""

    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Filters:
    """Which documents to look at; what is empty does not restrict.

    ``date_from`` and ``date_to`` are ISO 8601 dates, both included.
    """

    path_prefix: str = ""
    type: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    date_from: str | None = None
    date_to: str | None = None


class AskOptions(TypedDict, total=False):
    """How to answer a question; what is left out is as the service has it.

    ``collection`` may be left out where there is one, or one is called `default`. ``history`` is
    the conversation before the question, oldest first. ``top_k`` passages are looked at (1 to 100).
    ``release`` is "strict", for the sentences that are supported, or "flag", for all with their
    verdicts. ``mask`` hides personal data.
    """

    collection: str | None
    history: tuple[Turn, ...] | list[Turn]
    top_k: int | None
    filters: Filters | None
    release: Literal["strict", "flag"] | None
    mask: bool


class SearchOptions(TypedDict, total=False):
    """How to search: at most ``k`` passages (1 to 100), by words, by meaning, or both."""

    collection: str | None
    k: int | None
    mode: Literal["hybrid", "dense", "lexical"] | None
    filters: Filters | None


class FeedbackOptions(TypedDict, total=False):
    """What else to say of an answer: the right one, the document that has it, any words."""

    correction: str | None
    document_id: str | None
    comment: str | None


@dataclass(frozen=True, slots=True)
class RelatedDocument:
    """Another document that the caller may see."""

    document_id: str
    title: str
    path: str


@dataclass(frozen=True, slots=True)
class NearestPassage:
    """A document to look into where there is no answer, and what of it comes nearest.

    ``quote``, which may be empty, stands at ``start`` to ``end`` of its text.
    """

    document_id: str
    title: str
    path: str
    uri: str
    page: int | None
    quote: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page in PDF points, from the page's top left corner."""

    page: int
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A place in a document: its text's ``[start:end]``. ``cells`` are those of a table.

    ``stale`` says that the document's file cannot be read any more; ``duplicates`` say nearly the
    same; ``attached_to`` is the mail that it came with.
    """

    document_id: str
    chunk_id: str
    title: str
    uri: str
    path: str
    page: int | None
    section: tuple[str, ...]
    start: int
    end: int
    cells: tuple[str, ...] = ()
    updated_at: str | None = None
    stale: bool = False
    duplicates: tuple[RelatedDocument, ...] = ()
    attached_to: RelatedDocument | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit(Source):
    """A passage that was found, its rank from 1, and the raw score of each leg of the search."""

    rank: int
    score: float
    text: str
    legs: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Passages, best first."""

    hits: tuple[Hit, ...]
    snapshot: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence(Source):
    """A passage that the answer may rest on, numbered from 1; ``also`` say the same."""

    number: int
    score: float
    text: str
    also: tuple[RelatedDocument, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation(Source):
    """A checked footnote; ``quote`` is what stands at its place in the document."""

    label: int
    quote: str
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """What holding a sentence against the citation ``label`` gave; ``score`` is 0 to 1."""

    label: int
    verdict: str
    score: float
    method: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the answer, ``answer.text[start:end]``, and the labels of its citations."""

    text: str
    start: int
    end: int
    citations: tuple[int, ...]
    checks: tuple[Check, ...]
    verdict: str
    score: float


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that a language model read and wrote; ``cost`` where its prices are known."""

    prompt_tokens: int
    completion_tokens: int
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Caution:
    """Words of a document that speak to a machine, not to a reader; nothing followed them."""

    kind: str
    quote: str
    document_id: str
    title: str


@dataclass(frozen=True, slots=True)
class EvidenceFound:
    """The first event of a stream; ``question`` is what was looked for."""

    evidence: tuple[Evidence, ...]
    question: str
    snapshot: str
    request_id: str


@dataclass(frozen=True, slots=True)
class SentenceReady:
    """A checked sentence, and those of its citations that no earlier sentence had."""

    sentence: Sentence
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The whole answer; ``text`` is the field `answer` of the reply, empty if it abstained.

    ``reason`` says why it abstained, or why another generator wrote it; ``silence`` names the kind
    of abstention, ``nearest`` where to look then. ``uncovered`` are words of the
    question that the documents do not speak of; ``withheld`` counts sentences that did not pass
    their check; ``cached`` is "exact" or "similar" where the answer was given before.
    """

    text: str = field(metadata={"sent": "answer"})
    abstained: bool
    language: str
    question: str
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    snapshot: str
    generator: str
    request_id: str
    reason: str | None = None
    silence: str | None = None
    uncovered: tuple[str, ...] = ()
    nearest: tuple[NearestPassage, ...] = ()
    withheld: int = 0
    cautions: tuple[Caution, ...] = ()
    prompt: str | None = None
    usage: Usage | None = None
    cached: str | None = None
    timings_ms: Mapping[str, float] = field(default_factory=dict)


Event = EvidenceFound | SentenceReady | Answer


@dataclass(frozen=True, slots=True)
class DocumentText:
    """A document's canonical text, which all offsets count in, as it is in ``snapshot``."""

    document_id: str
    text: str
    snapshot: str


@dataclass(frozen=True, slots=True)
class FeedbackStored:
    """That it was stored, and whether the answer it is about was still remembered."""

    request_id: str
    answer_known: bool
