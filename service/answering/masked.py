"""An answer with personal data hidden in all that it shows; offsets and addresses stay true."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from indexes.types import DocumentInfo, Hit
from service.answering.types import (
    Answer,
    Citation,
    Event,
    Evidence,
    EvidenceFound,
    Nearest,
    Sentence,
    SentenceReady,
)

# Hides personal data in a text of a language (ISO 639-1) behind as many characters.
Hide = Callable[[str, str], str]
_Quoted = TypeVar("_Quoted", Citation, Nearest)


def shown(info: DocumentInfo, hide: Hide) -> DocumentInfo:
    """``info`` with personal data hidden in what names it; its ``uri`` opens it, and stays."""
    return replace(
        info,
        title=hide(info.title, info.language),
        path=hide(info.path, info.language),
        authors=_each(info.authors, info, hide),
    )


def _each(texts: Iterable[str], info: DocumentInfo, hide: Hide) -> tuple[str, ...]:
    return tuple(hide(text, info.language) for text in texts)


@dataclass(frozen=True, slots=True)
class Mask:
    """Hides personal data in the events of an answer in ``language``."""

    hide: Hide
    language: str

    def over(self, events: Iterable[Event]) -> Iterator[Event]:
        """The same events; what is a document's is read in the document's language."""
        for event in events:
            match event:
                case EvidenceFound():
                    yield replace(event, evidence=self._passages(event.evidence))
                case SentenceReady():
                    sentence = self._sentence(event.sentence)
                    yield SentenceReady(sentence, self._citations(event.citations))
                case Answer():
                    yield self._answer(event)

    def _answer(self, answer: Answer) -> Answer:
        sentences = tuple(self._sentence(sentence) for sentence in answer.sentences)
        text = answer.text
        for sentence in sentences:
            # Sentence by sentence, so that none differs from its place in the whole.
            text = text[: sentence.start] + sentence.text + text[sentence.end :]
        return replace(
            answer,
            text=text,
            sentences=sentences,
            citations=self._citations(answer.citations),
            evidence=self._passages(answer.evidence),
            cautions=tuple(
                replace(each, quote=self.hide(each.quote, self.language))
                for each in answer.cautions
            ),
            nearest=self._quoted(answer.nearest),
        )

    def _sentence(self, sentence: Sentence) -> Sentence:
        return replace(sentence, text=self.hide(sentence.text, self.language))

    def _citations(self, citations: Iterable[Citation]) -> tuple[Citation, ...]:
        return tuple(
            replace(
                each,
                section=_each(each.section, each.document, self.hide),
                cells=_each(each.cells, each.document, self.hide),
            )
            for each in self._quoted(citations)
        )

    def _quoted(self, quoted: Iterable[_Quoted]) -> tuple[_Quoted, ...]:
        return tuple(
            replace(
                each,
                quote=self.hide(each.quote, each.document.language),
                document=shown(each.document, self.hide),
            )
            for each in quoted
        )

    def _passages(self, evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
        return tuple(
            replace(
                passage,
                text=self.hide(passage.text, passage.document.language),
                hits=tuple(self._hit(hit) for hit in passage.hits),
                also=tuple(shown(info, self.hide) for info in passage.also),
            )
            for passage in evidence
        )

    def _hit(self, hit: Hit) -> Hit:
        chunk = replace(
            hit.chunk,
            text=self.hide(hit.chunk.text, hit.document.language),
            section=_each(hit.chunk.section, hit.document, self.hide),
        )
        return replace(hit, chunk=chunk, document=shown(hit.document, self.hide))
