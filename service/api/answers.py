"""The shapes of an answer, whole and as the events of a stream."""

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, Field

from indexes.types import Box
from service.answering.types import (
    Answer,
    Caution,
    Check,
    Citation,
    Evidence,
    EvidenceFound,
    Method,
    Nearest,
    Sentence,
    SentenceReady,
    Silence,
    Usage,
    Verdict,
)
from service.api.related import Related, RelatedReply
from service.api.replies import (
    PassageReply,
    SourceReply,
    is_none,
    passage_fields,
    source_fields,
)


class BoxReply(BaseModel):
    """A rectangle on a page in PDF points, from its top left corner."""

    page: int
    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def of(cls, box: Box) -> "BoxReply":
        """A box as it is sent."""
        return cls(page=box.page, left=box.left, top=box.top, right=box.right, bottom=box.bottom)


class CheckReply(BaseModel):
    """What holding a sentence against the citation ``label`` gave, and how it was done."""

    label: int
    verdict: Verdict
    score: float
    method: Method

    @classmethod
    def of(cls, check: Check) -> "CheckReply":
        """A check as it is sent."""
        return cls(label=check.label, verdict=check.verdict, score=check.score, method=check.method)


class SentenceReply(BaseModel):
    """A sentence of the answer, at ``start`` to ``end`` in code points."""

    text: str
    start: int
    end: int
    citations: list[int]
    checks: list[CheckReply]
    verdict: Verdict
    score: float

    @classmethod
    def of(cls, sentence: Sentence) -> "SentenceReply":
        """A sentence as it is sent."""
        return cls(
            text=sentence.text,
            start=sentence.start,
            end=sentence.end,
            citations=list(sentence.citations),
            checks=[CheckReply.of(check) for check in sentence.checks],
            verdict=sentence.verdict,
            score=sentence.score,
        )


class CitationReply(SourceReply):
    """A footnote; ``quote`` stands at ``start`` to ``end`` of the document's text."""

    label: int
    document_id: str
    chunk_id: str
    title: str
    uri: str
    path: str
    page: int | None
    boxes: list[BoxReply] | None = Field(None, exclude_if=is_none)
    cells: list[str]
    section: list[str]
    quote: str
    start: int
    end: int

    @classmethod
    def of(cls, citation: Citation, related: Related) -> "CitationReply":
        """A footnote as it is sent."""
        info = citation.document
        return cls(
            label=citation.label,
            document_id=info.id,
            chunk_id=citation.chunk_id,
            title=info.title,
            uri=info.uri,
            path=info.path,
            page=citation.page,
            boxes=[BoxReply.of(box) for box in citation.boxes] or None,
            cells=list(citation.cells),
            section=list(citation.section),
            quote=citation.quote,
            start=citation.start,
            end=citation.end,
            **source_fields(info, related),
        )


class UsageReply(BaseModel):
    """Tokens that the model read and wrote; ``cost`` where its prices are known."""

    prompt_tokens: int
    completion_tokens: int
    cost: float | None = Field(None, exclude_if=is_none)

    @classmethod
    def of(cls, usage: Usage) -> "UsageReply":
        """What was used, as it is sent."""
        return cls(
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            cost=usage.cost,
        )


class CautionReply(BaseModel):
    """Words of a document that speak to a machine, not to a reader; nothing followed them."""

    kind: str
    quote: str
    document_id: str
    title: str

    @classmethod
    def of(cls, caution: Caution, evidence: Sequence[Evidence]) -> "CautionReply":
        """A caution as it is sent."""
        document = evidence[caution.number - 1].document
        return cls(
            kind=caution.kind,
            quote=caution.quote,
            document_id=document.id,
            title=document.title,
        )


class NearestReply(RelatedReply):
    """A document to look into where there is no answer.

    ``quote``, which may be empty, stands at ``start`` to ``end`` of its text.
    """

    uri: str
    page: int | None
    quote: str
    start: int
    end: int

    @classmethod
    def nearest(cls, found: Nearest) -> "NearestReply":
        """What comes nearest, as it is sent."""
        info = found.document
        return cls(
            document_id=info.id,
            title=info.title,
            path=info.path,
            uri=info.uri,
            page=found.page,
            quote=found.quote,
            start=found.start,
            end=found.end,
        )


