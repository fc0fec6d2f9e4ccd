"""What operators see: metrics for Prometheus, and logs as one line of JSON each."""

import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from service.answering.types import Answer
from service.answering.writing.routing import Turn

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
        self._answers = Counter(
            "footnote_answers",
            "Answers by who wrote them, what came of them, and whether they were given before.",
            ("generator", "outcome", "cached"),
            registry=self._registry,
        )
        self._sentences = Counter(
            "footnote_sentences",
            "Sentences by who wrote them and what their check gave.",
            ("generator", "verdict"),
            registry=self._registry,
        )
        self._tokens = Counter(
            "footnote_model_tokens",
            "Tokens that language models read and wrote.",
            ("generator", "kind"),
            registry=self._registry,
        )
        self._turns = Histogram(
            "footnote_generator_seconds",
            "Seconds of each turn of a generator, by its prompt and how the turn ended.",
            ("generator", "prompt", "outcome"),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._cost = Counter(
            "footnote_model_cost",
            "What language models cost, in the operator's currency.",
            ("generator",),
            registry=self._registry,
        )
        self._cautions = Counter(
            "footnote_cautions",
            "Passages found that speak to a machine, by what they try.",
            ("kind",),
            registry=self._registry,
        )
        self._turned_away = Counter(
            "footnote_turned_away",
            "Requests that there was no room for: 429 for one caller's share, 503 for all.",
            ("status",),
            registry=self._registry,
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

    def answer(self, answer: Answer) -> None:
        """Count an answer and its sentences."""
        self.stages(answer.timings_ms)
        name = answer.generator
        outcome = answer.silence.value if answer.silence else "answered"
        self._answers.labels(name, outcome, answer.cached or "no").inc()
        for sentence in answer.sentences:
            self._sentences.labels(name, sentence.verdict.value).inc()
        self._sentences.labels(name, "withheld").inc(answer.withheld)
        for caution in answer.cautions:
            self._cautions.labels(caution.kind).inc()

    def turn(self, turn: Turn) -> None:
        """Count one generator's turn at a question, and what it used."""
        name = turn.author.name
        self._turns.labels(name, turn.author.prompt, turn.outcome.value).observe(turn.seconds)
        if turn.usage:
            self._tokens.labels(name, "prompt").inc(turn.usage.prompt_tokens)
            self._tokens.labels(name, "completion").inc(turn.usage.completion_tokens)
            self._cost.labels(name).inc(turn.usage.cost or 0.0)

    def turned_away(self, status: int) -> None:
        """Count a request that there was no room for."""
        self._turned_away.labels(str(status)).inc()

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
