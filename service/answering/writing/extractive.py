"""Answers in the documents' own words: the sentences that answer, to the character."""

from collections.abc import Iterator, Sequence

from service.answering.types import Author, Brief, Draft, ReadSentence, Written

_SENTENCES = 3
# How far below the best sentence another may score: one of the same document, and the best of each
# other document, which is cited only where it answers as well. Chosen on the even halves of
# squad2-en, xquad-vi, cmrc2018-zh, handbook-sourcegraph and multihop-rag-evidence;
# docs/measurements.md has the odd ones.
_SAME_DOCUMENT = 0.078
_OTHER_DOCUMENT = 0.015


class ExtractiveGenerator:
    """Needs no model server; what it writes is in the evidence word for word."""

    name = "extractive"
    version = "5"

    def generate(self, brief: Brief) -> Iterator[Written]:
        """The best sentence of the evidence, and those that answer nearly as well.

        None where the reading came to nothing: extraction has no judgement of its own. Sentences
        of one passage stand in its order, those of several best first.
        """
        yield Author(self.name)
        if not brief.answers:
            return
        documents = {item.number: item.document.id for item in brief.evidence}
        chosen = _chosen(brief.sentences, documents)
        if len({each.number for each in chosen}) == 1:
            chosen.sort(key=lambda each: each.start)
        for each in chosen:
            yield Draft(each.text, (each.number,))


def _chosen(sentences: Sequence[ReadSentence], documents: dict[int, str]) -> list[ReadSentence]:
    # Of a list and its items, which score the same, the list.
    ranked = sorted(sentences, key=lambda each: (-each.score, each.number, each.start, -each.end))
    chosen = ranked[:1]
    cited = [documents[each.number] for each in chosen]
    for each in ranked[1:]:
        below = ranked[0].score - each.score
        document = documents[each.number]
        if len(chosen) == _SENTENCES or below > _SAME_DOCUMENT:
            break
        if any(_repeats(each, other) for other in chosen):
            continue
        alone = set(cited) == {document}
        if alone or (document not in cited and below <= _OTHER_DOCUMENT):
            chosen.append(each)
            cited.append(document)
    return chosen


def _repeats(one: ReadSentence, other: ReadSentence) -> bool:
    """Whether they say the same, or share words as a list and its items do."""
    if one.text == other.text:
        return True
    return one.number == other.number and one.start < other.end and other.start < one.end
