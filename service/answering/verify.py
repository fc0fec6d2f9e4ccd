"""Drafts to sentences with checked citations: the words are looked up, never taken on trust."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from indexes.errors import SnapshotCorrupt
from indexes.language import analyze, normalise, sentences
from indexes.types import Document
from service.answering.types import Citation, Draft, Evidence, Sentence, SentenceReady, Verdict

# Shares of a sentence's content words that its quote must hold. A first setting, by eye, on the
# side of strictness; quotes to the letter, the extractive generator's, do not depend on it.
_SUPPORTED = 0.75
_PARTIAL = 0.5
# A model may have read two neighbouring sentences as one.
_WINDOW = 2
_NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*")
_WORD = re.compile(rf"{_NUMBER.pattern}|\w+")


@dataclass(frozen=True, slots=True)
class _Quote:
    """The span of an evidence passage that comes nearest to a draft, and how near."""

    evidence: Evidence
    start: int
    end: int
    support: float


@dataclass(slots=True)
class Verifier:
    """Checks the drafts of one answer, and numbers its citations from 1 as they come.

    ``document`` gives the cited document whole, so that quote, page, boxes and cells come from
    the source itself.
    """

    evidence: Sequence[Evidence]
    language: str
    document: Callable[[str], Document]
    separator: str = " "
    citations: list[Citation] = field(default_factory=list)
    length: int = 0

    def check(self, drafts: Iterator[Draft]) -> Iterator[SentenceReady]:
        """Each draft with its verdict, citations and place in the answer."""
        for draft in drafts:
            known = len(self.citations)
            sentence = self._judge(draft)
            self.length = sentence.end
            yield SentenceReady(sentence, tuple(self.citations[known:]))

    def _judge(self, draft: Draft) -> Sentence:
        cited = [item for item in self.evidence if item.number in draft.numbers]
        quotes = [quote for item in cited if (quote := _nearest(draft.text, item, self.language))]
        if not any(quote.support >= _PARTIAL for quote in quotes):
            # Nothing cited says it. What another passage says is better than what none does.
            others = (_nearest(draft.text, item, self.language) for item in self.evidence)
            quotes = [quote for quote in others if quote and quote.support >= _SUPPORTED][:1]
        good = [quote for quote in quotes if quote.support >= _PARTIAL]
        support = max((quote.support for quote in good), default=0.0)
        labels = tuple(dict.fromkeys(self._cite(quote) for quote in good))
        start = self.length + (len(self.separator) if self.length else 0)
        return Sentence(
            text=draft.text,
            start=start,
            end=start + len(draft.text),
            citations=labels,
            verdict=_verdict(support),
            score=round(support, 3),
        )

    def _cite(self, quote: _Quote) -> int:
        """The label of the citation for ``quote``, a new one if no earlier sentence has it."""
        chunk = quote.evidence.hit.chunk
        start, end = chunk.start + quote.start, chunk.start + quote.end
        document = self.document(chunk.document_id)
        words = chunk.text[quote.start : quote.end]
        if document.text[start:end] != words:
            raise SnapshotCorrupt(
                f"the words of {chunk.id} are not those of its document at {start}; "
                "run `python -m ingestion snapshots verify`"
            )
        for citation in self.citations:
            if (citation.document.id, citation.start, citation.end) == (
                document.info.id,
                start,
                end,
            ):
                return citation.label
        citation = Citation(
            label=len(self.citations) + 1,
            document=document.info,
            chunk_id=chunk.id,
            section=chunk.section,
            quote=words,
            start=start,
            end=end,
            page=document.page_at(start),
            boxes=document.boxes(start, end),
            cells=document.cells(start, end),
        )
        self.citations.append(citation)
        return citation.label


def _verdict(support: float) -> Verdict:
    if support >= _SUPPORTED:
        return Verdict.SUPPORTED
    return Verdict.PARTIAL if support >= _PARTIAL else Verdict.UNSUPPORTED


def _nearest(draft: str, evidence: Evidence, language: str) -> _Quote | None:
    """The words of ``evidence`` that say most of ``draft``; None if it has no words at all."""
    text = evidence.hit.chunk.text
    verbatim = _verbatim(draft, text)
    if verbatim:
        return _Quote(evidence, *verbatim, 1.0)
    spans = sentences(text)
    windows = [
        (spans[i][0], spans[min(i + width, len(spans)) - 1][1])
        for i in range(len(spans))
        for width in range(1, _WINDOW + 1)
    ]
    quotes = (
        _Quote(evidence, start, end, _support(draft, text[start:end], language))
        for start, end in windows
    )
    return max(quotes, key=lambda quote: (quote.support, quote.start - quote.end), default=None)


def _verbatim(draft: str, text: str) -> tuple[int, int] | None:
    """Where ``text`` holds ``draft`` and its words whole: "15 days" does not say "5 days"."""
    words = [word.span() for word in _WORD.finditer(text)]
    for match in re.finditer(re.escape(draft), text):
        start, end = match.span()
        if any(start <= a and b <= end for a, b in words) and not any(
            a < edge < b for a, b in words for edge in (start, end)
        ):
            return start, end
    return None


def _support(draft: str, quote: str, language: str) -> float:
    """The share of the draft's content words in the quote, 0 if a number of it is missing."""
    numbers = set(_NUMBER.findall(normalise(draft)))
    if not numbers <= set(_NUMBER.findall(normalise(quote))):
        return 0.0
    words = set(analyze(draft, language))
    return len(words & set(analyze(quote, language))) / len(words) if words else 0.0
