"""The circuit breaker, on a clock that the test moves."""

from contextlib import suppress
from threading import Barrier, Thread

import pytest

from indexes.errors import GenerationError, GenerationTimeout
from service.answering.writing.breaker import Breaker, BreakerSettings, State
from service.answering.writing.failures import PromptTooLong, RequestRefused, Resting, TryAgain

SETTINGS = BreakerSettings(failures=3, ratio=0.5, window_seconds=60, rest_seconds=15)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker("http://127.0.0.1:9/v1", SETTINGS, clock)


def call(breaker: Breaker, *outcomes: BaseException | None) -> None:
    for outcome in outcomes:
        with suppress(GenerationError, GeneratorExit, KeyboardInterrupt), breaker.call():
            if outcome is not None:
                raise outcome


def test_it_opens_when_enough_calls_have_failed(breaker: Breaker) -> None:
    call(breaker, TryAgain("x"), GenerationTimeout("x"))
    assert breaker.state() is State.CLOSED
    call(breaker, GenerationError("x"))
    assert breaker.state() is State.OPEN
    with pytest.raises(Resting, match=r"127\.0\.0\.1:9.* 15 seconds"), breaker.call():
        pytest.fail("an open breaker lets nothing pass")


def test_it_stays_closed_while_most_calls_succeed(breaker: Breaker) -> None:
    call(breaker, *[None] * 4, *[TryAgain("x")] * 3)
    assert breaker.state() is State.CLOSED
    call(breaker, TryAgain("x"))
    assert breaker.state() is State.OPEN


def test_only_the_calls_of_its_window_count(breaker: Breaker, clock: Clock) -> None:
    call(breaker, TryAgain("x"), TryAgain("x"))
    clock.now += 60.1
    call(breaker, TryAgain("x"), TryAgain("x"))
    assert breaker.state() is State.CLOSED
    clock.now += 59.9
    call(breaker, TryAgain("x"))
    assert breaker.state() is State.OPEN


@pytest.mark.parametrize("end", [RequestRefused("x"), PromptTooLong("x"), GeneratorExit(), None])
def test_what_is_not_the_fault_of_the_server_does_not_count_against_it(
    breaker: Breaker, end: BaseException | None
) -> None:
    call(breaker, *[end] * 4, *[TryAgain("x")] * 3)
    assert breaker.state() is State.CLOSED


def test_an_error_passes_through(breaker: Breaker) -> None:
    with pytest.raises(TryAgain, match="busy"), breaker.call():
        raise TryAgain("busy")


def test_after_a_rest_one_call_goes_to_see(breaker: Breaker, clock: Clock) -> None:
    call(breaker, *[TryAgain("x")] * 3)
    clock.now += 14.9
    assert breaker.state() is State.OPEN
    clock.now += 0.1
    assert breaker.state() is State.HALF_OPEN
    with breaker.call():
        assert breaker.state() is State.OPEN
        with pytest.raises(Resting), breaker.call():
            pytest.fail("one at a time")
    assert breaker.state() is State.CLOSED
    call(breaker, *[TryAgain("x")] * 2)
    assert breaker.state() is State.CLOSED


def test_a_probe_that_fails_begins_the_rest_again(breaker: Breaker, clock: Clock) -> None:
    call(breaker, *[TryAgain("x")] * 3)
    clock.now += 15
    call(breaker, TryAgain("x"))
    assert breaker.state() is State.OPEN
    clock.now += 14.9
    assert breaker.state() is State.OPEN
    clock.now += 0.1
    assert breaker.state() is State.HALF_OPEN


def test_a_probe_that_was_interrupted_tells_nothing(breaker: Breaker, clock: Clock) -> None:
    call(breaker, *[TryAgain("x")] * 3)
    clock.now += 15
    call(breaker, KeyboardInterrupt())
    assert breaker.state() is State.HALF_OPEN


def test_a_call_that_began_before_it_opened_changes_nothing(breaker: Breaker) -> None:
    with breaker.call():
        call(breaker, *[TryAgain("x")] * 3)
    assert breaker.state() is State.OPEN


def test_of_many_threads_one_goes_to_see(breaker: Breaker, clock: Clock) -> None:
    call(breaker, *[TryAgain("x")] * 3)
    clock.now += 15
    start, passed, inside = Barrier(8), [], Barrier(8)

    def ask() -> None:
        start.wait()
        try:
            with breaker.call():
                passed.append(1)
                inside.wait()
        except Resting:
            inside.wait()

    threads = [Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert passed == [1]
