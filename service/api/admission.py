"""How many requests work at once, and what becomes of the others: nobody waits for long."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from time import time

from limits import parse
from limits.errors import StorageError
from limits.strategies import MovingWindowRateLimiter
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from indexes.errors import ConfigurationError, GenerationTimeout
from service.api.problems import refusal
from service.auth import Caller
from service.errors import Overloaded, TooManyRequests, problem_of
from service.telemetry import Telemetry
from service.workers.counts import Counts
from service.workers.windows import windows

# Asked for by machines that must get through when nobody else does.
_FREE = frozenset({"/healthz", "/readyz", "/metrics", "/openapi.json", "/"})
_FREE_FOLDER = "/web/"
_RETRY_SECONDS = 1


@dataclass(frozen=True, slots=True)
class Room:
    """How many requests work at once, in all and of one caller; how many more may wait.

    A request waits at most ``patience`` seconds. 0 of one caller is as many as there are.
    """

    working: int
    of_one: int
    waiting: int
    patience: float


class Permits:
    """A permit for each request that works. For the coroutines of one event loop.

    Where all are given out a request waits; where too many wait, the one that has waited longest
    is turned away, for its caller is the likeliest to have given up.
    """

    def __init__(self, room: Room, under_way: Counts | None = None) -> None:
        """``under_way`` counts each caller's requests, of other processes too if they share it."""
        self._room = room
        self._free = room.working
        self._under_way = under_way or Counts()
        self._waiting: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def permit(self, caller: str) -> AsyncIterator[None]:
        """Hold a permit. TooManyRequests when ``caller`` has its share, Overloaded when all do."""
        if self._room.of_one and self._under_way.of(caller) >= self._room.of_one:
            raise TooManyRequests(
                f"{self._room.of_one} requests of yours are under way, which is the most at once; "
                "wait for one of them",
                _RETRY_SECONDS,
            )
        self._under_way.add(caller)
        try:
            await self._acquire()
            try:
                yield
            finally:
                self._release()
        finally:
            self._under_way.subtract(caller)

    async def _acquire(self) -> None:
        if self._free:
            self._free -= 1
            return
        if not self._room.waiting:
            raise _overloaded()
        if len(self._waiting) >= self._room.waiting:
            oldest = self._waiting.popleft()
            if not oldest.done():  # else it gave up this very moment, and makes room by that
                oldest.set_exception(_overloaded())
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(self._room.patience):
                await turn
        except BaseException as exc:
            if turn in self._waiting:
                self._waiting.remove(turn)
            elif turn.done() and not turn.cancelled() and turn.exception() is None:
                # The permit came in the very moment that its request was given up.
                self._release()
            if isinstance(exc, TimeoutError):
                raise _overloaded() from exc
            raise

    def _release(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


class Rate:
    """So many requests of one caller in a span of time, by a moving window."""

    def __init__(self, limit: str, folder: Path | None = None) -> None:
        """``limit`` as "60/minute", over all processes that share ``folder``.

        ConfigurationError when it is no such limit.
        """
        try:
            self._limit = parse(limit)
        except ValueError as exc:
            raise ConfigurationError(
                f'FOOTNOTE_RATE_LIMIT is {limit!r}; write a number and a time, such as "60/minute"'
            ) from exc
        if not self._limit.amount:
            raise ConfigurationError(
                f"FOOTNOTE_RATE_LIMIT is {limit!r}, which would refuse every request; write at "
                'least 1, such as "60/minute", or leave it empty for no limit'
            )
        self._limiter = MovingWindowRateLimiter(windows(folder))

    def count(self, caller: str) -> None:
        """Count a request. TooManyRequests when there were as many as there may be.

        Overloaded where other processes leave no time to count it.
        """
        try:
            if self._limiter.hit(self._limit, caller):
                return
            window = self._limiter.get_window_stats(self._limit, caller)
        except StorageError as exc:
            raise _overloaded() from exc
        raise TooManyRequests(
            f"you may ask {self._limit}; wait until some of that time has passed",
            max(ceil(window.reset_time - time()), 1),
        )


class RateLimit:
    """Counts the requests of each caller, and lets in no more of them than there may be."""

    def __init__(self, app: ASGIApp, rate: Rate, telemetry: Telemetry) -> None:
        self._app = app
        self._rate = rate
        self._telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """429 for a caller that asks too often."""
        caller = _admitted(scope)
        try:
            if caller is not None:
                self._rate.count(caller.name)
        except (TooManyRequests, Overloaded) as exc:
            await _turned_away(exc, self._telemetry, scope)(scope, receive, send)
            return
        await self._app(scope, receive, send)


class Admission:
    """Lets a request in when there is room for it, and ends one that takes longer than it may."""

    def __init__(
        self, app: ASGIApp, permits: Permits, seconds: float, telemetry: Telemetry
    ) -> None:
        self._app = app
        self._permits = permits
        self._seconds = seconds
        self._telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """429 for a caller that has its share of the room, 503 where all is taken; both soon."""
        caller = _admitted(scope)
        if caller is None:
            await self._app(scope, receive, send)
            return
        try:
            async with self._permits.permit(caller.name):
                await self._within_time(scope, receive, send)
        except (TooManyRequests, Overloaded) as exc:
            await _turned_away(exc, self._telemetry, scope)(scope, receive, send)

    async def _within_time(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def send_noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        deadline = asyncio.timeout(self._seconds)
        try:
            async with deadline:
                await self._app(scope, receive, send_noting)
        except TimeoutError:
            if begun or not deadline.expired():  # only breaking off shows that it is not whole
                raise
            late = GenerationTimeout(f"no answer within {self._seconds:g} seconds")
            await refusal(problem_of(late), scope)(scope, receive, send)


def _admitted(scope: Scope) -> Caller | None:
    """Who sends a request that has to be let in; None where it is free."""
    if scope["type"] != "http" or scope["path"] in _FREE or scope["path"].startswith(_FREE_FOLDER):
        return None
    caller: Caller | None = scope["state"].get("caller")
    return caller


def _turned_away(
    error: TooManyRequests | Overloaded, telemetry: Telemetry, scope: Scope
) -> Response:
    problem = problem_of(error)
    telemetry.turned_away(problem.status)
    return refusal(problem, scope)


def _overloaded() -> Overloaded:
    return Overloaded("all are busy here at the moment; try again in a second", _RETRY_SECONDS)