class AnswerReply(BaseModel):
    """The whole answer; ``reason`` says why there is none, or why another generator wrote it.

    ``question`` is what was looked for: the question, or a follow-up made to stand alone.
    ``silence`` names the reason of an abstention, ``nearest`` the documents to look into then.
    ``uncovered`` are words of the question that the documents do not speak of; ``withheld`` counts
    sentences that did not pass their check; ``cached`` says "exact" or "similar" of an answer that
    was given before.
    """

    answer: str
    abstained: bool
    reason: str | None = Field(None, exclude_if=is_none)
    silence: Silence | None = Field(None, exclude_if=is_none)
    language: str
    question: str
    sentences: list[SentenceReply]
    citations: list[CitationReply]
    uncovered: list[str]
    nearest: list[NearestReply]
    withheld: int
    cautions: list[CautionReply]
    snapshot: str
    generator: str
    prompt: str | None = Field(None, exclude_if=is_none)
    usage: UsageReply | None = Field(None, exclude_if=is_none)
    cached: Literal["exact", "similar"] | None = Field(None, exclude_if=is_none)
    timings_ms: dict[str, float]
    request_id: str

    @classmethod
    def of(cls, answer: Answer, request_id: str, related: Related) -> "AnswerReply":
        """An answer as it is sent."""
        return cls(
            answer=answer.text,
            abstained=answer.abstained,
            reason=answer.reason,
            silence=answer.silence,
            language=answer.language,
            question=answer.question,
            sentences=[SentenceReply.of(sentence) for sentence in answer.sentences],
            citations=[CitationReply.of(citation, related) for citation in answer.citations],
            uncovered=list(answer.uncovered),
            nearest=[NearestReply.nearest(found) for found in answer.nearest],
            withheld=answer.withheld,
            cautions=[CautionReply.of(caution, answer.evidence) for caution in answer.cautions],
            snapshot=answer.snapshot,
            generator=answer.generator,
            prompt=answer.prompt or None,
            usage=UsageReply.of(answer.usage) if answer.usage else None,
            cached=answer.cached or None,
            timings_ms=dict(answer.timings_ms),
            request_id=request_id,
        )


class EvidenceReply(PassageReply):
    """A numbered passage that the answer may rest on; ``also`` say the same in other documents."""

    number: int
    also: list[RelatedReply]

    @classmethod
    def of(cls, evidence: Evidence, related: Related) -> "EvidenceReply":
        """A passage as it is sent."""
        fields = passage_fields(evidence.hit, related) | {
            "text": evidence.text,
            "start": evidence.start,
            "end": evidence.end,
        }
        return cls(number=evidence.number, also=_others(evidence), **fields)


def _others(evidence: Evidence) -> list[RelatedReply]:
    return [RelatedReply.of(info) for info in evidence.also]


class EvidenceEvent(BaseModel):
    """The event `evidence` of a streamed answer; ``question`` is what was looked for."""

    evidence: list[EvidenceReply]
    question: str
    snapshot: str
    request_id: str

    @classmethod
    def of(cls, found: EvidenceFound, request_id: str, related: Related) -> "EvidenceEvent":
        """The event as it is sent."""
        evidence = [EvidenceReply.of(evidence, related) for evidence in found.evidence]
        return cls(
            evidence=evidence,
            question=found.question,
            snapshot=found.snapshot,
            request_id=request_id,
        )


class SentenceEvent(BaseModel):
    """The event `sentence`: a sentence, and the footnotes that no sentence before it had."""

    sentence: SentenceReply
    citations: list[CitationReply]

    @classmethod
    def of(cls, ready: SentenceReady, related: Related) -> "SentenceEvent":
        """The event as it is sent."""
        citations = [CitationReply.of(citation, related) for citation in ready.citations]
        return cls(sentence=SentenceReply.of(ready.sentence), citations=citations)
