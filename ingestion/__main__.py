"""``python -m ingestion``: runs over sources, and the snapshots they made."""

import argparse
import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from indexes.embedder import open_embedder
from indexes.errors import (
    ConfigurationError,
    EmbedderError,
    FootnoteError,
    LockHeld,
    RunRefused,
    SnapshotError,
    UnknownCollection,
    UsageError,
)
from indexes.settings import IndexSettings
from indexes.snapshot import SnapshotStore, collections
from ingestion.pipeline import RunSettings, run
from ingestion.progress import Progress
from ingestion.rollback import publish
from ingestion.sandbox import Sandbox
from ingestion.sources import FolderSource
from ingestion.types import RunReport

PUBLISHED, SOME_FAILED, WRONG_USAGE, REFUSED, LOCKED = range(5)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; return the exit code of the contract."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(format="%(levelname)s %(message)s", stream=sys.stderr)
    logging.getLogger("ingestion").setLevel(logging.INFO)
    try:
        settings = IndexSettings.read(data_dir=options.data_dir)
        code: int = options.command(options, settings)
    except FootnoteError as exc:
        sys.stderr.write(f"error: {exc}\n")
        return _exit_code(exc)
    return code


def _exit_code(error: FootnoteError) -> int:
    match error:
        case LockHeld():
            return LOCKED
        case RunRefused() | SnapshotError() | ConfigurationError() | EmbedderError():
            return REFUSED
        case _:
            return WRONG_USAGE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ingestion", description=__doc__)
    commands = parser.add_subparsers(required=True)

    running = commands.add_parser("run", help="ingest sources, then publish")
    running.add_argument("sources", nargs="+", metavar="SOURCE", help="a folder, or NAME=FOLDER")
    running.add_argument("--json", action="store_true", help="print the report as one line of JSON")
    running.add_argument("--no-publish", action="store_true", help="build a snapshot, publish none")
    running.add_argument("--relocate", action="store_true", help="accept a source that moved")
    _add_common(running)
    running.set_defaults(command=_run)

    snapshots = commands.add_parser("snapshots", help="list, publish, roll back, prune, verify")
    actions = snapshots.add_subparsers(required=True)
    for name, action, summary in (
        ("list", _list, "all snapshots, oldest first"),
        ("publish", _publish, "publish a snapshot that was built"),
        ("rollback", _rollback, "publish the snapshot before the published one, or ID"),
        ("prune", _prune, "delete old snapshots"),
        ("verify", _verify, "compare every file with its hash"),
    ):
        command = actions.add_parser(name, help=summary)
        _add_common(command)
        command.set_defaults(command=action)
        if name == "prune":
            command.add_argument("--keep", type=int, default=3, help="newest to keep (default 3)")
        elif name != "list":
            command.add_argument("snapshot", nargs=None if name == "publish" else "?", metavar="ID")
        if name in {"publish", "rollback"}:
            command.add_argument(
                "--as-it-was",
                action="store_true",
                help="bring back even what was deleted or withdrawn since",
            )
    return parser


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--collection", required=True, metavar="NAME")
    parser.add_argument("--data-dir", type=Path, metavar="DIR", help="default: ./data")


def _run(options: argparse.Namespace, settings: IndexSettings) -> int:
    sources = [_source(argument) for argument in options.sources]
    embedder = open_embedder(settings.embedder)
    try:
        with Sandbox() as parser:
            report = run(
                sources,
                options.collection,
                settings.data_dir,
                embedder=embedder,
                parser=parser,
                settings=RunSettings(publish=not options.no_publish, relocate=options.relocate),
                progress=Progress(bars=True),
            )
    except OSError as exc:
        raise RunRefused(
            f"the data directory {settings.data_dir} cannot be used ({exc}); nothing was published"
        ) from exc
    print(json.dumps(report.as_json(), ensure_ascii=False) if options.json else _summary(report))
    return SOME_FAILED if report.failures else PUBLISHED


def _source(argument: str) -> FolderSource:
    name, equals, folder = argument.partition("=")
    if equals and "/" not in name:
        if not name or not folder:
            raise UsageError(f"{argument!r} names no source; write NAME=FOLDER")
        return FolderSource(Path(folder), name)
    return FolderSource(Path(argument))


def _summary(report: RunReport) -> str:
    documents, chunks = report.documents, report.chunks
    if report.snapshot is None:
        outcome = "nothing changed"
    else:
        outcome = f"{'published' if report.published else 'built'} {report.snapshot}"
    lines = [
        f"{report.collection}: {outcome}",
        (
            f"documents: {documents.seen} seen, {documents.added} added, "
            f"{documents.changed} changed, {documents.moved} moved, {documents.deleted} deleted, "
            f"{documents.unchanged} unchanged, {documents.failed} failed, {documents.stale} stale"
        ),
        f"chunks: {chunks.total} in all, {chunks.embedded} embedded, {chunks.reused} reused",
        *(f"failed: {f.path} ({f.stage}): {f.reason}" for f in report.failures),
    ]
    return "\n".join(lines)


def _store(options: argparse.Namespace, settings: IndexSettings) -> SnapshotStore:
    store = SnapshotStore(settings.data_dir, options.collection)
    known = collections(settings.data_dir)
    if store.collection not in known:
        raise UnknownCollection(
            f"{settings.data_dir} holds no collection {store.collection!r}; it holds "
            f"{', '.join(known) or 'none'}"
        )
    return store


def _list(options: argparse.Namespace, settings: IndexSettings) -> int:
    store = _store(options, settings)
    current = store.current()
    for manifest in store.manifests():
        mark = "*" if manifest.id == current else " "
        print(f"{mark} {manifest.id}  {manifest.documents} documents  {manifest.chunks} chunks")
    return PUBLISHED


def _publish(options: argparse.Namespace, settings: IndexSettings) -> int:
    manifest = publish(_store(options, settings), options.snapshot, as_it_was=options.as_it_was)
    print(f"published {manifest.id}")
    return PUBLISHED


def _rollback(options: argparse.Namespace, settings: IndexSettings) -> int:
    store = _store(options, settings)
    target = options.snapshot or _before_current(store)
    manifest = publish(store, target, as_it_was=options.as_it_was)
    changed = "" if manifest.id == target else f" ({target} without what is gone by now)"
    print(f"published {manifest.id}{changed}")
    return PUBLISHED


def _before_current(store: SnapshotStore) -> str:
    current = store.current() or ""
    older = [manifest.id for manifest in store.manifests() if manifest.id < current]
    if not older:
        raise UsageError(f"{store.collection!r} has no snapshot older than the published one")
    return older[-1]


def _prune(options: argparse.Namespace, settings: IndexSettings) -> int:
    store = _store(options, settings)
    with store.lock():
        doomed = store.prune(options.keep)
    print(f"deleted {len(doomed)} snapshots")
    return PUBLISHED


def _verify(options: argparse.Namespace, settings: IndexSettings) -> int:
    store = _store(options, settings)
    ids = [options.snapshot] if options.snapshot else [m.id for m in store.manifests()]
    for snapshot_id in ids:
        store.verify(snapshot_id)
        print(f"{snapshot_id} is whole")
    return PUBLISHED


if __name__ == "__main__":
    sys.exit(main())
