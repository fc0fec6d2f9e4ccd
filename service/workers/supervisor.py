"""The parent of worker processes: forks them, starts again what died, drains them at the end."""

import logging
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from threading import Thread
from time import monotonic
from typing import NoReturn

STOPPED, FAILED, REFUSED = 0, 1, 2

_TOLD_TO_STOP = frozenset({signal.SIGTERM, signal.SIGINT})
_AWAITED = _TOLD_TO_STOP | {signal.SIGCHLD, signal.SIGALRM}
# One that dies at once is not started in a circle; one that lived is missed already.
_PAUSE_SECONDS = 1.0

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Worker:
    """A worker's process, or when there is to be one (of the monotonic clock)."""

    number: int
    pid: int | None = None
    due: float = 0.0
    begun: float = 0.0
    starts: int = 0


class Supervisor:
    """Runs ``work`` in so many processes until it is told to stop, by SIGTERM or SIGINT.

    ``work`` gets its worker's number, from 0, and returns an exit status. What the parent has
    loaded stays in memory once, for all; it may run no thread of its own. ``grace`` is how many
    seconds a worker has to end when it is told to; ``died`` gets the id of each process that ended.
    """

    def __init__(
        self,
        work: Callable[[int], int],
        workers: int,
        grace: float,
        died: Callable[[int], None],
    ) -> None:
        self._work = work
        self._died = died
        self._workers = [_Worker(number) for number in range(workers)]
        self._grace = grace
        self._ending: float | None = None
        self._status = STOPPED
        # Nothing is ever written. When the writing end closes, by whatever death, workers stop.
        self._parent_lives, self._parent_end = os.pipe()
        self._unblocked: set[int] = set()

    def run(self, stopping: Callable[[], None]) -> int:
        """0 when all are drained; REFUSED where a worker, started first, says that it cannot work.

        ``stopping`` is called when the end begins.
        """
        self._unblocked = set(signal.pthread_sigmask(signal.SIG_BLOCK, _AWAITED))
        # What is ignored by default need not wait to be asked for, even where it is blocked.
        before = signal.signal(signal.SIGCHLD, _heard)
        try:
            while self._ending is None or any(worker.pid for worker in self._workers):
                self._start_due()
                if self._next_signal() in _TOLD_TO_STOP:
                    self._end(STOPPED, stopping)
                self._bury(stopping)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGCHLD, before)
            signal.pthread_sigmask(signal.SIG_SETMASK, self._unblocked)
        return self._status

    def _start_due(self) -> None:
        now = monotonic()
        for worker in self._workers:
            if worker.pid is None and worker.due <= now and self._ending is None:
                worker.begun, worker.starts = now, worker.starts + 1
                worker.pid = self._fork(worker.number)
                _log.info("worker %d is process %d", worker.number, worker.pid)

    def _next_signal(self) -> int:
        """Wait for one, or until something is due."""
        if self._ending is None:
            due = [worker.due for worker in self._workers if worker.pid is None]
        else:
            due = [self._ending]
        # 0 would turn the timer off.
        seconds = max(min(due) - monotonic(), 0.001) if due else 0
        signal.setitimer(signal.ITIMER_REAL, seconds)
        return signal.sigwait(_AWAITED)

    def _bury(self, stopping: Callable[[], None]) -> None:
        """Find who has died; who has outlived its grace is made to."""
        for worker in self._workers:
            if worker.pid is None:
                continue
            late = self._ending is not None and monotonic() >= self._ending
            if late:
                _log.error("worker %d has not ended in time and is killed", worker.number)
                os.kill(worker.pid, signal.SIGKILL)
            died, status = os.waitpid(worker.pid, 0 if late else os.WNOHANG)
            if died:
                worker.pid = None
                self._died(died)
                self._replace(worker, os.waitstatus_to_exitcode(status), stopping)

    def _replace(self, worker: _Worker, status: int, stopping: Callable[[], None]) -> None:
        if self._ending is not None:
            return
        if status == REFUSED and worker.starts == 1:
            self._end(REFUSED, stopping)
            return
        _log.error("worker %d ended with %d and is started again", worker.number, status)
        lived = monotonic() - worker.begun
        worker.due = monotonic() + (0 if lived > _PAUSE_SECONDS else _PAUSE_SECONDS)

    def _end(self, status: int, stopping: Callable[[], None]) -> None:
        if self._ending is not None:
            return
        self._status = status
        self._ending = monotonic() + self._grace
        stopping()
        for worker in self._workers:
            if worker.pid is not None:
                os.kill(worker.pid, signal.SIGTERM)

    def _fork(self, number: int) -> int:
        pid = os.fork()
        if pid == 0:
            self._live(number)
        return pid

    def _live(self, number: int) -> NoReturn:
        """A worker's whole life; never a return into what the parent was doing."""
        status = FAILED
        try:
            os.close(self._parent_end)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_SETMASK, self._unblocked)
            Thread(target=_end_with, args=(self._parent_lives,), daemon=True).start()
            status = self._work(number)
        except SystemExit as exc:
            status = exc.code if isinstance(exc.code, int) else FAILED
        except BaseException:
            _log.critical("worker %d failed", number, exc_info=True)
            raise
        finally:
            os._exit(status)


def _end_with(parent: int) -> None:
    """Stop this process when the one that holds the other end of the pipe is gone."""
    os.read(parent, 1)
    os.kill(os.getpid(), signal.SIGTERM)


def _heard(_number: int, _frame: object) -> None:
    """Nothing: who waits for the signal sees it."""
