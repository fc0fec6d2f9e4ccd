"""A circuit breaker: a server that keeps failing is left alone for a while.

After M. Nygard, Release It! (2007): closed, all pass; open, none; half open, one goes to see.
"""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock
from time import monotonic

from indexes.errors import GenerationError
from service.answering.writing.failures import RequestRefused, Resting


class State(StrEnum):
    """Whether calls pass."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class BreakerSettings:
    """Opens for ``rest_seconds`` when too many calls of the last ``window_seconds`` have failed.

    Too many are at least ``failures``, and at least the share ``ratio`` of them all.
    """

    failures: int = 5
    ratio: float = 0.5
    window_seconds: float = 60.0
    rest_seconds: float = 15.0


class Breaker:
    """Counts how the calls to one server end. Safe to use from many threads."""

    def __init__(
        self, server: str, settings: BreakerSettings, clock: Callable[[], float] = monotonic
    ) -> None:
        self._server = server
        self._settings = settings
        self._clock = clock
        self._lock = Lock()
        self._outcomes: deque[tuple[float, bool]] = deque()
        self._opened: float | None = None
        self._probing = False

    def state(self) -> State:
        """What the next call meets."""
        with self._lock:
            return self._state()

    @contextmanager
    def call(self) -> Iterator[None]:
        """Around one call. Resting, and nothing is called, while the breaker is open.

        A GenerationError counts against the server unless the server refused the request as such.
        A caller that has enough closes a stream with GeneratorExit, which is no failure.
        """
        probe = self._admit()
        try:
            yield
        except GenerationError as exc:
            self._record(probe=probe, failed=not isinstance(exc, RequestRefused))
            raise
        except GeneratorExit:
            self._record(probe=probe, failed=False)
            raise
        except BaseException:
            self._forget(probe=probe)
            raise
        self._record(probe=probe, failed=False)

    def _state(self) -> State:
        if self._opened is None:
            return State.CLOSED
        rested = self._clock() - self._opened >= self._settings.rest_seconds
        return State.HALF_OPEN if rested and not self._probing else State.OPEN

    def _admit(self) -> bool:
        """Whether this call is the one that goes to see."""
        with self._lock:
            state = self._state()
            if state is State.OPEN:
                raise Resting(
                    f"The language model at {self._server} failed too often just now and is left "
                    f"alone for {self._settings.rest_seconds:g} seconds: see its log."
                )
            self._probing |= state is State.HALF_OPEN
            return state is State.HALF_OPEN

    def _record(self, *, probe: bool, failed: bool) -> None:
        with self._lock:
            now = self._clock()
            if probe:
                self._probing = False
                self._opened = now if failed else None
                self._outcomes.clear()
            elif self._opened is None:
                self._outcomes.append((now, failed))
                self._opened = now if self._too_many(now) else None

    def _too_many(self, now: float) -> bool:
        while self._outcomes[0][0] < now - self._settings.window_seconds:
            self._outcomes.popleft()
        failures = sum(failed for _, failed in self._outcomes)
        enough = failures >= self._settings.failures
        return enough and failures >= self._settings.ratio * len(self._outcomes)

    def _forget(self, *, probe: bool) -> None:
        with self._lock:
            self._probing &= not probe
