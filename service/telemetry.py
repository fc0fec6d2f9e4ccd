"""What operators see: metrics for Prometheus, and logs as one line of JSON each."""

import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

# Seconds; a search takes milliseconds, an answer of a language model half a minute.
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Telemetry:
    """The counters of one application. No label ever holds a path, a question or a name."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "footnote_requests",
            "Requests by route template and status.",
            ("route", "status"),
            registry=self._registry,
        )
        self._request_seconds = Histogram(
            "footnote_request_seconds",
            "Seconds from the first byte of a request to the last of its response.",
            ("route",),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._stage_seconds = Histogram(
            "footnote_stage_seconds",
            "Seconds that a stage of a search or an answer took.",
            ("stage",),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._abstentions = Counter(
            "footnote_abstentions", "Questions left unanswered.", registry=self._registry
        )
        self._snapshot_loads = Counter(
            "footnote_snapshot_loads",
            "Snapshots opened or refused.",
            ("outcome",),
            registry=self._registry,
        )

    def request(self, route: str, status: int, seconds: float) -> None:
        """Count a finished request."""
        self._requests.labels(route, str(status)).inc()
        self._request_seconds.labels(route).observe(seconds)

    def stages(self, timings_ms: Mapping[str, float]) -> None:
        """Record milliseconds by stage."""
        for stage, milliseconds in timings_ms.items():
            self._stage_seconds.labels(stage).observe(milliseconds / 1000)

    def abstained(self) -> None:
        """Count a question that was left unanswered."""
        self._abstentions.inc()

    def snapshot_load(self, *, opened: bool) -> None:
        """Count a snapshot that was opened, or refused."""
        self._snapshot_loads.labels("opened" if opened else "refused").inc()

    def exposition(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self._registry)


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON; ``extra={"fields": {...}}`` becomes members of its own."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def log_as_json(level: int = logging.INFO) -> None:
    """Send every log record of the process to standard error, one line of JSON each."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
