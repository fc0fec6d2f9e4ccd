"""Records that workers leave for each other, and what becomes of those that are overwritten."""

from collections import OrderedDict
from threading import Event, Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.workers.ring import KEY_BYTES, Ring
from tests.service.workers.test_counts import in_a_worker


def key(number: int) -> bytes:
    # The first byte apart from the others, so that no key lies across two others.
    return b"\xff" + bytes([number]) * (KEY_BYTES - 1)


def test_what_one_worker_wrote_another_finds_after_its_death() -> None:
    ring = Ring(workers=2)

    def second() -> None:
        ring.become(1)
        ring.append(key(1), b"from the second")

    ring.append(key(2), b"from the first")
    in_a_worker(second)
    assert ring.find(key(1)) == b"from the second"
    assert ring.find(key(2)) == b"from the first"
    assert ring.find(key(3)) is None


def test_of_two_under_one_key_the_newer_is_found_whoever_wrote_it() -> None:
    ring = Ring(workers=2)

    def second() -> None:
        ring.become(1)
        ring.append(key(1), b"newer")

    ring.append(key(1), b"older")
    in_a_worker(second)
    assert ring.find(key(1)) == b"newer"
    ring.append(key(1), b"newest")
    assert ring.find(key(1)) == b"newest"


@given(sizes=st.lists(st.tuples(st.integers(0, 8), st.integers(0, 150)), max_size=60))
def test_what_is_found_was_written_last_and_the_last_is_found(sizes: list[tuple[int, int]]) -> None:
    ring = Ring(capacity=400)
    written: OrderedDict[int, bytes] = OrderedDict()
    for turn, (number, size) in enumerate(sizes):
        content = bytes([turn]) * size
        ring.append(key(number), content)
        written[number] = content
        assert ring.find(key(number)) == content
    for number, content in written.items():
        assert ring.find(key(number)) in {content, None}


def test_what_is_larger_than_the_ring_is_not_kept_and_harms_nothing() -> None:
    ring = Ring(capacity=100)
    ring.append(key(1), b"small")
    ring.append(key(2), b"x" * 100)
    assert ring.find(key(2)) is None
    assert ring.find(key(1)) == b"small"


@pytest.mark.parametrize("place", [28, 35])
def test_a_record_that_is_being_overwritten_is_not_there(place: int) -> None:
    ring = Ring(capacity=200)
    ring.append(key(1), b"abcdefgh")
    ring._memory[place] ^= 1
    assert ring.find(key(1)) is None


def test_a_reader_beside_a_writer_sees_whole_records_or_none() -> None:
    ring, over = Ring(capacity=500), Event()

    def write() -> None:
        turn = 0
        while not over.is_set():
            turn += 1
            ring.append(key(turn % 5), bytes([turn % 256]) * 60)

    writer = Thread(target=write)
    writer.start()
    for turn in range(3000):
        found = ring.find(key(turn % 5))
        assert found is None or (len(found) == 60 and len(set(found)) == 1)
    over.set()
    writer.join()
