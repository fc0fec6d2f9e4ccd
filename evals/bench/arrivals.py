"""Questions as they come to a service: one after the other, or when they come, ready or not."""

import asyncio
import random
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, product
from time import perf_counter

from evals.bench.process import MeasurementFailed
from evals.bench.wire import Pool, Reply, post

# Passages to look at, and which sentences leave: each pair is another key of the answer cache, so
# one question can be asked many times without being answered from there. The service's own
# default is the first and the mean.
_DEFAULT = 8
_WIDTHS = sorted(range(3, 14), key=lambda width: abs(width - _DEFAULT))
_RELEASES = ("strict", "flag")


@dataclass(frozen=True, slots=True)
class Query:
    """One way to ask one question."""

    question: str
    top_k: int
    release: str

    def request(self, collection: str, key: str) -> bytes:
        """As it goes over the wire."""
        body = {
            "question": self.question,
            "collection": collection,
            "top_k": self.top_k,
            "release": self.release,
        }
        return post("/ask", key, body)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A query and what became of it."""

    query: Query
    reply: Reply


def queries(questions: Sequence[str]) -> list[Query]:
    """Every question in every way, the same question as rarely as may be."""
    ways = product(_RELEASES, _WIDTHS)
    return [Query(question, top_k, release) for release, top_k in ways for question in questions]


class Crowd:
    """Callers, each with a key of its own, who ask one collection over one pool of connections."""

    def __init__(self, pool: Pool, collection: str, keys: Sequence[str]) -> None:
        self._pool = pool
        self._collection = collection
        self._keys = cycle(keys)

    async def ask(self, query: Query, due: float | None = None) -> Outcome:
        """One query, by the next caller."""
        request = query.request(self._collection, next(self._keys))
        return Outcome(query, await self._pool.ask(request, due))

    async def one_by_one(self, asked: Sequence[Query]) -> list[Outcome]:
        """Each when the one before is answered."""
        return [await self.ask(query) for query in asked]

    async def together(self, asked: Iterator[Query], callers: int, seconds: float) -> list[Outcome]:
        """A closed loop: ``callers`` ask, and ask the next when they are answered."""
        end = perf_counter() + seconds
        outcomes: list[Outcome] = []

        async def caller() -> None:
            while perf_counter() < end:
                outcomes.append(await self.ask(next(asked)))

        await asyncio.gather(*(caller() for _ in range(callers)))
        return outcomes

    async def arriving(
        self,
        asked: Iterator[Query],
        rate: float,
        seconds: float,
        midway: Callable[[], Coroutine[None, None, None]] | None = None,
    ) -> list[Outcome]:
        """An open loop: ``rate`` a second, a Poisson process, whatever becomes of those before.

        Lateness counts from the moment when a request was due, so that a client or a service that
        falls behind hides nothing. ``midway`` runs beside them when half the time has passed.
        """
        gaps = random.Random(0)  # noqa: S311 (the same arrivals each time)
        tasks: list[asyncio.Task[Outcome]] = []
        beside: asyncio.Task[None] | None = None
        due = start = perf_counter()
        while (due := due + gaps.expovariate(rate)) < start + seconds:
            await asyncio.sleep(due - perf_counter())
            if midway and beside is None and due > start + seconds / 2:
                beside = asyncio.create_task(midway())
            tasks.append(asyncio.create_task(self.ask(next(asked), due)))
        outcomes = await asyncio.gather(*tasks)
        if beside is not None:
            await beside
        return outcomes


async def rate_of(pool: Pool, request: bytes, callers: int, seconds: float) -> float:
    """How often a second one request is answered to so many callers at once.

    MeasurementFailed where anybody is refused.
    """
    begun = perf_counter()
    answered = 0

    async def caller() -> None:
        nonlocal answered
        while perf_counter() < begun + seconds:
            reply = await pool.ask(request)
            if not reply.answered:
                raise MeasurementFailed(f"refused with {reply.status}: {reply.body[:500]!r}")
            answered += 1

    await asyncio.gather(*(caller() for _ in range(callers)))
    return answered / (perf_counter() - begun)
