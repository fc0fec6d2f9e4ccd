"""Questions that arrive together are encoded together, where one pass for many costs little more.

While a batch runs, later callers gather; the first of them to wake takes all that wait into the
next batch. Nobody waits while the model is idle, and nobody longer than for the batch that runs
when he comes and the one that takes him, unless more than ``limit`` texts wait before his.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Condition

from indexes.embedding.types import Embedder, Encoded, TextRefused
from indexes.embedding.wrapped import WrappedEmbedder
from indexes.errors import EmbedderError
from indexes.types import Vectors

_LIMIT = 32  # texts of one batch: the most that servers take by default (TEI)


class BatchingEmbedder(WrappedEmbedder):
    """Encodes questions of several threads in one pass; leaves everything else to the inner one."""

    def __init__(self, inner: Embedder, limit: int = _LIMIT) -> None:
        super().__init__(inner)
        self._vectors = _Lane(lambda texts: Encoded(inner.embed_queries(texts), ()), limit)
        self._whole = _Lane(inner.encode_queries, limit)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of questions, shape (len(texts), dimensions)."""
        return self._vectors.submit(texts).vectors

    def encode_queries(self, texts: Sequence[str]) -> Encoded:
        """Vectors of questions and of their tokens, out of one pass."""
        return self._whole.submit(texts)


@dataclass(slots=True, eq=False)
class _Job:
    """One caller's texts, and what became of them."""

    texts: Sequence[str]
    result: Encoded | None = None
    error: EmbedderError | None = None

    @property
    def is_done(self) -> bool:
        return self.result is not None or self.error is not None


@dataclass(slots=True, eq=False)
class _Lane:
    """The callers of one method: those who wait, and whether a batch is running."""

    encode: Callable[[Sequence[str]], Encoded]
    limit: int
    waiting: list[_Job] = field(default_factory=list)
    changed: Condition = field(default_factory=Condition)
    is_running: bool = False

    def submit(self, texts: Sequence[str]) -> Encoded:
        """The result for ``texts``, out of a batch that this caller ran or another one did."""
        job = _Job(texts)
        with self.changed:
            self.waiting.append(job)
        while not job.is_done:
            batch = self._next_batch(job)
            if batch:
                self._run(batch)
        if job.result is None:
            # Each caller raises an error of its own: they do not share a traceback.
            kind = TextRefused if isinstance(job.error, TextRefused) else EmbedderError
            raise kind(str(job.error)) from job.error
        return job.result

    def _next_batch(self, job: _Job) -> list[_Job]:
        """The jobs that the caller shall run, once nobody else does; none if his own is done."""
        with self.changed:
            self.changed.wait_for(lambda: job.is_done or not self.is_running)
            if job.is_done:
                return []
            self.is_running = True
            taken, texts = 1, len(self.waiting[0].texts)
            while taken < len(self.waiting):
                texts += len(self.waiting[taken].texts)
                if texts > self.limit:
                    break
                taken += 1
            batch, self.waiting = self.waiting[:taken], self.waiting[taken:]
            return batch

    def _run(self, batch: list[_Job]) -> None:
        try:
            self._encode(batch)
        finally:
            with self.changed:
                for job in batch:
                    if not job.is_done:
                        job.error = EmbedderError("the thread that encoded this text was stopped")
                self.is_running = False
                self.changed.notify_all()

    def _encode(self, batch: list[_Job]) -> None:
        try:
            whole = self.encode([text for job in batch for text in job.texts])
        except TextRefused as exc:
            if len(batch) == 1:
                batch[0].error = exc
                return
            for job in batch:  # alone, so that the refusal meets only the one it is meant for
                self._encode([job])
        except EmbedderError as exc:
            for job in batch:
                job.error = exc
        else:
            start = 0
            for job in batch:
                job.result = _part(whole, start, start + len(job.texts))
                start += len(job.texts)


def _part(whole: Encoded, start: int, end: int) -> Encoded:
    vectors = Vectors(whole.vectors.values[start:end], whole.vectors.fingerprint)
    return Encoded(vectors, whole.tokens[start:end])
