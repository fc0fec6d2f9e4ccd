"""A snapshot is whole and read as it was written, or it is refused."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, fields
from pathlib import Path

import numpy as np
import pytest

from indexes.catalog import Catalog
from indexes.dense import DenseIndex
from indexes.errors import (
    NoSnapshot,
    SnapshotCorrupt,
    SnapshotMismatch,
    UnknownSnapshot,
)
from indexes.language import query_terms
from indexes.lexical import LexicalIndex
from indexes.snapshot import Manifest, SnapshotStore, Unreadable, read_manifest, verify
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
    "forward/titles/ends",
    "forward/titles/values",
    "forward/words/ends",
    "forward/words/values",
    "lexical/bounds.npy",
    "lexical/frequencies.npy",
    "lexical/rows.npy",
    "lexical/size.json",
    "lexical/starts.npy",
    "lexical/text.npy",
    "lexical/weights.npy",
    "tokens/ends",
    "tokens/shape.json",
    "tokens/values",
    "vectors/flat.faiss",
]
WRITER = """
import json, sys
from pathlib import Path
from indexes.snapshot import SnapshotStore
from tests.indexes.documents import COLLECTION, LIBRARY, write_snapshot
manifest = write_snapshot(SnapshotStore(Path(sys.argv[1]), COLLECTION), LIBRARY)
print(json.dumps(dict(manifest.files)))
"""


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
        DenseIndex(folder / "vectors").vectors(np.arange(CHUNKS)),
        make_vectors(CHUNKS).values.astype(np.float16).astype(np.float32),
    )
    lexical = LexicalIndex(folder / "lexical")
    rows, _ = lexical.search(query_terms("年假申请", "zh"), 3, None)
    chunks = [chunk for _, chunks in LIBRARY for chunk in chunks]
    assert len(lexical) == CHUNKS
    assert chunks[rows[0]].text == "年假须提前两周向主管申请。"


def test_the_manifest_says_what_the_snapshot_is_made_of(published: Manifest) -> None:
    assert published.format == 3
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


@pytest.mark.parametrize("content", ["", "[]", "null", "{}", '{"format": 3}', "\udcff"])
def test_what_is_no_manifest_is_refused(
    store: SnapshotStore, written: Manifest, content: str
) -> None:
    path = store.folder(written.id) / "manifest.json"
    path.write_text(content, errors="surrogateescape")
    with pytest.raises(SnapshotCorrupt, match=r"manifest\.json cannot be read"):
        store.verify(written.id)
    path.unlink()
    with pytest.raises(SnapshotCorrupt, match=r"manifest\.json cannot be read"):
        store.verify(written.id)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "damaged"),
        ('{"format": 3', "damaged"),
        ('{"format": 3}', "damaged"),
        ('{"format": 2}', "format 2"),
        ('{"format": 4, "shards": []}', "format 4"),
        (None, "damaged"),
    ],
)
def test_a_snapshot_that_cannot_be_read_hides_no_other(
    store: SnapshotStore, four: list[Manifest], content: str | None, reason: str
) -> None:
    path = store.folder(four[1].id) / "manifest.json"
    path.unlink()
    if content is not None:
        path.write_text(content)
    readable = [four[0], *four[2:]]
    assert store.manifests() == readable
    assert store.listing() == [four[0], Unreadable(four[1].id, reason), *four[2:]]
    with store.lock():
        assert store.prune(3) == [four[0].id], "it counts"
        assert store.prune(2) == [four[1].id], "and goes"
    assert store.listing() == four[2:]


def test_a_newer_format_is_told_apart_from_damage(store: SnapshotStore, written: Manifest) -> None:
    path = store.folder(written.id) / "manifest.json"
    path.write_text(json.dumps(asdict(written) | {"format": 4, "shards": []}))
    with pytest.raises(SnapshotMismatch, match="has format 4, this Footnote reads 3"):
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
