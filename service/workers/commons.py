"""What worker processes have in common, and each one's part of what the settings allow."""

import os
from math import ceil
from pathlib import Path

from service.auth import read_keys
from service.settings import Settings
from service.workers.counts import Counts
from service.workers.ring import Ring

# Requests that work at once: more of them on a core give no more answers, and each of them later.
_EACH_CORE = 1
_WITH_MODEL = 32


class Commons:
    """Made once, before workers are forked; each of them then says which one it is.

    ``settings`` are one worker's: all together work and keep no more than one alone would. What
    one caller may do is not divided: ``under_way`` counts the requests of each over all, and so
    does what lies in ``folder``, which is None for one alone. ``exchanges`` are what was answered
    lately. ``keys`` are read here, so that a worker that is started again knows the same.
    """

    def __init__(self, settings: Settings, folder: Path | None = None) -> None:
        """ConfigurationError when the keys file is wrong."""
        workers = settings.workers if folder else 1
        self.settings = _part(settings, workers)
        self.keys = read_keys(settings.keys_file) if settings.keys_file else ()
        self.folder = folder
        self.under_way = Counts(workers)
        self.exchanges = Ring(workers)

    def become(self, worker: int) -> None:
        """Be this one, from 0, from now on."""
        self.under_way.become(worker)
        self.exchanges.become(worker)


def _part(settings: Settings, workers: int) -> Settings:
    whole = {
        "max_requests": settings.max_requests or _working(settings),
        "max_waiting": settings.max_waiting,
        "cache_entries": settings.cache_entries,
    }
    parts: dict[str, float] = {name: ceil(number / workers) for name, number in whole.items()}
    parts["cache_megabytes"] = settings.cache_megabytes / workers
    return settings.model_copy(update=parts)


def _working(settings: Settings) -> int:
    """Extracting an answer takes a core's time, a language model's answer mostly patience."""
    return _WITH_MODEL if settings.llm_model else _EACH_CORE * (os.cpu_count() or 1)
