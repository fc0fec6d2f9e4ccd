"""Seconds by stage: they add up to what the run took, whatever happens beside it."""

import pytest

from ingestion import progress as progress_module
from ingestion.progress import Progress


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that a test sets."""
    now = [100.0]
    monkeypatch.setattr(progress_module, "perf_counter", lambda: now[0])
    return now


def test_a_stage_within_another_counts_for_itself_alone(clock: list[float]) -> None:
    progress = Progress()
    with progress.stage("parse"):
        clock[0] += 2
        for _ in range(2):
            with progress.stage("embed"):
                clock[0] += 5
        clock[0] += 1
    with progress.stage("write"):
        clock[0] += 4
    assert progress.seconds == {"parse": 3, "embed": 10, "write": 4}


def test_what_happens_beside_the_run_counts_only_while_it_is_waited_for(
    clock: list[float],
) -> None:
    progress = Progress()
    with progress.stage("parse"), progress.beside("embed", "chunks") as bar:
        clock[0] += 3
        bar.total = 10
        bar.update(10)
        assert progress.seconds["embed"] == 0
        with progress.stage("embed"):
            clock[0] += 2
    assert progress.seconds == {"parse": 3, "embed": 2}


def test_a_stage_that_fails_counts_too(clock: list[float]) -> None:
    progress = Progress()

    def fail() -> None:
        with progress.stage("scan"):
            clock[0] += 2
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert progress.seconds == {"scan": 2}
