"""Rates over processes: one limit for all, by the library's own strategy."""

from pathlib import Path
from time import sleep

import pytest
from limits import parse
from limits.errors import StorageError
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from service.workers.windows import SharedWindows, windows
from tests.service.workers.test_counts import in_a_worker

THREE = parse("3/minute")


def test_one_limit_holds_over_all_workers(tmp_path: Path) -> None:
    def other() -> None:
        limiter = MovingWindowRateLimiter(windows(tmp_path))
        assert limiter.hit(THREE, "ann")
        assert limiter.hit(THREE, "ann")

    limiter = MovingWindowRateLimiter(windows(tmp_path))
    assert limiter.hit(THREE, "ann")
    in_a_worker(other)
    assert not limiter.hit(THREE, "ann")
    assert limiter.hit(THREE, "ben")
    stats = limiter.get_window_stats(THREE, "ann")
    assert stats.remaining == 0


def test_one_process_alone_counts_in_memory() -> None:
    assert isinstance(windows(None), MemoryStorage)


@pytest.mark.parametrize("shared", [True, False])
def test_both_kinds_count_alike(tmp_path: Path, shared: bool) -> None:  # noqa: FBT001
    limiter = MovingWindowRateLimiter(windows(tmp_path if shared else None))
    limit = parse("2/second")
    assert [limiter.hit(limit, "a") for _ in range(3)] == [True, True, False]
    assert limiter.get_window_stats(limit, "a").remaining == 0
    sleep(1.05)
    assert limiter.hit(limit, "a")
    assert not limiter.hit(limit, "a", cost=2)
    limiter.clear(limit, "a")
    assert [limiter.hit(limit, "a") for _ in range(3)] == [True, True, False]


def test_what_is_refused_is_not_counted_and_what_expired_is_gone(tmp_path: Path) -> None:
    storage = SharedWindows(tmp_path / "rates.sqlite")
    assert storage.acquire_entry("a", 1, 1)
    assert not storage.acquire_entry("a", 1, 1)
    assert storage.get_moving_window("a", 1, 1)[1] == 1
    sleep(1.05)
    assert storage.get_moving_window("a", 1, 1)[1] == 0
    assert storage.acquire_entry("b", 1, 1)
    assert storage.reset() == 1
    assert storage.check()


def test_a_file_that_cannot_be_written_is_the_librarys_error(tmp_path: Path) -> None:
    storage = SharedWindows(tmp_path / "rates.sqlite")
    storage._connection.execute("DROP TABLE hits")
    with pytest.raises(StorageError):
        storage.acquire_entry("a", 1, 1)
    for unused in (storage.get, storage.get_expiry, lambda key: storage.incr(key, 1)):
        with pytest.raises(NotImplementedError):
            unused("a")
