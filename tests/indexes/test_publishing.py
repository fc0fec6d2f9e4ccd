"""Published at once or not at all, pruned without harm, and written by one at a time."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.errors import LockHeld, UsageError
from indexes.snapshot import Manifest, SnapshotStore, collections
from tests.indexes.documents import (
    COLLECTION,
    EMBEDDER,
    LIBRARY,
    RowVectors,
    make_vectors,
    write_snapshot,
)

ROOT = Path(__file__).resolve().parents[2]
HOLDER = """
import sys, time
from pathlib import Path
from indexes.snapshot import SnapshotStore
with SnapshotStore(Path(sys.argv[1]), sys.argv[2]).lock():
    print("held", flush=True)
    time.sleep(600)
"""


def write_and_publish(store: SnapshotStore) -> Manifest:
    manifest = write_snapshot(store, LIBRARY)
    with store.lock():
        store.publish(manifest.id)
    return manifest


def test_readers_see_the_old_one_or_the_new_one(store: SnapshotStore, four: list[Manifest]) -> None:
    ids = [manifest.id for manifest in four[:2]]
    with store.lock():
        store.publish(ids[0])
    seen: set[str | None] = set()
    done = Event()

    def read() -> None:
        while not done.is_set():
            seen.add(store.current())

    reader = Thread(target=read)
    reader.start()
    with store.lock():
        for turn in range(20):
            store.publish(ids[turn % 2])
    done.set()
    reader.join()
    assert seen <= set(ids)
    assert store.current() == ids[1]


def test_a_reader_who_has_opened_current_keeps_what_it_opened(
    store: SnapshotStore, published: Manifest
) -> None:
    with (store.root / "CURRENT").open() as opened:
        fresh = write_and_publish(store)
        assert opened.read().strip() == published.id
    assert store.current() == fresh.id


def test_a_publication_cut_short_changes_nothing(store: SnapshotStore, published: Manifest) -> None:
    # What a writer leaves that was killed before the rename.
    (store.root / ".CURRENT").write_text("2026")
    assert store.current() == published.id
    assert write_and_publish(store).id == store.current()


def test_what_is_listed_is_oldest_first_and_whole(store: SnapshotStore) -> None:
    assert store.manifests() == []
    manifests = [write_snapshot(store, LIBRARY[:1]) for _ in range(3)]
    assert [manifest.created_at for manifest in manifests] == sorted(
        manifest.created_at for manifest in manifests
    )
    (store.root / "snapshots" / ".building-x").mkdir()
    (store.root / "snapshots" / "notes").mkdir()
    assert store.manifests() == manifests


@pytest.mark.parametrize("keep", [-1, 0, 1, 2, 3, 9])
@pytest.mark.parametrize("current", [0, 2, 3])
def test_pruning_keeps_the_published_and_the_newest(
    store: SnapshotStore, four: list[Manifest], keep: int, current: int
) -> None:
    ids = [manifest.id for manifest in four]
    (store.root / "snapshots" / ".building-x").mkdir()
    with store.lock():
        store.publish(ids[current])
        gone = store.prune(keep)
    others = [snapshot_id for snapshot_id in ids if snapshot_id != ids[current]]
    newest = others[len(others) - min(max(keep, 0), len(others)) :]
    assert [manifest.id for manifest in store.manifests()] == sorted([*newest, ids[current]])
    assert gone == others[: len(others) - len(newest)]
    assert not list(store.root.glob("snapshots/.building-*"))
    assert store.current() == ids[current]


def test_what_an_interrupted_run_left_is_discarded(
    store: SnapshotStore, published: Manifest
) -> None:
    too_few = make_vectors(1)
    with pytest.raises(StopIteration):
        write_snapshot(store, LIBRARY, too_few)
    assert len(list(store.root.glob("snapshots/.building-*"))) == 1
    assert store.manifests() == [published]
    with store.lock():
        store.discard_unfinished()
    assert [entry.name for entry in (store.root / "snapshots").iterdir()] == [published.id]
    assert store.verify(published.id) == published


def test_one_writer_at_a_time(store: SnapshotStore) -> None:
    with store.lock():
        with (
            pytest.raises(LockHeld, match="another run is writing the collection 'wiki'"),
            SnapshotStore(store.root.parents[1], COLLECTION).lock(),
        ):
            pass
        with SnapshotStore(store.root.parents[1], "other").lock():
            pass
    with store.lock():
        pass


def test_the_lock_is_free_after_an_error(store: SnapshotStore) -> None:
    with pytest.raises(ZeroDivisionError), store.lock():
        1 / 0  # noqa: B018
    with store.lock():
        pass


@contextmanager
def holder(data_dir: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that holds the lock until it is killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(data_dir), COLLECTION],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_lock_dies_with_its_process(store: SnapshotStore, tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        with pytest.raises(LockHeld), store.lock():
            pass
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        with store.lock():
            nothing = RowVectors(make_vectors(0))
            store.publish(store.write([], nothing, embedder=EMBEDDER, chunker={}).id)
    assert store.current() is not None


GOOD_NAMES = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,63}", fullmatch=True)


@given(GOOD_NAMES)
def test_a_collection_is_a_folder_of_its_name(name: str) -> None:
    assert SnapshotStore(Path("data"), name).root == Path("data/collections") / name


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "a/b", "/a", "../a", "A", "-a", "_a", ".a", "a b", "a\n", "a\0", "ä", "a" * 65],
)
def test_what_cannot_name_a_collection_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="use 1 to 64 of a-z"):
        SnapshotStore(Path("data"), name)


def test_collections_are_listed_by_name(tmp_path: Path) -> None:
    assert collections(tmp_path) == []
    for name in ("wiki", "handbook", ".trash", "Not a name"):
        (tmp_path / "collections" / name).mkdir(parents=True)
    (tmp_path / "collections" / "a-file").touch()
    assert collections(tmp_path) == ["handbook", "wiki"]
