"""How long each stage of a search took."""

from time import perf_counter


class Stopwatch:
    """Milliseconds by stage."""

    def __init__(self) -> None:
        self.timings: dict[str, float] = {}
        self._last = perf_counter()

    def lap(self, stage: str) -> None:
        """What passed since the last lap belongs to ``stage``."""
        now = perf_counter()
        self.timings[stage] = self.timings.get(stage, 0.0) + (now - self._last) * 1000
        self._last = now
