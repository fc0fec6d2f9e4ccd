"""What speaks to a machine in the evidence: told to the reader, never an answer, never obeyed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from service.answering.guarding.instructions import Instruction, find
from service.answering.types import Caution, Evidence, ReadSentence

# What a model reads in place of such words.
_LEFT_OUT = "[…]"


@dataclass(frozen=True, slots=True)
class Watch:
    """The instructions in each passage, by its number; passages without any have no entry.

    ``named`` are those in titles and headings.
    """

    instructions: Mapping[int, tuple[Instruction, ...]]
    named: tuple[Caution, ...] = ()

    @classmethod
    def over(cls, evidence: Sequence[Evidence]) -> "Watch":
        """Look through all passages, their titles and headings."""
        found = {passage.number: find(passage.text) for passage in evidence}
        named = (
            Caution(passage.number, each.kind, words[each.start : each.end])
            for passage in evidence
            for words in dict.fromkeys((passage.document.title, *passage.hit.chunk.section))
            for each in find(words)
        )
        return cls({number: each for number, each in found.items() if each}, tuple(named))

    def cautions(self, evidence: Sequence[Evidence]) -> tuple[Caution, ...]:
        """What was found, in the order of the evidence, then in titles; the same words once."""
        inside = (
            Caution(passage.number, each.kind, passage.text[each.start : each.end])
            for passage in evidence
            for each in self.instructions.get(passage.number, ())
        )
        return tuple(dict.fromkeys([*inside, *self.named]))

    def harmless(self, sentences: Iterable[ReadSentence]) -> tuple[ReadSentence, ...]:
        """The sentences that lie in no instruction, not even in part."""
        return tuple(
            sentence
            for sentence in sentences
            if not any(
                each.start < sentence.end and sentence.start < each.end
                for each in self.instructions.get(sentence.number, ())
            )
        )

    def left_out(self, evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
        """The passages as a model reads them. Their texts are no longer those of the documents.

        One whose title or heading speaks to a machine is not read at all.
        """
        named = {caution.number for caution in self.named}
        return tuple(
            replace(passage, text=_without(passage.text, self.instructions[passage.number]))
            if passage.number in self.instructions
            else passage
            for passage in evidence
            if passage.number not in named
        )


def _without(text: str, instructions: Sequence[Instruction]) -> str:
    parts: list[str] = []
    done = 0
    for each in sorted(instructions, key=lambda found: found.start):
        parts += [text[done : each.start], _LEFT_OUT] if each.start >= done else []
        done = max(done, each.end)
    return "".join([*parts, text[done:]])
