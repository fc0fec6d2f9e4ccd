"""A snapshot is whole or refused, published at once or not at all, and written by one at a time."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.catalog import Catalog
from indexes.dense import DenseIndex
from indexes.errors import (
    LockHeld,
    NoSnapshot,
    SnapshotCorrupt,
    SnapshotMismatch,
    UnknownSnapshot,
    UsageError,
)
from indexes.language import analyze
from indexes.lexical import LexicalIndex
from indexes.snapshot import Manifest, SnapshotStore, collections, read_manifest, verify
from tests.indexes.documents import (
    CHUNKER,
    COLLECTION,
    EMBEDDER,
    FINGERPRINT,
    LIBRARY,
    make_vectors,
    write_snapshot,
)

ROOT = Path(__file__).resolve().parents[2]
CHUNKS = sum(len(chunks) for _, chunks in LIBRARY)
FILES = [
    "catalog.sqlite",
    "lexical/data.csc.index.npy",
    "lexical/indices.csc.index.npy",
    "lexical/indptr.csc.index.npy",
    "lexical/params.index.json",
    "lexical/size.json",
    "lexical/vocab.index.json",
    "vectors.faiss",
]
HOLDER = """
import sys, time
from pathlib import Path
from indexes.snapshot import SnapshotStore
with SnapshotStore(Path(sys.argv[1]), sys.argv[2]).lock():
    print("held", flush=True)
    time.sleep(600)
