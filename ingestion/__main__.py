"""``python -m ingestion``: runs over sources, and the snapshots they made."""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from indexes.errors import FootnoteError, SnapshotError, UnknownCollection, UsageError
from indexes.settings import IndexSettings
from indexes.snapshot import SnapshotStore, Unreadable, collections
from ingestion.job import PUBLISHED, REFUSED, add_run_arguments, exit_code, run_command
from ingestion.log import configure_logs
from ingestion.retention import prune
from ingestion.rollback import publish

_log = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; return the exit code of the contract."""
    options = _parser().parse_args(arguments)
    configure_logs(as_json=options.log_json)
    try:
        code: int = options.command(options)
    except FootnoteError as exc:
        _log.error("%s", exc)
        return exit_code(exc)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ingestion", description=__doc__)
    commands = parser.add_subparsers(required=True)

    running = commands.add_parser("run", help="ingest sources, then publish")
    add_run_arguments(running)
    running.set_defaults(command=run_command)

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
        command.set_defaults(command=action, log_json=False)
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


def _store(options: argparse.Namespace) -> SnapshotStore:
    settings = IndexSettings.read(data_dir=options.data_dir)
    store = SnapshotStore(settings.data_dir, options.collection)
    known = collections(settings.data_dir)
    if store.collection not in known:
        raise UnknownCollection(
            f"{settings.data_dir} holds no collection {store.collection!r}; it holds "
            f"{', '.join(known) or 'none'}"
        )
    return store


def _list(options: argparse.Namespace) -> int:
    store = _store(options)
    current = store.current()
    for each in store.listing():
        mark = "*" if each.id == current else " "
        if isinstance(each, Unreadable):
            print(f"{mark} {each.id}  cannot be read: {each.reason}")
        else:
            print(f"{mark} {each.id}  {each.documents} documents  {each.chunks} chunks")
    return PUBLISHED


def _publish(options: argparse.Namespace) -> int:
    manifest = publish(_store(options), options.snapshot, as_it_was=options.as_it_was)
    print(f"published {manifest.id}")
    return PUBLISHED


def _rollback(options: argparse.Namespace) -> int:
    store = _store(options)
    target = options.snapshot or _before_current(store)
    manifest = publish(store, target, as_it_was=options.as_it_was)
    changed = "" if manifest.id == target else f" ({target} without what is gone by now)"
    print(f"published {manifest.id}{changed}")
    return PUBLISHED


def _before_current(store: SnapshotStore) -> str:
    current = store.current() or ""
    older = [manifest.id for manifest in store.manifests() if manifest.id < current]
    if not older:
        raise UsageError(
            f"{store.collection!r} has no snapshot older than the published one that can be read"
        )
    return older[-1]


def _prune(options: argparse.Namespace) -> int:
    store = _store(options)
    with store.lock():
        doomed = prune(store, options.keep)
    print(f"deleted {len(doomed)} snapshots")
    return PUBLISHED


def _verify(options: argparse.Namespace) -> int:
    store = _store(options)
    code = PUBLISHED
    for snapshot_id in [options.snapshot] if options.snapshot else [s.id for s in store.listing()]:
        try:
            store.verify(snapshot_id)
            print(f"{snapshot_id} is whole")
        except SnapshotError as exc:
            _log.error("%s", exc)
            code = REFUSED
    return code


if __name__ == "__main__":
    sys.exit(main())
