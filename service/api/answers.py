"""The shapes of an answer, whole and as the events of a stream."""

from pydantic import BaseModel, Field

from indexes.types import Box
from service.answering.types import (
    Answer,
    Citation,
    Evidence,
    EvidenceFound,
    Sentence,
    SentenceReady,
    Verdict,
)
from service.api.related import Related
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


class SentenceReply(BaseModel):
    """A sentence of the answer, at ``start`` to ``end`` in code points."""

    text: str
    start: int
    end: int
    citations: list[int]
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


class AnswerReply(BaseModel):
    """The whole answer; ``reason`` says why there is none, or why another generator wrote it."""

    answer: str
    abstained: bool
    reason: str | None = Field(None, exclude_if=is_none)
    language: str
    sentences: list[SentenceReply]
    citations: list[CitationReply]
    snapshot: str
    generator: str
    timings_ms: dict[str, float]
    request_id: str

    @classmethod
    def of(cls, answer: Answer, request_id: str, related: Related) -> "AnswerReply":
        """An answer as it is sent."""
        return cls(
            answer=answer.text,
            abstained=answer.abstained,
            reason=answer.reason,
            language=answer.language,
            sentences=[SentenceReply.of(sentence) for sentence in answer.sentences],
            citations=[CitationReply.of(citation, related) for citation in answer.citations],
            snapshot=answer.snapshot,
            generator=answer.generator,
            timings_ms=dict(answer.timings_ms),
            request_id=request_id,
        )


class EvidenceReply(PassageReply):
    """A numbered passage that the answer may rest on."""

    number: int

    @classmethod
    def of(cls, evidence: Evidence, related: Related) -> "EvidenceReply":
        """A passage as it is sent."""
        return cls(number=evidence.number, **passage_fields(evidence.hit, related))


class EvidenceEvent(BaseModel):
    """The event `evidence` of a streamed answer."""

    evidence: list[EvidenceReply]
    snapshot: str
    request_id: str

    @classmethod
    def of(cls, found: EvidenceFound, request_id: str, related: Related) -> "EvidenceEvent":
        """The event as it is sent."""
        evidence = [EvidenceReply.of(evidence, related) for evidence in found.evidence]
        return cls(evidence=evidence, snapshot=found.snapshot, request_id=request_id)


class SentenceEvent(BaseModel):
    """The event `sentence`: a sentence, and the footnotes that no sentence before it had."""

    sentence: SentenceReply
    citations: list[CitationReply]

    @classmethod
    def of(cls, ready: SentenceReady, related: Related) -> "SentenceEvent":
        """The event as it is sent."""
        citations = [CitationReply.of(citation, related) for citation in ready.citations]
        return cls(sentence=SentenceReply.of(ready.sentence), citations=citations)
