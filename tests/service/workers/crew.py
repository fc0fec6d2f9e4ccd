"""Workers that do nothing but tell of themselves: ``python -m tests.service.workers.crew KIND``."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from service.workers.supervisor import REFUSED, Supervisor

GRACE = 1.0


def tell(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def idle(number: int) -> int:
    tell(f"{number} {os.getpid()}")
    while True:
        time.sleep(60)


def deaf(number: int) -> int:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    return idle(number)


def refuse(number: int) -> int:
    return REFUSED if number else idle(number)


def fail(number: int) -> int:
    tell(f"{number} {os.getpid()}")
    raise ValueError("a worker's own fault")


def refuse_later(number: int) -> int:
    if Path(f"{sys.argv[2]}/{number}").exists():
        tell(f"{number} again")
        return REFUSED
    Path(f"{sys.argv[2]}/{number}").touch()
    return idle(number)


KINDS: dict[str, Callable[[int], int]] = {
    work.__name__: work for work in (idle, deaf, refuse, fail, refuse_later)
}


def main() -> int:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    supervisor = Supervisor(
        KINDS[sys.argv[1]], 2, GRACE, died=lambda process: tell(f"buried {process}")
    )
    status = supervisor.run(stopping=lambda: tell("stopping"))
    tell("over")
    return status


if __name__ == "__main__":
    sys.exit(main())
