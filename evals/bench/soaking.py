"""What a process holds while it works, sampled: memory, open files and threads (proc(5))."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from evals.bench.process import resident_bytes

_INTERVAL_SECONDS = 1.0
# The first tenth fills caches, pools and the allocator; the second is what the last is held to.
_PARTS = 10


@dataclass(frozen=True, slots=True)
class Sample:
    """What a process holds at one moment: resident bytes, open files, threads."""

    resident: int
    files: int
    threads: int


@dataclass(frozen=True, slots=True)
class Holding:
    """The samples of a soak."""

    samples: Sequence[Sample]

    def early(self, measure: str) -> float:
        """The median of the second tenth."""
        return self._median(measure, self.samples[self._part : 2 * self._part])

    def late(self, measure: str) -> float:
        """The median of the last tenth."""
        return self._median(measure, self.samples[-self._part :])

    @property
    def _part(self) -> int:
        return max(len(self.samples) // _PARTS, 1)

    def _median(self, measure: str, samples: Sequence[Sample]) -> float:
        return float(median(getattr(sample, measure) for sample in samples))


def sample(pid: int) -> Sample:
    """Of the process ``pid``, now."""
    folder = Path(f"/proc/{pid}")
    return Sample(
        resident=resident_bytes(pid)[0],
        files=len(list((folder / "fd").iterdir())),
        threads=len(list((folder / "task").iterdir())),
    )


async def watch(pid: int, over: asyncio.Event) -> Holding:
    """A sample each second until ``over``, two at least."""
    samples = [sample(pid)]
    while not over.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), _INTERVAL_SECONDS)
        samples.append(sample(pid))
    return Holding(samples)