"""
WRITER = """
import json, sys
from pathlib import Path
from indexes.snapshot import SnapshotStore
from tests.indexes.documents import COLLECTION, LIBRARY, write_snapshot
manifest = write_snapshot(SnapshotStore(Path(sys.argv[1]), COLLECTION), LIBRARY)
print(json.dumps(dict(manifest.files)))
"""


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> SnapshotStore:
    """Four snapshots of the library, oldest first, none published; never changed."""
    store = SnapshotStore(tmp_path_factory.mktemp("original"), COLLECTION)
    for _ in range(4):
        write_snapshot(store, LIBRARY)
    return store


@pytest.fixture
def store(tmp_path: Path) -> SnapshotStore:
    """An empty collection."""
    return SnapshotStore(tmp_path, COLLECTION)


@pytest.fixture
def four(original: SnapshotStore, store: SnapshotStore) -> list[Manifest]:
    """Four snapshots in the store, none published."""
    shutil.copytree(original.root, store.root)
    return store.manifests()


@pytest.fixture
def written(original: SnapshotStore, store: SnapshotStore) -> Manifest:
    """One snapshot in the store, not published."""
    first = original.manifests()[0]
    shutil.copytree(original.folder(first.id), store.root / "snapshots" / first.id)
    return first


@pytest.fixture
def published(store: SnapshotStore, written: Manifest) -> Manifest:
    """One snapshot in the store, published."""
    with store.lock():
        store.publish(written.id)
    return written


def write_and_publish(store: SnapshotStore) -> Manifest:
    manifest = write_snapshot(store, LIBRARY)
    with store.lock():
        store.publish(manifest.id)
    return manifest


def flip_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_what_was_written_is_read(store: SnapshotStore, published: Manifest) -> None:
    folder = store.published()
    assert folder == store.folder(published.id)
    assert store.current() == published.id
    assert store.verify(published.id) == verify(folder) == read_manifest(folder) == published
    assert list(Catalog(folder / "catalog.sqlite").everything()) == LIBRARY
    np.testing.assert_array_equal(
        DenseIndex(folder / "vectors.faiss").vectors(np.arange(CHUNKS)), make_vectors(CHUNKS).values
    )
    lexical = LexicalIndex(folder / "lexical")
    rows, _ = lexical.search(analyze("年假申请", "zh"), 3, None)
    chunks = [chunk for _, chunks in LIBRARY for chunk in chunks]
    assert len(lexical) == CHUNKS
    assert chunks[rows[0]].text == "年假须提前两周向主管申请。"


def test_the_manifest_says_what_the_snapshot_is_made_of(published: Manifest) -> None:
    assert published.format == 1
    assert published.collection == COLLECTION
    assert published.parent is None
    assert (published.documents, published.chunks) == (len(LIBRARY), CHUNKS)
    assert published.embedder == EMBEDDER | {"fingerprint": FINGERPRINT}
    assert published.chunker == CHUNKER
    assert sorted(published.files) == FILES


def test_until_it_is_published_nobody_sees_it(store: SnapshotStore, written: Manifest) -> None:
    assert store.current() is None
    with pytest.raises(NoSnapshot, match="python -m ingestion run"):
        store.published()
    assert store.verify(written.id) == written


def test_the_parent_is_what_was_published(store: SnapshotStore, published: Manifest) -> None:
    assert write_snapshot(store, LIBRARY).parent == published.id
    assert write_snapshot(store, LIBRARY).parent == published.id


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (flip_a_byte, "is not the file that was written"),
        (Path.unlink, "is missing"),
        (lambda path: path.write_bytes(b""), "is not the file that was written"),
    ],
)
def test_a_damaged_file_is_named_and_the_old_snapshot_stays(
    store: SnapshotStore,
    four: list[Manifest],
    name: str,
    damage: Callable[[Path], object],
    problem: str,
) -> None:
    published, fresh = four[:2]
    with store.lock():
        store.publish(published.id)
    damage(store.folder(fresh.id) / name)
    with pytest.raises(SnapshotCorrupt, match=f"{fresh.id} is damaged: {name} {problem}"):
        store.verify(fresh.id)
    with store.lock(), pytest.raises(SnapshotCorrupt, match="run the ingestion again"):
        store.publish(fresh.id)
    assert store.current() == published.id
    assert store.verify(published.id) == published


@pytest.mark.parametrize("name", ["stray.txt", "lexical/stray.npy", "lexical/manifest.json"])
def test_a_file_that_was_not_written_is_named(
    store: SnapshotStore, written: Manifest, name: str
) -> None:
    (store.folder(written.id) / name).write_text("stray")
    with pytest.raises(SnapshotCorrupt, match=f"{name} is not the file that was written"):
        store.verify(written.id)


def test_damage_anywhere_in_the_manifest_is_refused(
    store: SnapshotStore, written: Manifest
) -> None:
    path = store.folder(written.id) / "manifest.json"
    content = path.read_bytes()
    for position in range(0, len(content), 5):
        changed = bytearray(content)
        changed[position] ^= 1
        path.write_bytes(changed)
        with pytest.raises((SnapshotCorrupt, SnapshotMismatch), match=written.id):
            read_manifest(path.parent)
    path.write_bytes(content)
    assert read_manifest(path.parent) == written


@pytest.mark.parametrize("name", sorted({field.name for field in fields(Manifest)} - {"format"}))
def test_a_manifest_with_another_value_is_refused(
    store: SnapshotStore, written: Manifest, name: str
) -> None:
    path = store.folder(written.id) / "manifest.json"
    values = asdict(written)
    value = values[name]
    other: object = value + 1 if isinstance(value, int) else "20260101T000000000000Z-0123456789ab"
    if isinstance(value, dict):
        other = value | {next(iter(value)): "f" * 64}
    path.write_text(json.dumps(values | {name: other}))
    with pytest.raises(SnapshotCorrupt, match=r"manifest\.json (was changed|cannot be read)"):
        store.verify(written.id)
    path.write_text(json.dumps({key: values[key] for key in values if key != name}))
    with pytest.raises(SnapshotCorrupt, match=r"manifest\.json cannot be read"):
        store.verify(written.id)


@pytest.mark.parametrize("content", ["", "[]", "null", "{}", '{"format": 1}', "\udcff"])
def test_what_is_no_manifest_is_refused(
    store: SnapshotStore, written: Manifest, content: str
) -> None:
    path = store.folder(written.id) / "manifest.json"
    path.write_text(content, errors="surrogateescape")
    with pytest.raises(SnapshotCorrupt, match=r"manifest\.json cannot be read"):
        store.verify(written.id)
    path.unlink()
    with pytest.raises(SnapshotCorrupt, match=r"manifest\.json cannot be read"):
        store.manifests()


def test_a_newer_format_is_told_apart_from_damage(store: SnapshotStore, written: Manifest) -> None:
    path = store.folder(written.id) / "manifest.json"
    path.write_text(json.dumps(asdict(written) | {"format": 2, "shards": []}))
    with pytest.raises(SnapshotMismatch, match="has format 2, this Footnote reads 1"):
        store.verify(written.id)


def test_a_snapshot_goes_by_its_own_id(store: SnapshotStore, written: Manifest) -> None:
    other = "20260101T000000000000Z-0123456789ab"
    store.folder(written.id).rename(store.folder(written.id).with_name(other))
    with pytest.raises(SnapshotCorrupt, match=f"{other} is damaged: manifest.json was changed"):
        store.verify(other)


@pytest.mark.parametrize(
    "snapshot_id", ["", ".", "..", "../snapshots", "20260101T000000000000Z-0123456789ab", "CURRENT"]
)
def test_an_unknown_snapshot_is_told(
    store: SnapshotStore, published: Manifest, snapshot_id: str
) -> None:
    for ask in (store.folder, store.verify, store.publish):
        with pytest.raises(UnknownSnapshot, match="snapshots list"):
            ask(snapshot_id)
    assert store.current() == published.id


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
    twice = [LIBRARY[0], LIBRARY[0]]
    with pytest.raises(Exception, match="UNIQUE constraint failed"):
        write_snapshot(store, twice)
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
            store.publish(store.write([], make_vectors(0), embedder=EMBEDDER, chunker={}).id)
    assert store.current() is not None


def test_the_same_inputs_give_the_same_files_in_any_process(
    store: SnapshotStore, written: Manifest, tmp_path: Path
) -> None:
    again = write_snapshot(store, LIBRARY)
    assert again.files == written.files
    assert again.id != written.id
    # Another order of sets and dictionaries' keys, as another machine would have.
    output = subprocess.check_output(
        [sys.executable, "-c", WRITER, str(tmp_path / "elsewhere")],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": "4021"},
    )
    assert json.loads(output) == written.files


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
