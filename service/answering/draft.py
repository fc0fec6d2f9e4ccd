"""An answer in the making, and what it amounts to when nothing more comes."""

from dataclasses import dataclass, field
from time import perf_counter

from indexes.search import SearchResult
from service.answering.layout import joined
from service.answering.nearest import nearest
from service.answering.silence import reason
from service.answering.types import (
    Answer,
    Author,
    Caution,
    Citation,
    Evidence,
    Judgement,
    ReadSentence,
    Sentence,
    SentenceReady,
    Silence,
    Usage,
)

_UNREAD = Judgement(answers=False, probability=0.0)


@dataclass(slots=True)
class DraftAnswer:
    """What is known of an answer before its end. ``question`` is what was looked for.

    ``read`` are the sentences that it may rest on; ``withheld`` counts those of the generator's
    that nothing supports, ``strayed`` those that are supported and answer nothing; ``trouble``
    says what went wrong on the way.
    """

    question: str
    result: SearchResult
    snapshot: str
    evidence: tuple[Evidence, ...]
    author: Author
    judgement: Judgement = _UNREAD
    read: tuple[ReadSentence, ...] = ()
    cautions: tuple[Caution, ...] = ()
    sentences: list[Sentence] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    usage: Usage | None = None
    withheld: int = 0
    strayed: int = 0
    trouble: str = ""
    timings_ms: dict[str, float] = field(default_factory=dict)

    @property
    def troubled(self) -> bool:
        """Whether it might come out otherwise if it were asked again."""
        return bool(self.trouble or self.author.trouble)

    def add(self, ready: SentenceReady) -> None:
        """Take a checked sentence."""
        self.sentences.append(ready.sentence)
        self.citations.extend(ready.citations)

    def took(self, stage: str, since: float) -> None:
        """``stage`` took the time since ``since``, by `time.perf_counter`."""
        self.timings_ms[stage] = (perf_counter() - since) * 1000

    def finish(self, total_ms: float) -> Answer:
        """The Answer; without a sentence it is an abstention, and says why."""
        language = self.result.language
        silence = self._silence()
        why = reason(silence, self.judgement.uncovered, language) if silence else ""
        reasons = [self.author.trouble, self.trouble, why]
        return Answer(
            text=joined([sentence.text for sentence in self.sentences], language),
            abstained=silence is not None,
            reason=". ".join(each for each in reasons if each) or None,
            language=language,
            sentences=tuple(self.sentences),
            citations=tuple(self.citations),
            snapshot=self.snapshot,
            generator=self.author.name,
            timings_ms={**self.result.timings_ms, **self.timings_ms, "total": total_ms},
            evidence=self.evidence,
            question=self.question,
            prompt=self.author.prompt,
            usage=self.usage,
            silence=silence,
            uncovered=self.judgement.uncovered,
            withheld=self.withheld + self.strayed,
            nearest=nearest(self.evidence, self.read) if silence else (),
            cautions=self.cautions,
        )

    def _silence(self) -> Silence | None:
        if self.sentences:
            return None
        if not self.evidence:
            return Silence.NOTHING_FOUND
        if self.withheld and not self.strayed:
            return Silence.UNSUPPORTED
        return self.judgement.silence or Silence.UNCERTAIN
