"""One set of metrics of several worker processes, through files that they map into memory."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from prometheus_client import CollectorRegistry, values
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

# By this name prometheus_client and its users know the folder.
_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


@contextmanager
def metrics_folder() -> Iterator[Path]:
    """A new folder for the metrics of workers, which goes when they have ended."""
    with TemporaryDirectory(prefix="footnote-metrics-") as folder:
        yield Path(folder)


def count_in(folder: Path) -> None:
    """What this process counts from now on, and those that it forks, stands in ``folder``.

    To be called before the first Telemetry: what a metric is kept in is decided when it is made.
    """
    os.environ[_VARIABLE] = str(folder)
    values.ValueClass = values.MultiProcessValue()  # type: ignore[no-untyped-call]


def forget_worker(folder: Path, process: int) -> None:
    """Let a worker that has ended no longer count as one; what it had counted stays."""
    mark_process_dead(process, str(folder))  # type: ignore[no-untyped-call]


def folder_in_use() -> Path | None:
    """Where this process counts, beside others; None where it counts alone."""
    folder = os.environ.get(_VARIABLE)
    return Path(folder) if folder else None


def of_all_workers(folder: Path) -> CollectorRegistry:
    """What all workers that count in ``folder`` have counted."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(folder))  # type: ignore[no-untyped-call]
    return registry
