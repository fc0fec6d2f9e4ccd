"""Drafts to sentences with checked citations: the words are looked up, never taken on trust."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from indexes.errors import SnapshotCorrupt
from indexes.types import Document
from service.answering.checking.checker import Checker, Examination, Finding
from service.answering.checking.spans import Passage, Span
from service.answering.layout import separator
from service.answering.types import (
    Check,
    Citation,
    Draft,
    Evidence,
    Release,
    Sentence,
    SentenceReady,
    Verdict,
)


@dataclass(slots=True)
class Verifier:
    """Checks the drafts of one answer, and numbers its citations from 1 as they come.

    ``document`` gives the cited document whole, so that quote, page, boxes and cells come from
    the source itself. What ``release`` does not let out is counted as ``withheld``, and neither
    its words nor its citations take a place.
    """

    evidence: Sequence[Evidence]
    language: str
    document: Callable[[str], Document]
    checker: Checker = field(default_factory=Checker)
    release: Release = Release.FLAG
    withheld: int = 0
    citations: list[Citation] = field(default_factory=list)
    before: str = ""
    length: int = 0

    def check(self, drafts: Iterator[Draft]) -> Iterator[SentenceReady]:
        """Each draft that is released, with its verdict, citations and place in the answer.

        SnapshotCorrupt when the evidence is not what its document says there.
        """
        passages = [Passage(item) for item in self.evidence]
        examination = Examination.of(passages, self.language, self.checker)
        for draft in drafts:
            finding = examination.examine(draft.text, draft.numbers)
            if self.release is Release.STRICT and finding.verdict is not Verdict.SUPPORTED:
                self.withheld += 1
                continue
            known = len(self.citations)
            sentence = self._sentence(draft, finding)
            self.before, self.length = sentence.text, sentence.end
            yield SentenceReady(sentence, tuple(self.citations[known:]))

    def _sentence(self, draft: Draft, finding: Finding) -> Sentence:
        checks: dict[int, Check] = {}
        for support in finding.supports:
            for part in support.candidate.parts:
                label = self._cite(support.passage.evidence, part)
                checks.setdefault(
                    label, Check(label, support.verdict, round(support.score, 3), support.method)
                )
        gap = separator(self.before, self.language) if self.length else ""
        start = self.length + len(gap)
        return Sentence(
            text=draft.text,
            start=start,
            end=start + len(draft.text),
            checks=tuple(checks.values()),
            verdict=finding.verdict,
            score=round(finding.score, 3),
        )

    def _cite(self, evidence: Evidence, part: Span) -> int:
        """The label of the citation of ``part``, a new one if no earlier sentence has it."""
        start, end = evidence.start + part[0], evidence.start + part[1]
        document = self.document(evidence.document.id)
        quote = evidence.text[part[0] : part[1]]
        if document.text[start:end] != quote:
            raise SnapshotCorrupt(
                f"the words of passage {evidence.number} are not those of its document "
                f"{evidence.document.path} at {start}; run `python -m ingestion snapshots verify`"
            )
        for citation in self.citations:
            if (citation.document.id, citation.start, citation.end) == (
                document.info.id,
                start,
                end,
            ):
                return citation.label
        chunk = next(
            (hit.chunk for hit in evidence.hits if hit.chunk.start <= start < hit.chunk.end),
            evidence.hit.chunk,
        )
        citation = Citation(
            label=len(self.citations) + 1,
            document=document.info,
            chunk_id=chunk.id,
            section=chunk.section,
            quote=quote,
            start=start,
            end=end,
            page=document.page_at(start),
            boxes=document.boxes(start, end),
            cells=document.cells(start, end),
        )
        self.citations.append(citation)
        return citation.label
