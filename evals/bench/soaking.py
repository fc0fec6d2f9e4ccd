"""What a service holds while it works, sampled: memory, open files and threads (proc(5))."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

_INTERVAL_SECONDS = 1.0
# The first tenth fills caches, pools and the allocator; the second is what the last is held to.
_PARTS = 10


@dataclass(frozen=True, slots=True)
class Sample:
    """What the processes of a service hold at one moment: resident bytes, open files, threads.

    A page that several of them share counts once. A connection is no file: how many there are is
    its caller's choice.
    """

    resident: int
    files: int
    threads: int


@dataclass(frozen=True, slots=True)
class Holding:
    """The samples of a soak."""

    samples: Sequence[Sample]

    def early(self, measure: str) -> float:
        """The median of the second tenth."""
        return self.over_time(measure)[1 if len(self.samples) > 1 else 0]

    def late(self, measure: str) -> float:
        """The median of the last tenth."""
        return self.over_time(measure)[-1]

    def over_time(self, measure: str) -> list[float]:
        """The median of each tenth, or of each sample where they are fewer."""
        parts = min(_PARTS, len(self.samples))
        bounds = [len(self.samples) * part // parts for part in range(parts + 1)]
        return [
            float(median(getattr(sample, measure) for sample in self.samples[first:last]))
            for first, last in pairwise(bounds)
        ]


def processes(pid: int) -> Iterator[int]:
    """``pid`` and those that it started and that still run, all the way down."""
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text("utf-8").split():
            yield from processes(int(child))


def proportional_bytes(pid: int) -> int:
    """The resident set of a process, of shared pages only its part (proc(5): Pss)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text("utf-8").splitlines()
    fields = dict(line.split(":", 1) for line in lines[1:])
    return int(fields["Pss"].split()[0]) * 1024


def sample(pid: int) -> Sample:
    """Of the process ``pid`` and all that it started, now."""
    family = list(processes(pid))
    return Sample(
        resident=sum(proportional_bytes(one) for one in family),
        files=sum(_files(one) for one in family),
        threads=sum(len(list(Path(f"/proc/{one}/task").iterdir())) for one in family),
    )


def _files(pid: int) -> int:
    """How many a process has open, but for sockets."""
    opened = 0
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed since it was listed
            opened += not str(descriptor.readlink()).startswith("socket:")
    return opened


async def watch(pid: int, over: asyncio.Event) -> Holding:
    """A sample each second until ``over``, two at least."""
    samples = [sample(pid)]
    while not over.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), _INTERVAL_SECONDS)
        samples.append(sample(pid))
    return Holding(samples)
