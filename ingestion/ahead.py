"""Embeds, in threads of its own, what a run has cut, while the run reads and cuts what follows."""

import heapq
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from threading import Condition
from typing import Self

from indexes.embedder import Embedder, Encoded
from indexes.indexing import WINDOW
from indexes.tokens import TokenQuantiser
from ingestion.ledger import Ledger, PassageKey, passage_key
from ingestion.progress import Progress

# Passages that are embedded and written down together. One such batch is embedded while the one
# before it is written: a killed run has to do again less than two of them.
BATCH = 64


@dataclass(frozen=True, slots=True)
class _Passage:
    """A text to embed, and whether the codes of its tokens are wanted."""

    text: str
    coded: bool


@dataclass(frozen=True, slots=True)
class _Batch:
    """Passages on their way through the encoder."""

    passages: Mapping[PassageKey, _Passage]
    encoded: "Future[Encoded]"


def wants_codes(embedder: Embedder, language: str) -> bool:
    """Whether the tokens of passages in this language have vectors that mean something."""
    return embedder.has_tokens and embedder.reads(language)


class EmbeddingAhead:
    """Computes the vectors of passages as they come, unless the ledger holds them already.

    The encoder begins with the first passages and pauses only while none wait. Each batch is one
    transaction of the ledger. Use it with ``with``: at its end everything that was added is in the
    ledger, unless an error ends it; then the batch under way is the last. What its threads raise
    is raised by ``add`` and at the end. Then ``embedded`` is how many passages it embedded, and
    ``recoded`` how many of them had a vector and lacked only the codes of their tokens.
    """

    def __init__(self, embedder: Embedder, ledger: Ledger, progress: Progress) -> None:
        self.embedded = 0
        self.recoded = 0
        self._embedder = embedder
        self._ledger = ledger
        self._progress = progress
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="embed")
        self._thread: Future[None] | None = None
        self._changed = Condition()
        # Guarded by it:
        self._arrived: list[_Passage] = []
        self._held = 0  # passages that the thread has taken and not yet written down
        self._complete = False
        self._abandoned = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._changed:
            self._complete = True
            self._abandoned = kind is not None
            self._changed.notify_all()
        if self._thread is not None:
            with self._progress.stage("embed"):
                self._pool.shutdown()
            if kind is None:
                self._thread.result()

    def add(self, passages: Sequence[str], language: str) -> None:
        """Have ``passages`` embedded; waits while a window of earlier ones has still to be."""
        if self._thread is None:
            self._thread = self._pool.submit(self._embed)
            self._thread.add_done_callback(self._wake)
        coded = wants_codes(self._embedder, language)
        with self._changed:
            self._arrived.extend(_Passage(text, coded) for text in passages)
            self._changed.notify_all()
            if not self._has_room():
                with self._progress.stage("embed"):
                    self._changed.wait_for(self._has_room)
        if self._thread.done():
            self._thread.result()

    def _has_room(self) -> bool:
        ended = self._thread is not None and self._thread.done()
        return ended or len(self._arrived) + self._held < WINDOW

    def _wake(self, _: "Future[None]") -> None:
        with self._changed:
            self._changed.notify_all()

    def _embed(self) -> None:
        """What the thread does. It has a connection of its own, as each belongs to one thread."""
        queue = _Queue()
        with (
            self._ledger.reopened() as ledger,
            self._progress.beside("embed", "chunks") as bar,
            ThreadPoolExecutor(1, thread_name_prefix="encode") as encoder,
        ):
            before: _Batch | None = None
            while self._fetch(queue, ledger, wait=before is None) or queue or before:
                bar.total = self.embedded + queue.held
                # The encoder goes on with the next batch while the one before is written down.
                batch = self._start(queue.take(BATCH), encoder)
                if before is not None:
                    self._keep(before, ledger)
                    queue.forget(before.passages)
                    bar.update(len(before.passages))
                before = batch

    def _fetch(self, queue: "_Queue", ledger: Ledger, *, wait: bool) -> bool:
        """Move what arrived into ``queue``; whether more may come. May wait for what arrives."""
        with self._changed:
            self._held = queue.held
            self._changed.notify_all()
            if wait and not queue:
                self._changed.wait_for(lambda: self._arrived or self._complete)
            if self._abandoned:
                self._arrived.clear()
                queue.clear()
            arrived, self._arrived = self._arrived, []
            self._held += len(arrived)
            more = bool(arrived) or not self._complete
        self._enqueue(arrived, queue, ledger)
        return more

    def _enqueue(self, arrived: Sequence[_Passage], queue: "_Queue", ledger: Ledger) -> None:
        keys = [passage_key(passage.text) for passage in arrived]
        coded = [key for key, passage in zip(keys, arrived, strict=True) if passage.coded]
        missing = ledger.missing(self._embedder.fingerprint, keys)
        uncoded = ledger.uncoded(self._embedder.fingerprint, coded)
        for key, passage in zip(keys, arrived, strict=True):
            if (key in missing or key in uncoded) and queue.add(key, passage):
                self.recoded += key not in missing

    def _start(
        self, passages: Mapping[PassageKey, _Passage], encoder: ThreadPoolExecutor
    ) -> _Batch | None:
        if not passages:
            return None
        texts = [passage.text for passage in passages.values()]
        if any(passage.coded for passage in passages.values()):
            return _Batch(passages, encoder.submit(self._embedder.encode_passages, texts))
        return _Batch(passages, encoder.submit(self._without_tokens, texts))

    def _without_tokens(self, texts: Sequence[str]) -> Encoded:
        return Encoded(self._embedder.embed_passages(texts), ())

    def _keep(self, batch: _Batch, ledger: Ledger) -> None:
        """Write a batch down once it is embedded."""
        encoded = batch.encoded.result()
        ledger.record_embeddings(
            self._embedder.fingerprint,
            list(batch.passages),
            encoded.vectors.values,
            _codes(batch.passages, encoded),
        )
        self.embedded += len(batch.passages)


