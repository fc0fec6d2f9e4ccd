"""How far a run is, and how long each stage took: on standard error, for a person who waits."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from tqdm import tqdm

_log = logging.getLogger(__name__)


class Progress:
    """Seconds by stage, and a bar for each stage that counts.

    The seconds of all stages add up to what the run took. Of what a thread does beside the run,
    only the time counts that the run waits for it: "parse" is reading and cutting, while the
    encoder works beside it, and "embed" what the encoder then still takes.
    """

    def __init__(self, *, bars: bool = False) -> None:
        self.seconds: dict[str, float] = {}
        self._bars = bars
        self._inner = 0.0  # seconds of stages within the stage that is going on

    @contextmanager
    def stage(self, name: str, total: int = 0, unit: str = "documents") -> Iterator["tqdm[None]"]:
        """Time what happens inside; update the bar it is given by what was done.

        A stage within another counts for itself alone, and may come again.
        """
        self._announce(name)
        outer, self._inner = self._inner, 0.0
        started = perf_counter()
        try:
            with tqdm(
                total=total, desc=name, unit=unit, disable=not self._bars or not total
            ) as bar:
                yield bar
        finally:
            spent = perf_counter() - started
            self.seconds[name] += spent - self._inner
            self._inner = outer + spent

    @contextmanager
    def beside(self, name: str, unit: str) -> Iterator["tqdm[None]"]:
        """A bar for what a thread does beside the run; its total grows with what is known of it.

        A stage of the same name is the time that the run waits for it.
        """
        self._announce(name)
        with tqdm(total=0, desc=name, unit=unit, disable=not self._bars) as bar:
            yield bar

    def _announce(self, name: str) -> None:
        if name not in self.seconds:
            _log.info("stage %s", name)
            self.seconds[name] = 0.0
