"""Which snapshot is served: the newest that is whole, and never a mixture."""

import logging
from pathlib import Path
from threading import Event, Thread

import pytest

from indexes.catalog import CATALOG_FILE
from indexes.embedder import Embedder, EmbedderSettings, open_embedder
from indexes.errors import (
    ConfigurationError,
    EmbedderError,
    NoSnapshot,
    SnapshotCorrupt,
    SnapshotMismatch,
    UnknownCollection,
    UnknownDocument,
)
from indexes.snapshot import SnapshotStore
from indexes.types import Filters, Mode, Scope
from service.collections import Collections
from tests.service.wiki import COLLECTION, HIDDEN_ID, HIDDEN_TITLE, Wiki

EVERYBODY = Scope.of(())
HR = Scope.of({"hr"})


def opened(wiki: Wiki) -> Collections:
    collections = Collections(wiki.data_dir, wiki.embedder)
    collections.refresh()
    return collections


def damage(wiki: Wiki, snapshot: str, collection: str = COLLECTION) -> None:
    catalog = SnapshotStore(wiki.data_dir, collection).folder(snapshot) / CATALOG_FILE
    content = bytearray(catalog.read_bytes())
    content[len(content) // 2] ^= 1
    catalog.write_bytes(content)


def test_a_missing_data_directory_is_refused(tmp_path: Path, embedder: Embedder) -> None:
    with pytest.raises(ConfigurationError, match="python -m ingestion run"):
        Collections(tmp_path / "nowhere", embedder)


def test_before_the_first_look_everything_is_still_being_opened(wiki: Wiki) -> None:
    collections = Collections(wiki.data_dir, wiki.embedder)
    with pytest.raises(NoSnapshot, match="still being opened"):
        collections.get(COLLECTION)
    assert "still being opened" in str(collections.unready())
    collections.refresh()
    assert collections.unready() is None
    assert collections.names() == [COLLECTION]


def test_an_empty_data_directory_says_what_to_do(empty_wiki: Wiki) -> None:
    collections = opened(empty_wiki)
    assert "python -m ingestion run" in str(collections.unready())
    with pytest.raises(UnknownCollection, match="there is no collection yet"):
        collections.get()
    with pytest.raises(UnknownDocument):
        collections.document(HIDDEN_ID, HR)


def test_a_collection_may_be_left_out_when_there_is_no_doubt(empty_wiki: Wiki) -> None:
    empty_wiki.write("a.md", "Alpha.")
    one = empty_wiki.ingest("one")
    collections = opened(empty_wiki)
    assert collections.get().snapshot_id == collections.get("one").snapshot_id == one
    with pytest.raises(UnknownCollection, match="'two'"):
        collections.get("two")
    two = empty_wiki.ingest("two")
    collections.refresh()
    assert collections.get("two").snapshot_id == two
    with pytest.raises(UnknownCollection, match="there are several collections"):
        collections.get()
    default = empty_wiki.ingest("default")
    collections.refresh()
    assert collections.get().snapshot_id == default


def test_a_collection_being_made_is_not_meant_by_silence(empty_wiki: Wiki) -> None:
    (empty_wiki.data_dir / "collections" / "new").mkdir(parents=True)
    collections = opened(empty_wiki)
    with pytest.raises(NoSnapshot, match="'new' has no published snapshot"):
        collections.get()
    empty_wiki.write("a.md", "Alpha.")
    snapshot = empty_wiki.ingest("old")
    collections.refresh()
    assert collections.get().snapshot_id == snapshot


def test_documents_are_found_by_id_inside_the_scope_alone(wiki: Wiki) -> None:
    collections = opened(wiki)
    index, document = collections.document(HIDDEN_ID, HR)
    assert document.info.title == HIDDEN_TITLE
    assert index.snapshot_id == collections.get().snapshot_id
    with pytest.raises(UnknownDocument) as hidden:
        collections.document(HIDDEN_ID, EVERYBODY)
    with pytest.raises(UnknownDocument) as absent:
        collections.document("0" * 32, EVERYBODY)
    assert str(hidden.value).replace(HIDDEN_ID, "0" * 32) == str(absent.value)


def test_a_new_snapshot_is_served_and_the_old_one_finishes_its_requests(empty_wiki: Wiki) -> None:
    empty_wiki.write("a.md", "Alpha holds apples.")
    empty_wiki.ingest()
    collections = opened(empty_wiki)
    old = collections.get()
    assert collections.refresh() == ()
    assert collections.get() is old
    empty_wiki.write("a.md", "Beta holds bananas.")
    new = empty_wiki.ingest()
    (move,) = collections.refresh()
    assert (move.collection, move.snapshot_id, move.problem) == (COLLECTION, new, None)
    assert collections.get().snapshot_id == new
    texts = {
        index.search("what holds", EVERYBODY, Filters(), 5, Mode.HYBRID).hits[0].chunk.text
        for index in (old, collections.get())
    }
    assert texts == {"Alpha holds apples.", "Beta holds bananas."}


def test_readers_see_one_snapshot_or_the_other(empty_wiki: Wiki) -> None:
    empty_wiki.write("a.md", "Version 0.")
    versions = {empty_wiki.ingest(): "Version 0."}
    collections = opened(empty_wiki)
    seen: set[tuple[str, str]] = set()
    over = Event()

    def read() -> None:
        while not over.is_set():
            index = collections.get()
            result = index.search("version", EVERYBODY, Filters(), 1, Mode.LEXICAL)
            seen.add((index.snapshot_id, result.hits[0].chunk.text))

    readers = [Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in (1, 2, 3):
        empty_wiki.write("a.md", f"Version {number}.")
        versions[empty_wiki.ingest()] = f"Version {number}."
        collections.refresh()
    over.set()
    for reader in readers:
        reader.join()
    assert seen <= set(versions.items())
    assert len(seen) > 1


def test_a_corrupt_snapshot_is_refused_once_and_the_old_one_stays(
    empty_wiki: Wiki, caplog: pytest.LogCaptureFixture
) -> None:
    empty_wiki.write("a.md", "Alpha.")
    good = empty_wiki.ingest()
    collections = opened(empty_wiki)
    empty_wiki.write("a.md", "Beta.")
    bad = empty_wiki.ingest()
    damage(empty_wiki, bad)
    with caplog.at_level(logging.ERROR):
        (move,) = collections.refresh()
        assert isinstance(move.problem, SnapshotCorrupt)
        assert collections.refresh() == ()
    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(errors) == 1
    assert bad in caplog.text
    assert collections.get().snapshot_id == good
    assert collections.unready() is None


def test_a_collection_that_starts_corrupt_says_so_and_recovers(empty_wiki: Wiki) -> None:
    empty_wiki.write("a.md", "Alpha.")
    good, identity = empty_wiki.ingest(), HIDDEN_ID
    empty_wiki.write("a.md", "Beta.")
    bad = empty_wiki.ingest()
    damage(empty_wiki, bad)
    collections = opened(empty_wiki)
    for _ in range(2):
        with pytest.raises(SnapshotCorrupt, match=bad):
            collections.get()
    with pytest.raises(SnapshotCorrupt, match=bad):
        collections.document(identity, EVERYBODY)
    assert bad in str(collections.unready())
    SnapshotStore(empty_wiki.data_dir, COLLECTION).publish(good)
    collections.refresh()
    assert collections.get().snapshot_id == good


def test_one_corrupt_collection_does_not_stop_the_others(empty_wiki: Wiki) -> None:
    empty_wiki.write("a.md", "Alpha.")
    good = empty_wiki.ingest("good")
    damage(empty_wiki, empty_wiki.ingest("bad"), "bad")
    collections = opened(empty_wiki)
    assert collections.get("good").snapshot_id == good
    assert collections.unready() is None
    with pytest.raises(SnapshotCorrupt):
        collections.get("bad")


def test_a_snapshot_that_current_names_but_is_gone_is_corrupt(empty_wiki: Wiki) -> None:
    empty_wiki.write("a.md", "Alpha.")
    store = SnapshotStore(empty_wiki.data_dir, COLLECTION)
    folder = store.folder(empty_wiki.ingest())
    folder.rename(folder.with_name("moved-away"))
    with pytest.raises(SnapshotCorrupt, match="cannot be opened"):
        opened(empty_wiki).get()


def test_a_snapshot_of_another_embedder_is_refused(wiki: Wiki) -> None:
    other = open_embedder(EmbedderSettings(query_prefix="query: "))
    collections = Collections(wiki.data_dir, other)
    collections.refresh()
    with pytest.raises(SnapshotMismatch, match="ingest the collection again"):
        collections.get()


def test_a_deleted_collection_is_forgotten(empty_wiki: Wiki) -> None:
    empty_wiki.write("a.md", "Alpha.")
    empty_wiki.ingest()
    collections = opened(empty_wiki)
    root = empty_wiki.data_dir / "collections"
    (root / COLLECTION).rename(empty_wiki.data_dir / "elsewhere")
    collections.refresh()
    with pytest.raises(UnknownCollection):
        collections.get(COLLECTION)


def test_an_embedder_that_does_not_load_is_told(wiki: Wiki, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "tokenizer.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"no weights")
    broken = open_embedder(EmbedderSettings(model=str(folder)))
    collections = Collections(wiki.data_dir, broken)
    with pytest.raises(EmbedderError):
        collections.refresh()
    with pytest.raises(EmbedderError):
        collections.get()
    assert isinstance(collections.unready(), EmbedderError)
