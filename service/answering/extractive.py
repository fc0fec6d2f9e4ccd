"""Answers in the documents' own words: the sentences that answer, to the character."""

from collections.abc import Iterator, Sequence

from service.answering.types import Draft, Evidence, Question

# A second sentence is added when it answers nearly as well as the first; measured on the even
# half of squad2-en, this holds the answer in .87 instead of .81 at a median of 41 words.
_SECOND_SENTENCE = 0.8
_SENTENCES = 2


class ExtractiveGenerator:
    """Needs no model server; what it writes is in the evidence word for word."""

    name = "extractive"

    def generate(
        self,
        question: Question,  # noqa: ARG002 (the evidence has been read for it already)
        language: str,  # noqa: ARG002 (as above)
        evidence: Sequence[Evidence],
    ) -> Iterator[Draft]:
        """The best sentence of the evidence, and the second best if it is nearly as good."""
        ranked = sorted(
            (
                (sentence.score, item.number, sentence)
                for item in evidence
                for sentence in item.sentences
            ),
            key=lambda entry: (-entry[0], entry[1], entry[2].start),
        )[:_SENTENCES]
        chosen = [entry for entry in ranked if entry[0] >= _SECOND_SENTENCE * ranked[0][0]]
        # Two sentences of one passage read best in the order they were written in.
        if len({number for _, number, _ in chosen}) == 1:
            chosen.sort(key=lambda entry: entry[2].start)
        for _, number, sentence in chosen:
            yield Draft(sentence.text, (number,))
