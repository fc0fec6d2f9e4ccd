"""From a question to an answer: search, read, write, check, and say so when there is none."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import perf_counter

from indexes.errors import GenerationError, GenerationTimeout
from indexes.search import LocalIndex, SearchResult
from indexes.types import Mode, Scope
from service.answering.reading import read
from service.answering.types import (
    Answer,
    Citation,
    Event,
    Evidence,
    EvidenceFound,
    Generator,
    Question,
    Sentence,
    SentenceReady,
)
from service.answering.verify import Verifier

_log = logging.getLogger(__name__)

# Said to the caller in the language of the question; English for all others.
_NOTHING_FOUND = {
    "en": "The documents hold nothing about this.",
    "vi": "Tài liệu không có thông tin nào về điều này.",
    "zh": "文档中没有与此相关的内容。",
}
_NO_ANSWER = {
    "en": "The documents touch on this, but do not answer it.",
    "vi": "Tài liệu có nhắc đến chủ đề này nhưng không trả lời câu hỏi.",
    "zh": "文档提到了相关内容，但没有回答这个问题。",
}


@dataclass(slots=True)
class _Draft:
    """An answer in the making."""

    result: SearchResult
    snapshot: str
    timings: dict[str, float]
    sentences: list[Sentence] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    generator: str = ""
    trouble: str = ""

    def finish(self) -> Answer:
        language = self.result.language
        silent = not self.sentences
        separator = _separator(language)
        silence = _say(_NO_ANSWER if self.result.hits else _NOTHING_FOUND, language)
        reasons = [self.trouble, silence if silent else ""]
        return Answer(
            text=separator.join(sentence.text for sentence in self.sentences),
            abstained=silent,
            reason=". ".join(reason for reason in reasons if reason) or None,
            language=language,
            sentences=tuple(self.sentences),
            citations=tuple(self.citations),
            snapshot=self.snapshot,
            generator=self.generator,
            timings_ms=self.timings,
        )


class Answerer:
    """Answers with ``generator``, or with ``fallback`` when that cannot."""

    def __init__(self, generator: Generator, fallback: Generator | None = None) -> None:
        self._generator = generator
        self._fallback = fallback

    def ask(self, question: Question, index: LocalIndex, scope: Scope) -> Iterator[Event]:
        """The evidence, each checked sentence as it is ready, and at the end the whole Answer.

        GenerationError when the generator fails and there is no other to turn to.
        """
        began = perf_counter()
        result = index.search(question.text, scope, question.filters, question.top_k, Mode.HYBRID)
        started = perf_counter()
        reading = read(question.text, result.language, result.hits, index)
        timings = dict(result.timings_ms) | {"read": _milliseconds(started)}
        yield EvidenceFound(reading.evidence, index.snapshot_id)
        draft = _Draft(result, index.snapshot_id, timings, generator=self._generator.name)
        if reading.answers:
            started = perf_counter()
            verifier = Verifier(
                evidence=reading.evidence,
                language=result.language,
                document=lambda identity: index.catalog.document(identity, scope),
                separator=_separator(result.language),
            )
            for ready in self._write(question, reading.evidence, verifier, draft):
                draft.sentences.append(ready.sentence)
                draft.citations.extend(ready.citations)
                yield ready
            timings["write"] = _milliseconds(started)
        timings["total"] = _milliseconds(began)
        yield draft.finish()

    def _write(
        self,
        question: Question,
        evidence: tuple[Evidence, ...],
        verifier: Verifier,
        draft: _Draft,
    ) -> Iterator[SentenceReady]:
        language = draft.result.language
        try:
            yield from verifier.check(self._generator.generate(question, language, evidence))
        except GenerationError as exc:
            _log.warning("%s failed: %s", self._generator.name, exc)
            if draft.sentences:
                # What has been released stays: it was checked. The rest will not come.
                draft.trouble = (
                    f"{self._generator.name} {_failure(exc)} before the answer was whole"
                )
                return
            if self._fallback is None:
                raise
            draft.generator = self._fallback.name
            draft.trouble = (
                f"{self._generator.name} {_failure(exc)}; {self._fallback.name} stood in"
            )
            yield from verifier.check(self._fallback.generate(question, language, evidence))


def _failure(error: GenerationError) -> str:
    """What a caller is told; the log has the rest, which may name the server."""
    return "took too long" if isinstance(error, GenerationTimeout) else "failed"


def _say(words: dict[str, str], language: str) -> str:
    return words.get(language, words["en"])


def _separator(language: str) -> str:
    return "" if language in {"zh", "ja"} else " "


def _milliseconds(started: float) -> float:
    return (perf_counter() - started) * 1000
