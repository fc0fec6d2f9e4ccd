"""Room for requests: how many work, how many wait, who is turned away."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.errors import ConfigurationError
from service.api.admission import Permits, Rate, Room
from service.errors import Overloaded, TooManyRequests, problem_of

LONG = 5.0


async def hold(permits: Permits, caller: str, until: asyncio.Event) -> str:
    async with permits.permit(caller):
        await until.wait()
        return caller


async def soon(coroutine: Awaitable[object]) -> asyncio.Task[object]:
    task = asyncio.ensure_future(coroutine)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert isinstance(task, asyncio.Task)
    return task


def test_who_waits_works_in_the_order_of_coming() -> None:
    async def run() -> None:
        permits, done = Permits(Room(1, 0, 2, LONG)), asyncio.Event()
        finished: list[str] = []

        async def work(name: str) -> None:
            async with permits.permit(name):
                await done.wait()
                finished.append(name)

        tasks = [await soon(work(name)) for name in "abc"]
        done.set()
        await asyncio.gather(*tasks)
        assert finished == ["a", "b", "c"]

    asyncio.run(run())


def test_where_too_many_wait_the_one_that_waited_longest_is_turned_away() -> None:
    async def run() -> None:
        permits, done = Permits(Room(1, 0, 1, LONG)), asyncio.Event()
        first, oldest, newest = [await soon(hold(permits, name, done)) for name in "abc"]
        with pytest.raises(Overloaded):
            await oldest
        done.set()
        assert (await first, await newest) == ("a", "c")

    asyncio.run(run())


def test_one_that_gives_up_as_another_comes_is_not_turned_away_too() -> None:
    async def run() -> None:
        permits, done = Permits(Room(1, 0, 1, LONG)), asyncio.Event()
        first, oldest = [await soon(hold(permits, name, done)) for name in "ab"]
        # The newest comes between the cancellation of the oldest and the moment it hears of it.
        newest = asyncio.ensure_future(hold(permits, "c", done))
        oldest.cancel()
        with pytest.raises(asyncio.CancelledError):
            await oldest
        done.set()
        assert (await first, await newest) == ("a", "c")

    asyncio.run(run())


@pytest.mark.parametrize("room", [Room(1, 0, 0, LONG), Room(1, 0, 1, 0.01)])
def test_nobody_waits_without_end(room: Room) -> None:
    async def run() -> None:
        permits, done = Permits(room), asyncio.Event()
        first = await soon(hold(permits, "a", done))
        with pytest.raises(Overloaded) as refused:
            await hold(permits, "b", done)
        assert problem_of(refused.value).status == 503
        assert problem_of(refused.value).headers == {"Retry-After": "1"}
        done.set()
        await first
        assert await hold(permits, "b", done) == "b"

    asyncio.run(run())


def test_one_caller_does_not_take_the_room_of_others() -> None:
    async def run() -> None:
        permits, done = Permits(Room(3, 2, 0, LONG)), asyncio.Event()
        tasks = [await soon(hold(permits, "a", done)) for _ in range(2)]
        with pytest.raises(TooManyRequests) as refused:
            await hold(permits, "a", done)
        assert problem_of(refused.value).status == 429
        tasks.append(await soon(hold(permits, "b", done)))
        done.set()
        assert await asyncio.gather(*tasks) == ["a", "a", "b"]

    asyncio.run(run())


@given(
    working=st.integers(1, 4),
    waiting=st.integers(0, 4),
    steps=st.lists(st.sampled_from(["come", "go", "leave"]), max_size=40),
)
def test_however_they_come_and_go_no_permit_is_lost_or_made(
    working: int, waiting: int, steps: list[str]
) -> None:
    async def run() -> None:
        permits = Permits(Room(working, 0, waiting, LONG))
        ends: list[tuple[asyncio.Event, asyncio.Task[object]]] = []
        at_work = 0

        async def work(done: asyncio.Event) -> None:
            nonlocal at_work
            async with permits.permit("a"):
                at_work += 1
                try:
                    assert at_work <= working
                    await done.wait()
                finally:
                    at_work -= 1

        actions: dict[str, Callable[[asyncio.Event, asyncio.Task[object]], object]] = {
            "go": lambda done, _: done.set(),
            "leave": lambda _, task: task.cancel(),
        }
        for step in steps:
            if step == "come":
                done = asyncio.Event()
                ends.append((done, await soon(work(done))))
            elif ends:
                actions[step](*ends.pop(0))
                await asyncio.sleep(0)
        for done, _ in ends:
            done.set()
        await asyncio.gather(*(task for _, task in ends), return_exceptions=True)
        everyone = asyncio.Event()
        tasks = [await soon(hold(permits, "b", everyone)) for _ in range(working)]
        everyone.set()
        assert await asyncio.gather(*tasks) == ["b"] * working

    asyncio.run(run())


def test_a_rate_counts_each_caller_by_itself() -> None:
    rate = Rate("2/minute")
    for caller in ("a", "a", "b"):
        rate.count(caller)
    with pytest.raises(TooManyRequests) as refused:
        rate.count("a")
    assert 1 <= int(problem_of(refused.value).headers["Retry-After"]) <= 60
    rate.count("b")


@pytest.mark.parametrize("limit", ["often", "0/minute", "0 per 2 hours"])
def test_what_is_no_rate_is_said_at_the_start(limit: str) -> None:
    with pytest.raises(ConfigurationError, match=f"FOOTNOTE_RATE_LIMIT is {limit!r}"):
        Rate(limit)
