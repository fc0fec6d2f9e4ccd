"""An asynchronous stream read from ordinary code, and stopped at once when nobody reads on."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import Future
from contextlib import aclosing
from contextvars import copy_context
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _End:
    """Nothing more comes, because of ``error`` if there is one."""

    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class _Reading(Generic[T]):
    """Items on their way from the thread of ``source`` to the reader, who may set ``stop``."""

    source: Callable[[], AsyncGenerator[T, None]]
    inbox: SimpleQueue[T | _End]
    stop: "Future[None]"

    def run(self) -> None:
        error: BaseException | None = None
        try:
            asyncio.run(self._fill())
        except BaseException as exc:  # noqa: BLE001 (raised again where the items are read)
            error = exc
        finally:
            self.inbox.put(_End(error))

    async def _fill(self) -> None:
        task = asyncio.current_task()
        stopped = asyncio.wrap_future(self.stop)
        stopped.add_done_callback(lambda _: task and task.cancel())
        async with aclosing(self.source()) as items:
            async for item in items:
                self.inbox.put(item)


def read(source: Callable[[], AsyncGenerator[T, None]]) -> Generator[T, None, None]:
    """The items of ``source()``, which runs in a thread and an event loop of its own.

    Only a cancelled coroutine stops on time wherever it waits; with a loop for each stream nothing
    is left behind, whoever lets go of the iterator, and where. Its errors are raised here.
    """
    reading = _Reading(source, SimpleQueue(), Future())
    # What is asked on behalf of a request goes on knowing which one.
    run = copy_context().run
    Thread(target=run, args=(reading.run,), name="stream", daemon=True).start()
    try:
        while not isinstance(item := reading.inbox.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        reading.stop.set_result(None)
