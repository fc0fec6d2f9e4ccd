"""From hits to evidence: copies merged, neighbours joined, passages widened to their section."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from indexes.catalog import Catalog
from indexes.search import SearchResult
from indexes.types import Chunk, DocumentInfo, Hit
from service.answering.types import Evidence

# Two passages with this share of their words in common (Jaccard) say the same, provided that
# what they hold of digits is the same to the letter.
_ALIKE = 0.8
# Found chunks of one document no farther apart than this many chunks make one passage.
_NEIGHBOURS = 1
# Chunks that a passage may grow by on either side; a section is seldom longer than that.
_REACH = 3


@dataclass(slots=True)
class _Passage:
    """Evidence in the making: found chunks of one document, and the rows it reaches over."""

    hits: list[Hit]
    first: int
    last: int
    start: int
    end: int
    also: list[DocumentInfo] = field(default_factory=list)

    @property
    def document(self) -> DocumentInfo:
        return self.hits[0].document

    @property
    def section(self) -> tuple[str, ...]:
        return self.hits[0].chunk.section


def gather(result: SearchResult, catalog: Catalog, room: int = 0) -> tuple[Evidence, ...]:
    """Numbered passages in the order of their best hits.

    Near-duplicates of a better passage are named beside it, and chunks of a document that stand
    side by side become one. ``room`` is how many code points the passages may grow by, together,
    over the rest of their sections; the best grow first.
    """
    passages = _joined(_distinct(result))
    if room:
        _widen(passages, catalog, room)
    return tuple(
        Evidence(
            number=number,
            text=_text(passage, catalog),
            start=passage.start,
            end=passage.end,
            hits=tuple(passage.hits),
            also=tuple(passage.also),
        )
        for number, passage in enumerate(passages, 1)
    )


def _distinct(result: SearchResult) -> list[_Passage]:
    kept: list[_Passage] = []
    words: list[frozenset[str]] = []
    for hit, row in zip(result.hits, result.rows, strict=True):
        own = frozenset(hit.chunk.text.split())
        for passage, other in zip(kept, words, strict=True):
            if passage.document.id != hit.document.id and _alike(own, other):
                passage.also.append(hit.document)
                break
        else:
            kept.append(_Passage([hit], row, row, hit.chunk.start, hit.chunk.end))
            words.append(own)
    return kept


def _alike(words: frozenset[str], others: frozenset[str]) -> bool:
    shared = len(words & others)
    return shared >= _ALIKE * len(words | others) and _numbers(words) == _numbers(others)


def _numbers(words: Iterable[str]) -> set[str]:
    return {word for word in words if any(map(str.isdecimal, word))}


def _joined(passages: Sequence[_Passage]) -> list[_Passage]:
    """The passages in their order, each with the neighbours that were found behind it."""
    joined: list[_Passage] = []
    for passage in passages:
        for other in joined:
            if other.document.id == passage.document.id and _touches(other, passage):
                _absorb(other, passage)
                break
        else:
            joined.append(passage)
    return joined


def _touches(one: _Passage, other: _Passage) -> bool:
    return other.first - one.last <= _NEIGHBOURS and one.first - other.last <= _NEIGHBOURS


def _absorb(passage: _Passage, other: _Passage) -> None:
    passage.hits.extend(other.hits)
    passage.also.extend(info for info in other.also if info not in passage.also)
    passage.first, passage.last = min(passage.first, other.first), max(passage.last, other.last)
    passage.start, passage.end = min(passage.start, other.start), max(passage.end, other.end)


def _widen(passages: Sequence[_Passage], catalog: Catalog, room: int) -> None:
    taken = {row for passage in passages for row in range(passage.first, passage.last + 1)}
    for passage in passages:
        behind = range(passage.last + 1, passage.last + 1 + _REACH)
        before = range(passage.first - 1, passage.first - 1 - _REACH, -1)
        # What follows explains more often than what went before.
        for rows in (behind, before):
            for row, chunk in _of_section(passage, rows, catalog):
                growth = max(chunk.end - passage.end, passage.start - chunk.start)
                if row in taken or growth > room:
                    break
                room -= growth
                taken.add(row)
                passage.first, passage.last = min(passage.first, row), max(passage.last, row)
                passage.start = min(passage.start, chunk.start)
                passage.end = max(passage.end, chunk.end)


def _of_section(
    passage: _Passage, rows: Iterable[int], catalog: Catalog
) -> list[tuple[int, Chunk]]:
    """The chunks in ``rows``, as far as they are of the passage's document and section."""
    section: list[tuple[int, Chunk]] = []
    inside = [row for row in rows if 0 <= row < catalog.chunk_count]
    for row, (chunk, document) in zip(inside, catalog.chunks(inside), strict=True):
        if document.id != passage.document.id or chunk.section != passage.section:
            break
        section.append((row, chunk))
    return section


def _text(passage: _Passage, catalog: Catalog) -> str:
    chunk = passage.hits[0].chunk
    if (chunk.start, chunk.end) == (passage.start, passage.end):
        return chunk.text
    return catalog.text(passage.first, passage.start, passage.end)
