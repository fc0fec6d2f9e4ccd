"""The writer's memory: each of its methods, across a close, and what a damaged file says."""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from indexes.errors import RunRefused
from ingestion.ledger import Ledger, Sighting, passage_key
from ingestion.types import Failure, SourceFile

NIGHT = datetime(2026, 5, 12, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


def sighting(identity: str, source: str, *groups: str, content_hash: str = "") -> Sighting:
    file = SourceFile(
        source=source,
        path=f"tài liệu/{identity}.md",
        uri=f"{source}/{identity}.md",
        updated_at="2026-01-01T00:00:00Z",
        groups=frozenset(groups),
        tags=("a", "b"),
        title="休假",
        version=f"12:{identity}",
    )
    return Sighting(identity, file, content_hash)


def test_sources_outlive_the_process(path: Path) -> None:
    with Ledger.open(path) as ledger:
        assert ledger.location("wiki") is None
        assert (ledger.cursor("wiki"), ledger.ran_at("wiki"), ledger.sources()) == ("", None, set())
        ledger.record_source("wiki", "file:///srv/wiki", "", NIGHT)
        ledger.record_source("tài liệu", "file:///a", "", NIGHT)
        ledger.record_source("wiki", "file:///srv/new", "cursor-7", NIGHT)
    with Ledger.open(path) as ledger:
        assert ledger.location("wiki") == "file:///srv/new"
        assert (ledger.cursor("wiki"), ledger.ran_at("wiki")) == ("cursor-7", NIGHT)
        assert ledger.location("tài liệu") == "file:///a"
        assert ledger.sources() == {"wiki", "tài liệu"}


def test_sightings_of_one_source_are_replaced_and_of_another_kept(path: Path) -> None:
    first = sighting("1", "wiki", "hr", "*", content_hash="ab")
    hidden = sighting("2", "wiki")
    other = sighting("3", "handbook", "*")
    with Ledger.open(path) as ledger:
        ledger.record_sightings("wiki", [first, hidden])
        ledger.record_sightings("handbook", [other])
        assert ledger.sightings() == {"1": first, "2": hidden, "3": other}
        assert ledger.sightings("wiki") == {"1": first, "2": hidden}
        ledger.record_sightings("wiki", [hidden])
    with Ledger.open(path) as ledger:
        assert ledger.sightings() == {"2": hidden, "3": other}
        ledger.record_sightings("handbook", [])
        assert ledger.sightings() == {"2": hidden}


def test_what_is_missing_may_be_kept(path: Path) -> None:
    first, second = sighting("1", "wiki", "*"), sighting("2", "wiki", "*")
    with Ledger.open(path) as ledger:
        ledger.record_sightings("wiki", [first, second])
        narrowed = sighting("2", "wiki", "hr")
        ledger.record_sightings("wiki", [narrowed], doubted_at=NIGHT)
        assert ledger.sightings() == {"1": first, "2": narrowed}


def test_what_is_missing_and_doubted_is_deleted_once_somebody_says_so(path: Path) -> None:
    files = [sighting(name, "wiki", "*") for name in "123"]
    other = sighting("4", "handbook", "*")
    with Ledger.open(path) as ledger:
        ledger.record_sightings("wiki", files)
        ledger.record_sightings("handbook", [other])
        ledger.record_sightings("wiki", files[:2], doubted_at=NIGHT)
        ledger.record_sightings("wiki", files[:1], doubted_at=NIGHT + DAY)
        ledger.settle_doubts({"1", "2", "3"}, NIGHT + 2 * DAY)
        assert ledger.sightings("wiki").keys() == {"1", "2", "3"}, "they are not deleted there"
        ledger.settle_doubts(set(), NIGHT - DAY)
        assert ledger.sightings("wiki").keys() == {"1", "2", "3"}, "nothing was missing by then"
    with Ledger.open(path) as ledger:
        ledger.settle_doubts(set(), NIGHT)
        assert ledger.sightings("wiki").keys() == {"1", "2"}
        ledger.settle_doubts(set(), NIGHT + DAY)
        assert ledger.sightings() == {"1": files[0], "4": other}


def test_what_is_there_again_is_not_doubted_any_more(path: Path) -> None:
    files = [sighting(name, "wiki", "*") for name in "12"]
    with Ledger.open(path) as ledger:
        for again in (None, NIGHT):
            ledger.record_sightings("wiki", files)
            ledger.record_sightings("wiki", files[:1], doubted_at=NIGHT)
            ledger.record_sightings("wiki", files, doubted_at=again)
            ledger.settle_doubts(set(), NIGHT + DAY)
            assert ledger.sightings().keys() == {"1", "2"}


def test_findings_of_one_source_are_replaced(path: Path) -> None:
    failure = Failure("a.md", "parse", "damaged")
    remark = Failure("b.pdf", "parse", "page 2 is a picture")
    with Ledger.open(path) as ledger:
        ledger.record_findings("wiki", [failure], [remark])
        ledger.record_findings("other", [failure], [])
        ledger.record_findings("wiki", [Failure("a.md", "read", "gone")], [remark, remark])
        ledger.record_findings("other", [], [])
    with Ledger.open(path) as ledger:
        assert ledger.findings("wiki", failed=True) == [Failure("a.md", "read", "gone")]
        assert ledger.findings("wiki", failed=False) == [remark, remark]
        assert ledger.findings("other", failed=True) == []


def test_vectors_come_back_to_the_bit_for_their_embedder_alone(path: Path) -> None:
    keys = [passage_key(f"passage {n} 休假") for n in range(1200)]  # more than one statement takes
    vectors = np.random.default_rng(1).standard_normal((1200, 8)).astype(np.float32)
    unknown = passage_key("unknown")
    with Ledger.open(path) as ledger:
        ledger.record_embeddings("mine", keys, vectors, {})
        ledger.record_embeddings("mine", keys[:1], vectors[:1], {})
    with Ledger.open(path) as ledger:
        found = ledger.embeddings("mine", [*keys, unknown])
        assert ledger.embeddings("another", keys) == {}
        assert ledger.embeddings("mine", []) == {}
        assert ledger.missing("mine", [*keys, unknown]) == {unknown}
        assert ledger.missing("another", keys) == set(keys)
    assert found.keys() == set(keys)
    assert all((found[key] == vector).all() for key, vector in zip(keys, vectors, strict=True))


def test_token_codes_are_kept_beside_vectors_of_the_same_embedder(path: Path) -> None:
    keys = [passage_key(text) for text in "abc"]
    vectors = np.ones((3, 4), np.float32)
    codes = {keys[0]: b"\x00\xff", keys[1]: b""}
    with Ledger.open(path) as ledger:
        ledger.record_embeddings("mine", keys, vectors, codes)
        ledger.record_embeddings("another", keys, vectors, {})
    with Ledger.open(path) as ledger:
        assert ledger.codes("mine", [*keys, passage_key("unknown")]) == codes
        assert ledger.uncoded("mine", keys) == {keys[2]}, "one of no token has codes: none"
        assert ledger.uncoded("another", keys) == set(keys)
        assert ledger.missing("another", keys) == set()
        ledger.record_embeddings("mine", keys[2:], vectors[2:], {keys[2]: b"\x01"})
        assert ledger.codes("mine", keys) == {**codes, keys[2]: b"\x01"}


def test_a_ledger_from_before_token_codes_keeps_its_vectors(path: Path) -> None:
    key, vector = passage_key("a"), np.ones((1, 4), np.float32)
    with Ledger.open(path) as ledger:
        ledger.record_embeddings("mine", [key], vector, {})
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE codes")
    connection.close()
    with Ledger.open(path) as ledger:
        assert (ledger.missing("mine", [key]), ledger.uncoded("mine", [key])) == (set(), {key})


def test_a_second_connection_sees_what_the_first_has_written(path: Path) -> None:
    key, vector = passage_key("a"), np.ones((1, 4), np.float32)
    with Ledger.open(path) as ledger, ledger.reopened() as other:
        other.record_embeddings("mine", [key], vector, {key: b"\x02"})
        assert ledger.codes("mine", [key]) == {key: b"\x02"}
        ledger.record_source("wiki", "file:///srv/wiki", "", NIGHT)
        assert other.sources() == {"wiki"}


def test_what_nothing_needs_is_forgotten_of_every_embedder(path: Path) -> None:
    keys = [passage_key(text) for text in "abc"]
    vectors = np.ones((3, 4), np.float32)
    with Ledger.open(path) as ledger:
        for fingerprint in ("mine", "another"):
            ledger.record_embeddings(fingerprint, keys, vectors, dict.fromkeys(keys, b"\x03"))
        ledger.forget_embeddings(keys[:1])
        ledger.forget_embeddings([*keys[:1], *keys[:1], passage_key("never stored")])
        for fingerprint in ("mine", "another"):
            assert ledger.embeddings(fingerprint, keys).keys() == {keys[0]}
            assert ledger.codes(fingerprint, keys).keys() == {keys[0]}
        ledger.forget_embeddings([])
        assert ledger.embeddings("mine", keys) == {}


def test_an_interrupted_write_leaves_what_was_there(path: Path) -> None:
    known = sighting("1", "wiki", "*")

    def sightings() -> object:
        yield sighting("2", "wiki")
        raise KeyboardInterrupt

    with Ledger.open(path) as ledger:
        ledger.record_sightings("wiki", [known])
        with pytest.raises(KeyboardInterrupt):
            ledger.record_sightings("wiki", sightings())  # type: ignore[arg-type]
    with Ledger.open(path) as ledger:
        assert ledger.sightings() == {"1": known}


def test_a_ledger_that_cannot_be_written_says_so(path: Path) -> None:
    with Ledger.open(path) as ledger, sqlite3.connect(path) as other:
        ledger._connection.execute("PRAGMA busy_timeout = 0")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(RunRefused, match=r"the ledger cannot be written .*locked"):
            ledger.record_sightings("wiki", [])


def test_a_ledger_of_the_layout_before_is_taken_over(path: Path) -> None:
    with sqlite3.connect(path) as before:
        before.executescript(
            """
            CREATE TABLE sources (name TEXT PRIMARY KEY, location TEXT NOT NULL);
            CREATE TABLE sightings (document TEXT PRIMARY KEY, source TEXT, groups TEXT);
            CREATE TABLE failures (source TEXT, path TEXT, stage TEXT, reason TEXT);
            INSERT INTO sources VALUES ('wiki', 'file:///srv/wiki');
            INSERT INTO sightings VALUES ('1', 'wiki', '["*"]');
            """
        )
    with Ledger.open(path) as ledger:
        assert ledger.location("wiki") == "file:///srv/wiki"
        assert (ledger.cursor("wiki"), ledger.ran_at("wiki"), ledger.sightings()) == ("", None, {})
        ledger.record_source("wiki", "file:///srv/wiki", "c", NIGHT)
    with Ledger.open(path) as ledger:
        assert ledger.cursor("wiki") == "c"


def test_a_damaged_ledger_says_what_to_do(path: Path) -> None:
    path.write_bytes(b"not a database, but long enough to be looked at" * 50)
    refused = pytest.raises(RunRefused, match=r"ledger\.sqlite cannot be used .* delete it")
    with refused, Ledger.open(path):
        pass
