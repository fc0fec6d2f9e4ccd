"""Counts over processes that are really forked."""

import os
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from service.workers.counts import Counts


def in_a_worker(action: Callable[[], None]) -> None:
    """Do it in a process of its own, and wait."""
    process = os.fork()
    if process == 0:
        status = 1
        try:
            action()
            status = 0
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0


def test_each_worker_counts_and_all_see_the_sum() -> None:
    counts = Counts(workers=3)

    def second() -> None:
        counts.become(1)
        assert counts.of("ann") == 1
        counts.add("ann")
        counts.add("ben")

    counts.add("ann")
    in_a_worker(second)
    assert (counts.of("ann"), counts.of("ben"), counts.of("cy")) == (2, 1, 0)
    counts.subtract("ann")
    assert counts.of("ann") == 1


def test_what_a_dead_worker_counted_goes_with_its_successor() -> None:
    counts = Counts(workers=2)

    def dying() -> None:
        counts.become(1)
        counts.add("ann")

    counts.add("ann")
    in_a_worker(dying)
    assert counts.of("ann") == 2
    in_a_worker(lambda: counts.become(1))
    assert counts.of("ann") == 1


@given(names=st.lists(st.text(max_size=8), max_size=30))
def test_a_count_comes_to_what_was_added_and_back_to_nothing(names: list[str]) -> None:
    counts = Counts()
    for name in names:
        counts.add(name)
    assert all(counts.of(name) >= names.count(name) for name in names)
    for name in names:
        counts.subtract(name)
    assert all(counts.of(name) == 0 for name in names)
