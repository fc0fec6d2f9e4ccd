"""How many requests work at once, and what becomes of the others: nobody waits for long."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from math import ceil
from time import time

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from indexes.errors import ConfigurationError, GenerationTimeout
from service.api.problems import refusal
from service.auth import Caller
from service.errors import Overloaded, TooManyRequests, problem_of
from service.telemetry import Telemetry

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

    def __init__(self, room: Room) -> None:
        self._room = room
        self._free = room.working
        self._of = Counter[str]()
        self._waiting: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def permit(self, caller: str) -> AsyncIterator[None]:
        """Hold a permit. TooManyRequests when ``caller`` has its share, Overloaded when all do."""
        if self._room.of_one and self._of[caller] >= self._room.of_one:
            raise TooManyRequests(
                f"{self._room.of_one} requests of yours are under way, which is the most at once; "
                "wait for one of them",
                _RETRY_SECONDS,
            )
        self._of[caller] += 1
        try:
            await self._acquire()
            try:
                yield
            finally:
                self._release()
        finally:
            self._of[caller] -= 1
            if not self._of[caller]:
                del self._of[caller]

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
    """So many requests of one caller in a span of time, by a moving window in this process."""

    def __init__(self, limit: str) -> None:
        """``limit`` as "60/minute". ConfigurationError when it is no such limit."""
        try:
            self._limit = parse(limit)
        except ValueError as exc:
            raise ConfigurationError(
                f'FOOTNOTE_RATE_LIMIT is {limit!r}; write a number and a time, such as "60/minute"'
            ) from exc
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def count(self, caller: str) -> None:
        """Count a request. TooManyRequests when there were as many as there may be."""
        if not self._limiter.hit(self._limit, caller):
            window = self._limiter.get_window_stats(self._limit, caller)
            raise TooManyRequests(
                f"you may ask {self._limit}; wait until some of that time has passed",
                max(ceil(window.reset_time - time()), 1),
            )


class Admission:
    """Lets a request in when there is room for it, and ends one that takes longer than it may."""

    def __init__(
        self,
        app: ASGIApp,
        permits: Permits,
        rate: Rate | None,
        seconds: float,
        telemetry: Telemetry,
    ) -> None:
        self._app = app
        self._permits = permits
        self._rate = rate
        self._seconds = seconds
        self._telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """429 for a caller that asks too much, 503 where all together do; both soon."""
        caller: Caller | None = scope.get("state", {}).get("caller")
        if scope["type"] != "http" or caller is None or _is_free(scope["path"]):
            await self._app(scope, receive, send)
            return
        try:
            if self._rate:
                self._rate.count(caller.name)
            async with self._permits.permit(caller.name):
                await self._within_time(scope, receive, send)
        except (TooManyRequests, Overloaded) as exc:
            problem = problem_of(exc)
            self._telemetry.turned_away(problem.status)
            await refusal(problem, scope)(scope, receive, send)

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


def _is_free(path: str) -> bool:
    return path in _FREE or path.startswith(_FREE_FOLDER)


def _overloaded() -> Overloaded:
    return Overloaded("all are busy here at the moment; try again in a second", _RETRY_SECONDS)
