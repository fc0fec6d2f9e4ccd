"""What is counted and timed, for Prometheus. docs/metrics.md tells of each metric."""

from collections import Counter as Tally
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TypeVar, cast

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector

from indexes.snapshot import Manifest
from service.answering.types import Answer
from service.answering.writing.routing import Turn
from service.dialects.dialect import Dialect
from service.telemetry.shared import folder_in_use, of_all_workers
from service.tracing import current, note

_Metric = TypeVar("_Metric", Counter, Histogram)

# Seconds; a stage of a search takes a millisecond, an answer of a language model half a minute.
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
# When each series began to be counted would double what is scraped, and nothing here reads it.
disable_created_metrics()  # type: ignore[no-untyped-call]


class Telemetry:
    """The counters of one application, or its part of what all workers of a service count.

    Every label's values are few and known to the operator: collections that are served, models
    that are configured, names that stand in this code. Nothing that a caller sends becomes one.
    """

    content_type = CONTENT_TYPE_LATEST

    def __init__(self, *, log_questions: bool = False) -> None:
        self._log_questions = log_questions
        self._folder = folder_in_use()
        self._registry = CollectorRegistry()
        self._children: dict[tuple[Counter | Histogram, tuple[str, ...]], Counter | Histogram] = {}
        self._requests = self._counter(
            "requests", "Requests by route template, dialect and status.", "route dialect status"
        )
        self._request_seconds = self._histogram(
            "request_seconds",
            "Seconds from a request's headers to the last byte of its response.",
            "route dialect",
        )
        self._under_way = Gauge(
            "footnote_requests_in_progress",
            "Requests that are being answered.",
            multiprocess_mode="livesum",
            registry=self._registry,
        )
        self._turned_away = self._counter(
            "turned_away",
            "Requests that there was no room for: 429 for one caller's share, 503 for all.",
            "status dialect",
        )
        self._stage_seconds = self._histogram(
            "stage_seconds",
            "Seconds that a stage of a search or an answer took.",
            "stage collection",
        )
        self._searches = self._counter(
            "searches",
            "Searches for passages alone, by whether any were found.",
            "collection dialect outcome",
        )
        self._answers = self._counter(
            "answers",
            "Questions by who wrote the answer, what came of it, and whether it was given before.",
            "generator outcome cached collection dialect",
        )
        self._sentences = self._counter(
            "sentences",
            "Sentences by who wrote them and what their check gave.",
            "generator verdict collection",
        )
        self._cautions = self._counter(
            "cautions",
            "Passages found that speak to a machine, by what they try.",
            "kind collection",
        )
        self._tokens = self._counter(
            "model_tokens", "Tokens that language models read and wrote.", "generator kind"
        )
        self._turns = self._histogram(
            "generator_seconds",
            "Seconds of each turn of a generator, by its prompt and how the turn ended.",
            "generator prompt outcome",
        )
        self._cost = self._counter(
            "model_cost", "What language models cost, in the operator's currency.", "generator"
        )
        self._feedback = self._counter(
            "feedback",
            "Verdicts on answers, and whether the answer was still remembered.",
            "verdict known",
        )
        self._snapshot_loads = self._counter(
            "snapshot_loads", "Snapshots opened or refused.", "collection outcome"
        )
        workers = Gauge(
            "footnote_workers",
            "Processes that answer.",
            multiprocess_mode="livesum",
            registry=self._registry,
        )
        workers.set(1)

    def _counter(self, name: str, about: str, labels: str) -> Counter:
        return Counter(f"footnote_{name}", about, labels.split(), registry=self._registry)

    def _histogram(self, name: str, about: str, labels: str) -> Histogram:
        return Histogram(
            f"footnote_{name}", about, labels.split(), buckets=_BUCKETS, registry=self._registry
        )

    def _child(self, metric: _Metric, *values: str) -> _Metric:
        """What counts for these labels' values, without the library's lock and conversions."""
        place = (metric, values)
        child = self._children.get(place)
        if child is None:
            child = self._children[place] = metric.labels(*values)
        return cast("_Metric", child)

    def request_began(self) -> None:
        """Count a request as under way until ``request`` tells of it."""
        self._under_way.inc()

    def request(self, route: str, status: int, seconds: float) -> None:
        """Count a finished request."""
        dialect = _dialect()
        self._under_way.dec()
        self._child(self._requests, route, dialect, str(status)).inc()
        self._child(self._request_seconds, route, dialect).observe(seconds)

    def asked(self, text: str) -> None:
        """Let the log tell what is asked, if the operator wants that."""
        if self._log_questions:
            note(question=text)

    def search(
        self, query: str, collection: str, timings_ms: Mapping[str, float], found: int
    ) -> None:
        """Count a search for passages alone, and let the log tell of it as of a question."""
        self.asked(query)
        outcome = "found" if found else "nothing_found"
        self._child(self._searches, collection, _dialect(), outcome).inc()
        self._stages(timings_ms, collection)
        note(collection=collection, outcome=outcome)

    def answer(self, answer: Answer, timings_ms: Mapping[str, float], collection: str) -> None:
        """Count an answer and its sentences; ``timings_ms`` are those of this time."""
        self._stages(timings_ms, collection)
        name, cached = answer.generator, answer.cached or "no"
        outcome = answer.silence.value if answer.silence else "answered"
        self._child(self._answers, name, outcome, cached, collection, _dialect()).inc()
        verdicts = Tally(sentence.verdict.value for sentence in answer.sentences)
        if answer.withheld:
            verdicts["withheld"] = answer.withheld
        for verdict, count in verdicts.items():
            self._child(self._sentences, name, verdict, collection).inc(count)
        for caution in answer.cautions:
            self._child(self._cautions, caution.kind, collection).inc()
        note(
            collection=collection,
            outcome=outcome,
            generator=name,
            cached=cached,
            snapshot=answer.snapshot,
        )

    def unanswered(self, generator: str, outcome: str, collection: str) -> None:
        """Count a question without a whole answer: it ``failed``, or nobody waited for it."""
        self._child(self._answers, generator, outcome, "no", collection, _dialect()).inc()
        note(collection=collection, outcome=outcome, generator=generator)

    def turn(self, turn: Turn) -> None:
        """Count one generator's turn at a question, and what it used."""
        name = turn.author.name
        self._child(self._turns, name, turn.author.prompt, turn.outcome.value).observe(turn.seconds)
        if turn.usage:
            self._child(self._tokens, name, "prompt").inc(turn.usage.prompt_tokens)
            self._child(self._tokens, name, "completion").inc(turn.usage.completion_tokens)
            self._child(self._cost, name).inc(turn.usage.cost or 0.0)

    def feedback(self, verdict: str, *, known: bool) -> None:
        """Count what somebody thought of an answer."""
        self._child(self._feedback, verdict, "yes" if known else "no").inc()

    def turned_away(self, status: int) -> None:
        """Count a request that there was no room for."""
        self._child(self._turned_away, str(status), _dialect()).inc()

    def snapshot_load(self, collection: str, *, opened: bool) -> None:
        """Count a snapshot that was opened, or refused."""
        self._child(self._snapshot_loads, collection, "opened" if opened else "refused").inc()

    def exposition(self, served: Iterable[Manifest]) -> bytes:
        """All metrics in Prometheus' text format, of all workers; ``served`` are its snapshots."""
        snapshots = CollectorRegistry()
        snapshots.register(_Snapshots(tuple(served)))
        counted = of_all_workers(self._folder) if self._folder else self._registry
        return generate_latest(counted) + generate_latest(snapshots)

    def _stages(self, timings_ms: Mapping[str, float], collection: str) -> None:
        for stage, milliseconds in timings_ms.items():
            self._child(self._stage_seconds, stage, collection).observe(milliseconds / 1000)


class _Snapshots(Collector):
    """What is served at the moment of a scrape; a collection that has gone is not told of."""

    def __init__(self, served: tuple[Manifest, ...]) -> None:
        self._served = served

    def collect(self) -> Iterator[GaugeMetricFamily]:
        created = _gauge("created_timestamp_seconds", "When the served snapshot was made.")
        documents = _gauge("documents", "Documents in the served snapshot.")
        chunks = _gauge("chunks", "Passages in the served snapshot.")
        for manifest in self._served:
            labels = [manifest.collection]
            made = datetime.fromisoformat(manifest.created_at).timestamp()
            created.add_metric(labels, made)
            documents.add_metric(labels, manifest.documents)
            chunks.add_metric(labels, manifest.chunks)
        yield from (created, documents, chunks)


def _gauge(name: str, about: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"footnote_snapshot_{name}", about, labels=["collection"])


def _dialect() -> str:
    trace = current()
    return (trace.dialect if trace else Dialect.FOOTNOTE).value
