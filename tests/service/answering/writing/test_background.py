"""An asynchronous stream, read and let go of from ordinary code."""

import asyncio
import gc
from collections.abc import AsyncGenerator
from threading import Event, active_count
from threading import enumerate as threads

import pytest

from service.answering.writing.background import read

WAIT_SECONDS = 30.0


async def numbers(upto: int, error: BaseException | None = None) -> AsyncGenerator[int, None]:
    for number in range(upto):
        await asyncio.sleep(0)
        yield number
    if error is not None:
        raise error


def test_items_arrive_in_order() -> None:
    assert list(read(lambda: numbers(5))) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("error", [ValueError("wrong"), KeyboardInterrupt()])
def test_an_error_is_raised_behind_the_items_before_it(error: BaseException) -> None:
    items = read(lambda: numbers(2, error))
    assert [next(items), next(items)] == [0, 1]
    with pytest.raises(type(error)) as caught:
        next(items)
    assert caught.value is error


@pytest.mark.parametrize("way", ["close", "drop"])
def test_letting_go_stops_a_stream_that_waits(way: str) -> None:
    waiting, stopped = Event(), Event()

    async def endless() -> AsyncGenerator[int, None]:
        try:
            yield 1
            waiting.set()
            await asyncio.sleep(WAIT_SECONDS * 10)
            yield 2
        finally:
            stopped.set()

    items = read(endless)
    assert next(items) == 1
    assert waiting.wait(WAIT_SECONDS)
    if way == "close":
        items.close()
    else:
        del items
        gc.collect()
    assert stopped.wait(WAIT_SECONDS)


def test_nothing_begins_before_it_is_read() -> None:
    before = active_count()
    items = read(lambda: numbers(3))
    assert active_count() == before
    items.close()
    assert list(items) == []


def test_no_thread_is_left_behind() -> None:
    for _ in range(20):
        items = read(lambda: numbers(3))
        next(items)
        items.close()
        list(read(lambda: numbers(3)))
    for thread in threads():
        if thread.name == "stream":
            thread.join(WAIT_SECONDS)
    assert not [thread for thread in threads() if thread.name == "stream"]
