"""A document's spans to chunks: whole sections and tables where they fit, sentences where not."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile

from indexes.language import sentences
from indexes.passage import header
from indexes.types import Chunk, Document, chunk_id
from ingestion.canonical import Span
from ingestion.types import Kind

TokenCounter = Callable[[Sequence[str]], list[int]]
# However long a header is, this many tokens of the passage itself must fit beside it.
_LEAST_ROOM = 48
_PROSE = frozenset({Kind.TEXT, Kind.LIST_ITEM})
# A question, or what announces a list, a table or a command; quotes and brackets may close it.
_LEAD = re.compile(r"[?:？：][\"'”’」』）)\]]*\s*\Z")


@dataclass(frozen=True, slots=True)
class ChunkSettings:
    """Sizes in tokens of the embedder, special tokens left out.

    A chunk holds at most ``max_tokens``, and the headings above its first words come on top where
    the embedder reads that much; one below ``min_tokens`` is joined with what follows it, over the
    next heading if need be.
    """

    max_tokens: int = 200
    min_tokens: int = 48


@dataclass(frozen=True, slots=True)
class _Piece:
    """What stays together: an element, or as much of one as fits a chunk.

    ``rooms`` are how many tokens the embedder reads below the header of the first 0, 1, ... parts
    of ``section``. What ``leads``
    ends with a question or a colon.
    """

    start: int
    end: int
    tokens: int
    rooms: tuple[int, ...]
    kind: Kind
    section: tuple[str, ...]
    leads: bool = False

    @property
    def room(self) -> int:
        return self.rooms[-1]

    def is_under(self, section: tuple[str, ...]) -> bool:
        return self.section[: len(section)] == section


@dataclass(frozen=True, slots=True)
class Chunker:
    """Cuts documents for one embedder: ``limit`` tokens are all that it reads of a passage."""

    count_tokens: TokenCounter
    limit: int
    settings: ChunkSettings = ChunkSettings()

    def chunks(self, document: Document, spans: Sequence[Span]) -> list[Chunk]:
        """Chunks in order, without overlap; each is ``document.text[start:end]`` to the character.

        Headings stay with the text below them, and a question or a line that ends in a colon with
        what follows it, where both fit a chunk. A table within the limit is a chunk of its own,
        unless what stands beside it is too small to be one.
        """
        groups = self._pack(self._pieces(document, spans))
        return [_chunk(document, ordinal, group) for ordinal, group in enumerate(groups)]

    def _tokens(self, texts: Sequence[str]) -> list[int]:
        special, *counts = self.count_tokens(["", *texts])
        return [count - special for count in counts]

    def _pieces(self, document: Document, spans: Sequence[Span]) -> Iterator[_Piece]:
        # Counted in one call: each costs as much as a hundred words.
        own = dict.fromkeys(span.element.section for span in spans)
        sections = list(dict.fromkeys(part for section in own for part in _beginnings(section)))
        headers = [header(document.info, section) for section in sections]
        texts = [document.text[span.start : span.end] for span in spans]
        special, *counts = self.count_tokens(["", *headers, *texts])
        room = {
            section: max(_LEAST_ROOM, self.limit - taken)
            for section, taken in zip(sections, counts, strict=False)
        }
        for span, count in zip(spans, counts[len(sections) :], strict=True):
            kind, section = span.element.kind, span.element.section
            tokens = count - special
            leads = _leads(kind, document.text[span.start : span.end])
            rooms = tuple(room[part] for part in _beginnings(section))
            piece = _Piece(span.start, span.end, tokens, rooms, kind, section, leads)
            if tokens <= self._size(piece):
                yield piece
            else:
                yield from self._split(document.text, piece)

    def _size(self, piece: _Piece) -> int:
        return min(piece.room, self.settings.max_tokens)

    def _split(self, text: str, piece: _Piece) -> Iterator[_Piece]:
        cut = self._rows if piece.kind is Kind.TABLE else self._sentences
        parts = cut(text[piece.start : piece.end], self._size(piece))
        counts = self._tokens(parts)
        position = piece.start
        for part, tokens in zip(parts, counts, strict=True):
            # The splitter reports offsets that are wrong for repeated text. Only white space is
            # between two parts, so each is found from the end of the one before.
            start = text.index(part, position, piece.end)
            position = start + len(part)
            leads = _leads(piece.kind, part)
            yield replace(piece, start=start, end=position, tokens=tokens, leads=leads)

    def _rows(self, table: str, size: int) -> list[str]:
        """Runs of whole rows of at most ``size`` tokens; a longer row is cut at its sentences."""
        parts: list[str] = []
        room = 0
        whole = False  # whether the last part ends with its row, so that another can follow
        rows = table.split("\n")
        for row, tokens in zip(rows, self._tokens(rows), strict=True):
            if tokens > size:
                parts.extend(self._sentences(row, size))
                whole = False
            elif whole and tokens <= room:
                parts[-1] += f"\n{row}"
                room -= tokens
            elif row.strip():
                parts.append(row)
                room = size - tokens
                whole = True
        return parts

    def _sentences(self, text: str, size: int) -> list[str]:
        # Takes seconds to import, and most documents never need it.
        from llama_index.core.node_parser import SentenceSplitter  # noqa: PLC0415

        parts = _at_sentences(text)  # what the splitter will ask about
        known = dict(zip(parts, self._tokens(parts), strict=True))

        def tokenized(part: str) -> range:
            tokens = known[part] if part in known else self._tokens([part])[0]
            # The splitter would repeat a part of no tokens, such as a space, as overlap.
            return range(max(1, tokens))

        splitter = SentenceSplitter(
            chunk_size=size,
            chunk_overlap=0,
            chunking_tokenizer_fn=_at_sentences,
            tokenizer=tokenized,
        )
        return [part.strip() for part in splitter.split_text(text) if part.strip()]

    def _pack(self, pieces: Iterator[_Piece]) -> Iterator[list[_Piece]]:
        group: list[_Piece] = []
        for piece in pieces:
            while group and not self._joins(group, piece):
                closed, group = self._parted(group, piece)
                yield closed
            group.append(piece)
        if group:
            yield group

    def _parted(self, group: list[_Piece], piece: _Piece) -> tuple[list[_Piece], list[_Piece]]:
        """``group`` and what at its end belongs to ``piece``, which follows; never all of it.

        Those are headings, or what leads to ``piece`` and the headings above that.
        """
        end = _before_headings(group, len(group))
        if end == len(group) and _leads_to(group[-1], piece):
            start = _before_headings(group, end - 1)
            if start and self._joins(group[start:], piece):
                end = start
        return (group[:end], group[end:]) if end else (group, [])

    def _joins(self, group: list[_Piece], piece: _Piece) -> bool:
        taken = sum(member.tokens for member in group)
        size = taken + piece.tokens
        joined = [*group, piece]
        label = _section(joined)
        below = next(each.rooms[len(label)] for each in joined if each.is_under(label))
        if size > min(below, *(member.room for member in joined)):
            return False
        if all(member.kind is Kind.HEADING for member in group):
            return True
        if size > self.settings.max_tokens:
            return False
        if taken < self.settings.min_tokens:
            return True
        if Kind.TABLE in {piece.kind, group[-1].kind}:
            return False
        return piece.section == group[-1].section


def _at_sentences(text: str) -> list[str]:
    """``text`` cut where its sentences begin; nothing is left out, so it can be found again."""
    starts = [start for start, _ in sentences(text)]
    return [text[start:end] for start, end in pairwise([0, *starts[1:], len(text)])]


def _beginnings(section: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [section[:length] for length in range(len(section) + 1)]


def _leads(kind: Kind, text: str) -> bool:
    return kind in _PROSE and _LEAD.search(text) is not None


def _leads_to(lead: _Piece, piece: _Piece) -> bool:
    """Whether ``piece`` is what the question or the colon at the end of ``lead`` is about."""
    return lead.leads and piece.is_under(lead.section) and piece.kind is not Kind.HEADING


def _before_headings(group: Sequence[_Piece], end: int) -> int:
    """Where the headings that stand just before ``end`` begin."""
    while end > 0 and group[end - 1].kind is Kind.HEADING:
        end -= 1
    return end


def _section(group: Sequence[_Piece]) -> tuple[str, ...]:
    """The headings that all of ``group`` stands under; none, where its sections share none.

    The headings inside of it are in its text, so that a search loses nothing by a shorter path;
    under that of its first section, the rest would be cited from where it does not stand. A heading
    that only leads to others counts where there is nothing else.
    """
    bodies = [piece.section for piece in group if piece.kind is not Kind.HEADING]
    levels = zip(*(bodies or [group[-1].section]), strict=False)
    return tuple(level[0] for level in takewhile(lambda level: len(set(level)) == 1, levels))


def _chunk(document: Document, ordinal: int, group: list[_Piece]) -> Chunk:
    start, end = group[0].start, group[-1].end
    return Chunk(
        id=chunk_id(document.info.id, ordinal),
        document_id=document.info.id,
        ordinal=ordinal,
        text=document.text[start:end],
        start=start,
        end=end,
        page=document.page_at(start),
        section=_section(group),
    )
