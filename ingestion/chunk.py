"""A document's spans to chunks: whole sections and tables where they fit, sentences where not."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from indexes.passage import header
from indexes.types import Chunk, Document, chunk_id
from ingestion.canonical import Span
from ingestion.types import Kind

TokenCounter = Callable[[Sequence[str]], list[int]]
# However long a header is, this many tokens of the passage itself must fit beside it.
_LEAST_ROOM = 48


@dataclass(frozen=True, slots=True)
class ChunkSettings:
    """Sizes in tokens of the embedder, special tokens left out.

    A chunk holds at most ``max_tokens``; one below ``min_tokens`` is joined with what follows it,
    over the next heading if need be.
    """

    max_tokens: int = 200
    min_tokens: int = 48


@dataclass(frozen=True, slots=True)
class _Piece:
    """What stays together: an element, or as much of one as fits a chunk."""

    start: int
    end: int
    tokens: int
    room: int
    kind: Kind
    section: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chunker:
    """Cuts documents for one embedder: ``limit`` tokens are all that it reads of a passage."""

    count_tokens: TokenCounter
    limit: int
    settings: ChunkSettings = ChunkSettings()

    def chunks(self, document: Document, spans: Sequence[Span]) -> list[Chunk]:
        """Chunks in order, without overlap; each is ``document.text[start:end]`` to the character.

        Headings stay with the text below them, a table within the limit is a chunk of its own.
        """
        groups = self._pack(self._pieces(document, spans))
        return [_chunk(document, ordinal, group) for ordinal, group in enumerate(groups)]

    def _tokens(self, texts: Sequence[str]) -> list[int]:
        special = self.count_tokens([""])[0]
        return [count - special for count in self.count_tokens(texts)]

    def _pieces(self, document: Document, spans: Sequence[Span]) -> Iterator[_Piece]:
        sections = {span.element.section for span in spans}
        room = {section: self._room(document, section) for section in sections}
        counts = self._tokens([document.text[span.start : span.end] for span in spans])
        for span, tokens in zip(spans, counts, strict=True):
            kind, section = span.element.kind, span.element.section
            piece = _Piece(span.start, span.end, tokens, room[section], kind, section)
            if tokens <= piece.room:
                yield piece
            else:
                yield from self._split(document.text, piece)

    def _room(self, document: Document, section: tuple[str, ...]) -> int:
        """Tokens left for the text of a chunk under the header of ``section``."""
        taken = self.count_tokens([header(document.info, section)])[0]
        return max(_LEAST_ROOM, min(self.settings.max_tokens, self.limit - taken))

    def _split(self, text: str, piece: _Piece) -> Iterator[_Piece]:
        cut = self._rows if piece.kind is Kind.TABLE else self._sentences
        parts = cut(text[piece.start : piece.end], piece.room)
        counts = self._tokens(parts)
        position = piece.start
        for part, tokens in zip(parts, counts, strict=True):
            # The splitter reports offsets that are wrong for repeated text: parts come in order
            # and do not overlap, so each is searched for from the end of the one before.
            start = text.index(part, position, piece.end)
            position = start + len(part)
            yield replace(piece, start=start, end=position, tokens=tokens)

    def _rows(self, table: str, room: int) -> list[str]:
        """Runs of whole rows; a row longer than ``room`` is cut at its sentences."""
        parts: list[str] = []
        size = 0
        rows = table.split("\n")
        for row, tokens in zip(rows, self._tokens(rows), strict=True):
            if tokens > room:
                parts.extend(self._sentences(row, room))
                size = room
            elif parts and size + tokens <= room:
                parts[-1] += f"\n{row}"
                size += tokens
            elif row.strip():
                parts.append(row)
                size = tokens
        return parts

    def _sentences(self, text: str, room: int) -> list[str]:
        # Takes seconds to import, and most documents never need it.
        from llama_index.core.node_parser import SentenceSplitter  # noqa: PLC0415

        splitter = SentenceSplitter(
            chunk_size=room,
            chunk_overlap=0,
            tokenizer=lambda part: range(self._tokens([part])[0]),
        )
        return [part.strip() for part in splitter.split_text(text) if part.strip()]

    def _pack(self, pieces: Iterator[_Piece]) -> Iterator[list[_Piece]]:
        group: list[_Piece] = []
        for piece in pieces:
            if group and not self._joins(group, piece):
                closed, group = _without_trailing_headings(group)
                yield closed
            group.append(piece)
        if group:
            yield group

    def _joins(self, group: list[_Piece], piece: _Piece) -> bool:
        size = sum(member.tokens for member in group)
        if size + piece.tokens > min(member.room for member in (*group, piece)):
            return False
        if all(member.kind is Kind.HEADING for member in group) or size < self.settings.min_tokens:
            return True
        if Kind.TABLE in {piece.kind, group[-1].kind}:
            return False
        return piece.section == group[-1].section


def _without_trailing_headings(group: list[_Piece]) -> tuple[list[_Piece], list[_Piece]]:
    """``group`` and the headings at its end, which belong to what follows; never all of it."""
    end = len(group)
    while end > 0 and group[end - 1].kind is Kind.HEADING:
        end -= 1
    return (group[:end], group[end:]) if end else (group, [])


def _chunk(document: Document, ordinal: int, group: list[_Piece]) -> Chunk:
    start, end = group[0].start, group[-1].end
    # The section of the first words under a heading, not of a heading that only leads to them.
    body = next((piece for piece in group if piece.kind is not Kind.HEADING), group[-1])
    return Chunk(
        id=chunk_id(document.info.id, ordinal),
        document_id=document.info.id,
        ordinal=ordinal,
        text=document.text[start:end],
        start=start,
        end=end,
        page=document.page_at(start),
        section=body.section,
    )