def _codes(passages: Mapping[PassageKey, _Passage], encoded: Encoded) -> dict[PassageKey, bytes]:
    """The codes of the tokens of those ``passages`` for which they are wanted."""
    if not encoded.tokens:
        return {}
    quantiser = TokenQuantiser(encoded.tokens[0].values.shape[1])
    return {
        key: quantiser.encode(passage.text, tokens)
        for (key, passage), tokens in zip(passages.items(), encoded.tokens, strict=True)
        if passage.coded
    }


class _Queue:
    """Passages by length: those of one length share a batch, which then needs little padding.

    The longest leave first, so that the memory that a run needs is seen at its beginning.
    """

    def __init__(self) -> None:
        self._waiting: dict[PassageKey, _Passage] = {}
        self._order: list[tuple[int, PassageKey]] = []  # a heap
        self._taken: set[PassageKey] = set()

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def held(self) -> int:
        """Passages that wait, and those that were taken and not forgotten."""
        return len(self._waiting) + len(self._taken)

    def add(self, key: PassageKey, passage: _Passage) -> bool:
        """Whether it was new; another one of the same text only adds what it wants."""
        if key in self._taken:
            return False
        earlier = self._waiting.get(key)
        if earlier is not None:
            self._waiting[key] = replace(earlier, coded=earlier.coded or passage.coded)
            return False
        heapq.heappush(self._order, (-len(passage.text), key))
        self._waiting[key] = passage
        return True

    def take(self, count: int) -> dict[PassageKey, _Passage]:
        """Up to ``count`` of the longest."""
        keys = [heapq.heappop(self._order)[1] for _ in range(min(count, len(self._order)))]
        self._taken.update(keys)
        return {key: self._waiting.pop(key) for key in keys}

    def forget(self, keys: Mapping[PassageKey, _Passage]) -> None:
        """Of what was taken, these are in the ledger."""
        self._taken.difference_update(keys)

    def clear(self) -> None:
        """Drop what waits."""
        self._waiting.clear()
        self._order.clear()
