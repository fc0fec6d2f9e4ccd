"""What a generator writes from the evidence of an answer when nobody checks it."""

from dataclasses import dataclass

from service.answering.types import Answer, Brief, Draft, Evidence, Generator, Question
from service.answering.watch import Watch
from service.answering.writing.failures import RanOut


@dataclass(frozen=True, slots=True)
class Raw:
    """What ``author`` wrote, and the evidence whose numbers it points at."""

    author: str
    drafts: tuple[Draft, ...]
    evidence: tuple[Evidence, ...]

    @property
    def text(self) -> str:
        """All of them."""
        return " ".join(draft.text for draft in self.drafts)

    @property
    def cited(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Each sentence with the passages that it points at."""
        texts = {item.number: item.text for item in self.evidence}
        return tuple(
            (draft.text, tuple(texts[number] for number in draft.numbers if number in texts))
            for draft in self.drafts
        )


def write(generator: Generator, question: Question, answer: Answer) -> Raw:
    """From the passages of ``answer``, whether or not they were judged to hold an answer.

    Nothing where the reply ran out before its first sentence ended; GenerationError when the
    generator fails in another way.
    """
    evidence = Watch.over(answer.evidence).left_out(answer.evidence)
    written = generator.generate(Brief(question, answer.language, evidence)) if evidence else ()
    try:
        drafts = tuple(item for item in written if isinstance(item, Draft))
    except RanOut:
        drafts = ()
    return Raw(generator.name, drafts, answer.evidence)
