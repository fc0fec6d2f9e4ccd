"""A document's spans to chunks: whole sections and tables where they fit, sentences where not."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from indexes.language import sentences
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

    A chunk holds at most ``max_tokens``, and the headings above its first words come on top where
    the embedder reads that much; one below ``min_tokens`` is joined with what follows it, over the
    next heading if need be.
    """

    max_tokens: int = 200
    min_tokens: int = 48


@dataclass(frozen=True, slots=True)
class _Piece:
    """What stays together: an element, or as much of one as fits a chunk.

    ``room`` is how many tokens the embedder reads below the header of ``section``.
    """

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

        Headings stay with the text below them. A table within the limit is a chunk of its own,
        unless what stands beside it is too small to be one.
        """
        groups = self._pack(self._pieces(document, spans))
        return [_chunk(document, ordinal, group) for ordinal, group in enumerate(groups)]

    def _tokens(self, texts: Sequence[str]) -> list[int]:
        special, *counts = self.count_tokens(["", *texts])
        return [count - special for count in counts]

    def _pieces(self, document: Document, spans: Sequence[Span]) -> Iterator[_Piece]:
        # Counted in one call: each costs as much as a hundred words.
        sections = list(dict.fromkeys(span.element.section for span in spans))
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
            piece = _Piece(span.start, span.end, tokens, room[section], kind, section)
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
            yield replace(piece, start=start, end=position, tokens=tokens)

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
                closed, group = _without_trailing_headings(group)
                yield closed
            group.append(piece)
        if group:
            yield group

    def _joins(self, group: list[_Piece], piece: _Piece) -> bool:
        taken = sum(member.tokens for member in group)
        size = taken + piece.tokens
        if size > min(member.room for member in (*group, piece)):
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
