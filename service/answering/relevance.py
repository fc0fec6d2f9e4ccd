"""Whether what a model writes answers the question: it rests on what reads like the answer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from service.answering.types import Citation, Evidence, ReadSentence, SentenceReady

# How far below the best sentence that was read one of another document may score. Of the
# statements that hold the right answer 3 in 100 lie further below, in another document, on the
# even halves of squad2-en, multihop-rag-evidence and questions as people ask them.
_BELOW_BEST = 0.12


@dataclass(slots=True)
class Relevance:
    """Holds the sentences of an answer back until one of them rests on what reads like an answer.

    A sentence may be true of its passage and still tell nothing of what was asked: then it cites
    neither the document with the best of ``read`` nor what reads nearly as well. ``strayed``
    counts the sentences that were held to the end.
    """

    evidence: Sequence[Evidence]
    read: Sequence[ReadSentence]
    strayed: int = 0
    _cited: dict[int, Citation] = field(default_factory=dict)

    def only(self, sentences: Iterator[SentenceReady]) -> Iterator[SentenceReady]:
        """All of them, once one answers; none where none does."""
        held: list[SentenceReady] = []
        for each in sentences:
            self._cited |= {citation.label: citation for citation in each.citations}
            held.append(each)
            if any(self._answers(self._cited[label]) for label in each.sentence.citations):
                yield from held
                yield from sentences
                return
        self.strayed += len(held)

    def _answers(self, citation: Citation) -> bool:
        """Whether it is of the document that reads best, or of a statement nearly as good."""
        best = max((each.score for each in self.read), default=0.0)
        return any(
            self._cites(citation, each, whole=each.score == best)
            for each in self.read
            if each.score >= best - _BELOW_BEST
        )

    def _cites(self, citation: Citation, read: ReadSentence, *, whole: bool) -> bool:
        """Whether it quotes any of the sentence or, with ``whole``, of its document."""
        item = next(item for item in self.evidence if item.number == read.number)
        if item.document.id != citation.document.id:
            # Another document may say the very same, and be the one that is cited.
            return citation.quote == read.text
        start, end = item.start + read.start, item.start + read.end
        return whole or (start < citation.end and citation.start < end)
