"""What dialects have no field for, under one key that their clients leave alone: the footnotes."""

from typing import Any

from service.answering.types import Answer, Citation, Sentence
from service.dialects.links import Links, title

# The one key that answers in a foreign dialect have beside their own.
KEY = "footnote"


def extension(answer: Answer, request_id: str, links: Links) -> dict[str, Any]:
    """Snapshot, abstention, request and every footnote with its exact quote.

    ``question`` is what was looked for: a follow-up is made to stand alone first. Offsets of
    sentences count in ``text``, the answer without marks; those of citations in the document's
    text. Both are code points.
    """
    return {
        "request_id": request_id,
        "snapshot": answer.snapshot,
        "question": answer.question,
        "language": answer.language,
        "abstained": answer.abstained,
        "reason": answer.reason,
        "silence": answer.silence,
        "generator": answer.generator,
        "text": answer.text,
        "sentences": [_sentence(sentence) for sentence in answer.sentences],
        "citations": [footnote(citation, links) for citation in answer.citations],
    }


def footnote(citation: Citation, links: Links) -> dict[str, Any]:
    """A footnote: ``quote`` is the document's text from ``start`` to ``end``."""
    return {
        "label": citation.label,
        "document_id": citation.document.id,
        "chunk_id": citation.chunk_id,
        "title": title(citation.document),
        "path": citation.document.path,
        "uri": citation.document.uri,
        "url": links.citation(citation),
        "page": citation.page,
        "section": list(citation.section),
        "quote": citation.quote,
        "start": citation.start,
        "end": citation.end,
        "updated_at": citation.document.dated or None,
    }


def _sentence(sentence: Sentence) -> dict[str, Any]:
    return {
        "text": sentence.text,
        "start": sentence.start,
        "end": sentence.end,
        "citations": list(sentence.citations),
        "verdict": sentence.verdict,
        "score": sentence.score,
    }
