"""Asking again what may be asked again, after a pause that differs from caller to caller.

The only file that knows tenacity.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_random_exponential

from service.answering.writing.deadline import Deadline
from service.answering.writing.failures import TryAgain

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RetrySettings:
    """Up to ``attempts`` in all; before the nth repetition a pause of up to first * 2**(n - 1)."""

    attempts: int = 3
    first_pause_seconds: float = 0.25
    longest_pause_seconds: float = 4.0


def retried(ask: Callable[[], T], settings: RetrySettings, deadline: Deadline) -> T:
    """What ``ask`` gives, asked again after TryAgain while the deadline leaves time for the pause.

    Pauses have full jitter (M. Brooker, "Exponential Backoff And Jitter", 2015: uniform between 0
    and the bound), on top of what the server asked for.
    """
    jitter = wait_random_exponential(
        multiplier=settings.first_pause_seconds, max=settings.longest_pause_seconds
    )

    def pause(state: RetryCallState) -> float:
        return jitter(state) + _asked_for(state)

    def over(state: RetryCallState) -> bool:
        return state.attempt_number >= settings.attempts or state.upcoming_sleep >= deadline.left()

    retrying = Retrying(
        retry=retry_if_exception_type(TryAgain), wait=pause, stop=over, reraise=True
    )
    return retrying(ask)


def _asked_for(state: RetryCallState) -> float:
    error = state.outcome and state.outcome.exception()
    return error.after if isinstance(error, TryAgain) else 0.0
