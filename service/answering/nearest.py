"""Where to look when there is no answer: what comes nearest of the best documents."""

from collections.abc import Sequence

from service.answering.types import Evidence, Nearest, ReadSentence

# Documents that are named.
_MOST = 3


def nearest(evidence: Sequence[Evidence], read: Sequence[ReadSentence]) -> tuple[Nearest, ...]:
    """The documents of the best evidence, each once, with the best of its sentences in ``read``.

    A document without any is named alone.
    """
    of_document: dict[str, list[Evidence]] = {}
    for passage in evidence:
        of_document.setdefault(passage.document.id, []).append(passage)
    return tuple(_of(passages, read) for passages in list(of_document.values())[:_MOST])


def _of(passages: Sequence[Evidence], read: Sequence[ReadSentence]) -> Nearest:
    numbered = {passage.number: passage for passage in passages}
    own = [sentence for sentence in read if sentence.number in numbered]
    if not own:
        first = passages[0]
        return Nearest(first.document, "", first.start, first.start, first.hit.chunk.page)
    best = max(own, key=lambda sentence: sentence.score)
    passage = numbered[best.number]
    start = passage.start + best.start
    return Nearest(
        document=passage.document,
        quote=best.text,
        start=start,
        end=passage.start + best.end,
        page=_page(passage, start),
    )


def _page(passage: Evidence, at: int) -> int | None:
    within = (hit.chunk for hit in passage.hits if hit.chunk.start <= at < hit.chunk.end)
    return next(within, passage.hit.chunk).page
