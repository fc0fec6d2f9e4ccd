"""A run as operators start it, by hand or every night: from arguments to report and exit code."""

import argparse
import json
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from indexes.embedder import open_embedder
from indexes.errors import (
    ConfigurationError,
    EmbedderError,
    FootnoteError,
    LockHeld,
    ParserUnavailable,
    RunRefused,
    SnapshotError,
    UsageError,
)
from indexes.snapshot import SnapshotStore
from ingestion.assisted import AssistedParser
from ingestion.config import Configuration, read_sources
from ingestion.guards import Guards
from ingestion.ledger import Ledger
from ingestion.metrics import write_metrics
from ingestion.ocr import Tesseract
from ingestion.office import LibreOffice
from ingestion.pipeline import LEDGER_FILE, RunSettings, run
from ingestion.progress import Progress
from ingestion.sandbox import Sandbox
from ingestion.settings import IngestionSettings
from ingestion.sources import FolderSource
from ingestion.types import ChunkCounts, DocumentCounts, Parser, RunReport, Source

PUBLISHED, SOME_FAILED, WRONG_USAGE, REFUSED, LOCKED = range(5)

_log = logging.getLogger(__name__)


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``python -m ingestion run``."""
    parser.add_argument("sources", nargs="*", metavar="SOURCE", help="a folder, or NAME=FOLDER")
    parser.add_argument("--config", type=Path, metavar="FILE", help="sources.toml, instead")
    parser.add_argument("--collection", metavar="NAME", help="needed unless --config names it")
    parser.add_argument("--data-dir", type=Path, metavar="DIR", help="default: ./data")
    parser.add_argument("--json", action="store_true", help="print the report as one line of JSON")
    parser.add_argument("--metrics", type=Path, metavar="FILE", help="leave metrics for Prometheus")
    parser.add_argument("--log-json", action="store_true", help="log one line of JSON each")
    parser.add_argument("--threads", type=int, metavar="N", help="files that are read at once")
    parser.add_argument("--keep", type=int, metavar="N", help="snapshots to keep (default 14)")
    parser.add_argument("--min-free", type=int, metavar="MIB", help="disk to leave (default 256)")
    for flag, about in (
        ("--no-publish", "build a snapshot, publish none"),
        ("--relocate", "accept a source that moved"),
        ("--verify", "read every file, whatever its size and time say"),
        ("--reread", "parse every file again"),
        ("--all-due", "take every source of --config, whatever its schedule says"),
        ("--allow-deletions", "publish though much or all of a source is gone"),
        ("--allow-failures", "publish though many documents can no longer be read"),
    ):
        parser.add_argument(flag, action="store_true", help=about)


def run_command(options: argparse.Namespace) -> int:
    """Do one run; print its report or a line about it; the exit code of the contract."""
    settings = IngestionSettings.read(
        data_dir=options.data_dir,
        threads=options.threads,
        keep_snapshots=options.keep,
        min_free_mib=options.min_free,
    )
    configuration = read_sources(options.config, options.data_dir) if options.config else None
    collection = _collection(options, configuration)
    if configuration is not None:
        settings = settings.model_copy(update={"data_dir": configuration.data_dir})
    report = None
    code = REFUSED  # what an interrupt comes to
    try:
        report = _run(options, settings, configuration, collection)
        code = _code_of(report)
    except FootnoteError as exc:
        code = exit_code(exc)
        raise
    finally:
        if options.metrics:
            write_metrics(options.metrics, collection, code, time.time(), report)
    _tell(report, as_json=options.json)
    return code


def _collection(options: argparse.Namespace, configuration: Configuration | None) -> str:
    if (configuration is None) == (not options.sources):
        raise UsageError("name the sources, or a --config file that does, and not both")
    if configuration is None:
        if options.collection is None:
            raise UsageError("--collection is missing: the name of what the sources become")
        return str(options.collection)
    if options.collection not in {None, configuration.collection}:
        raise UsageError(
            f"--collection {options.collection} is not the collection that {options.config} is "
            f"for, {configuration.collection}"
        )
    return configuration.collection


def _run(
    options: argparse.Namespace,
    settings: IngestionSettings,
    configuration: Configuration | None,
    collection: str,
) -> RunReport:
    """The report of a run, an empty one where no source was due."""
    store = SnapshotStore(settings.data_dir, collection)
    try:
        if configuration is None:
            sources: Sequence[Source] = [_folder(argument) for argument in options.sources]
        else:
            sources = _due(configuration, store, everything=options.all_due)
        if not sources:
            _log.info("no source of %s is due", collection)
            return _nothing_due(store)
        with _parser(settings) as parser:
            return run(
                sources,
                collection,
                settings.data_dir,
                embedder=open_embedder(settings.embedder),
                parser=parser,
                settings=_run_settings(options, settings, configuration),
                progress=Progress(bars=not options.log_json),
            )
    except OSError as exc:
        raise RunRefused(
            f"the data directory {settings.data_dir} cannot be used ({exc}); nothing was published"
        ) from exc


def _nothing_due(store: SnapshotStore) -> RunReport:
    return RunReport(
        collection=store.collection,
        snapshot=None,
        parent=store.current(),
        published=False,
        documents=DocumentCounts(),
        chunks=ChunkCounts(),
    )


def _folder(argument: str) -> FolderSource:
    name, equals, folder = argument.partition("=")
    if equals and "/" not in name:
        if not name or not folder:
            raise UsageError(f"{argument!r} names no source; write NAME=FOLDER")
        return FolderSource(Path(folder), name)
    return FolderSource(Path(argument))


def _due(configuration: Configuration, store: SnapshotStore, *, everything: bool) -> list[Source]:
    if everything or not store.root.is_dir():
        return [configured.source for configured in configuration.sources]
    now = datetime.now(UTC)
    with Ledger.open(store.root / LEDGER_FILE) as ledger:
        return [
            configured.source
            for configured in configuration.sources
            if configured.due(ledger.ran_at(configured.name), now)
        ]


@contextmanager
def _parser(settings: IngestionSettings) -> Iterator[Parser]:
    """Everything that reads files, each in a limited process."""
    ocr = Tesseract.find(settings.ocr_languages.split("+")) if settings.ocr else None
    if ocr is not None and ocr.missing:
        _log.warning("Tesseract has no model for %s; scans in it are misread", ocr.missing)
    with Sandbox(settings.limits, settings.parsers) as sandbox:
        yield AssistedParser(sandbox, ocr=ocr, office=LibreOffice.find(), dpi=settings.ocr_dpi)


def _run_settings(
    options: argparse.Namespace, settings: IngestionSettings, configuration: Configuration | None
) -> RunSettings:
    return RunSettings(
        publish=not options.no_publish,
        relocate=options.relocate,
        verify=options.verify,
        reread=options.reread,
        guards=_guards(options, settings, configuration),
        threads=settings.parsers,
        page_dpi=settings.page_dpi if settings.page_images else 0,
        keep=settings.keep_snapshots,
    )


def _guards(
    options: argparse.Namespace, settings: IngestionSettings, configuration: Configuration | None
) -> Guards:
    guards = replace(
        settings.guards,
        allow_deletions=options.allow_deletions,
        allow_failures=options.allow_failures,
    )
    if configuration is not None:
        stated = {
            "max_deleted_share": configuration.max_deleted_share,
            "max_failed_share": configuration.max_failed_share,
        }
        shares = {name: share for name, share in stated.items() if share is not None}
        guards = replace(guards, **shares)  # type: ignore[arg-type]  # both are floats
    return guards


def _tell(report: RunReport, *, as_json: bool) -> None:
    for kind, findings in (("failed", report.failures), ("left out", report.remarks)):
        for finding in findings:
            _log.warning("%s: %s (%s): %s", kind, finding.path, finding.stage, finding.reason)
    if report.refused:
        _log.error("not published: %s", report.refused)
    print(json.dumps(report.as_json(), ensure_ascii=False) if as_json else summary(report))


def summary(report: RunReport) -> str:
    """What a run did, in one line."""
    documents, chunks = report.documents, report.chunks
    if report.snapshot is None:
        outcome = "nothing changed"
    elif report.published:
        outcome = f"published {report.snapshot}"
    else:
        outcome = f"{'REFUSED, ' if report.refused else ''}built {report.snapshot}"
    return (
        f"{report.collection}: {outcome}; documents: {documents.seen} seen, "
        f"{documents.added} added, {documents.changed} changed, {documents.moved} moved, "
        f"{documents.deleted} deleted, {documents.unchanged} unchanged, {documents.failed} failed, "
        f"{documents.stale} stale; chunks: {chunks.total} in all, {chunks.embedded} embedded; "
        f"{sum(report.seconds.values()):.1f} s"
    )


def exit_code(error: FootnoteError) -> int:
    """What a cron is told of a command that ended with ``error``."""
    match error:
        case LockHeld():
            return LOCKED
        case (
            RunRefused()
            | SnapshotError()
            | ConfigurationError()
            | EmbedderError()
            | ParserUnavailable()
        ):
            return REFUSED
        case _:
            return WRONG_USAGE


def _code_of(report: RunReport) -> int:
    if report.refused:
        return REFUSED
    return SOME_FAILED if report.failures else PUBLISHED
