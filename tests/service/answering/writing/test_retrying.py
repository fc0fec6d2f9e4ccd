"""What is asked again, how often, and after which pauses."""

from time import monotonic

import pytest

from indexes.errors import GenerationError, GenerationTimeout
from service.answering.writing.deadline import Deadline
from service.answering.writing.failures import RequestRefused, Resting, TryAgain
from service.answering.writing.retrying import RetrySettings, retried

SETTINGS = RetrySettings(attempts=4, first_pause_seconds=0.5, longest_pause_seconds=1.5)
LONG = 1000.0


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that would have been made."""
    slept: list[float] = []
    monkeypatch.setattr("tenacity.nap.time.sleep", slept.append)
    return slept


class Server:
    """Fails as it is told, then answers."""

    def __init__(self, *failures: GenerationError) -> None:
        self.failures = list(failures)
        self.asked = 0

    def __call__(self) -> str:
        self.asked += 1
        if self.failures:
            raise self.failures.pop(0)
        return "answer"


def test_what_may_succeed_is_asked_again(pauses: list[float]) -> None:
    server = Server(*[TryAgain("busy")] * 3)
    assert retried(server, SETTINGS, Deadline.after(LONG)) == "answer"
    assert server.asked == 4
    assert all(0 <= pause <= most for pause, most in zip(pauses, (0.5, 1.0, 1.5), strict=True))


def test_pauses_have_full_jitter(pauses: list[float]) -> None:
    for _ in range(200):
        retried(Server(TryAgain("busy")), SETTINGS, Deadline.after(LONG))
    assert min(pauses) < 0.1
    assert max(pauses) > 0.4
    assert 0.2 < sum(pauses) / 200 < 0.3


def test_the_last_failure_is_raised_as_it_is(pauses: list[float]) -> None:
    server = Server(*[TryAgain(str(number)) for number in range(9)])
    with pytest.raises(TryAgain, match="3"):
        retried(server, SETTINGS, Deadline.after(LONG))
    assert server.asked == 4
    assert len(pauses) == 3


@pytest.mark.parametrize(
    "failure",
    [GenerationError("x"), GenerationTimeout("x"), RequestRefused("x"), Resting("x")],
)
def test_nothing_else_is_asked_again(failure: GenerationError, pauses: list[float]) -> None:
    server = Server(failure)
    with pytest.raises(type(failure)):
        retried(server, SETTINGS, Deadline.after(LONG))
    assert server.asked == 1
    assert not pauses


def test_a_server_that_names_a_pause_gets_it(pauses: list[float]) -> None:
    retried(Server(TryAgain("busy", after=30.0)), SETTINGS, Deadline.after(LONG))
    assert 30.0 <= pauses[0] <= 30.5


def test_nobody_pauses_beyond_the_deadline(pauses: list[float]) -> None:
    server = Server(TryAgain("busy", after=30.0))
    with pytest.raises(TryAgain):
        retried(server, SETTINGS, Deadline.after(29.0))
    assert server.asked == 1
    assert not pauses


def test_a_deadline_is_the_sooner_of_two() -> None:
    late, soon = Deadline.after(100.0), Deadline.after(1.0)
    assert soon.within(100.0) is soon
    assert late.within(1.0).seconds == 1.0
    assert 0.0 < soon.left() <= 1.0
    assert Deadline(monotonic() - 5.0, 5.0).left() == 0.0
