"""What a run leaves for Prometheus: a file for the node exporter's textfile collector."""

from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

from indexes.errors import ConfigurationError
from ingestion.types import RunReport


def write_metrics(
    path: Path, collection: str, code: int, ended_at: float, report: RunReport | None
) -> None:
    """Replace ``path`` by what the run that just ended came to; ``ended_at`` is a Unix time.

    ``report`` is None where the run ended before it had one. ConfigurationError where the file
    cannot be written.
    """
    registry = CollectorRegistry()

    def gauge(name: str, about: str, *labels: str) -> Gauge:
        full = f"footnote_ingestion_{name}"
        return Gauge(full, about, ("collection", *labels), registry=registry)

    gauge("exit_code", "Exit code of the last run.").labels(collection).set(code)
    gauge("ended_timestamp_seconds", "When the last run ended.").labels(collection).set(ended_at)
    if report is not None:
        published = gauge("published", "Whether the last run published a snapshot.")
        published.labels(collection).set(report.published)
        documents = gauge(
            "documents", "Documents of the last run, by what became of them.", "state"
        )
        chunks = gauge("chunks", "Chunks of the last run: in all, embedded, reused.", "state")
        seconds = gauge("stage_seconds", "Seconds of the last run, by stage.", "stage")
        fields = report.as_json()
        for metric, values in (
            (documents, fields["documents"]),
            (chunks, fields["chunks"]),
            (seconds, fields["seconds"]),
        ):
            for name, value in values.items():
                metric.labels(collection, name).set(value)
    try:
        write_to_textfile(str(path), registry)
    except OSError as exc:
        raise ConfigurationError(
            f"the metrics file {path} cannot be written ({exc.strerror}); correct --metrics"
        ) from exc
