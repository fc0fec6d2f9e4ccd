"""The writer's memory: each of its methods, across a close, and what a damaged file says."""

from pathlib import Path

import numpy as np
import pytest

from indexes.errors import RunRefused
from ingestion.ledger import Ledger, Sighting, passage_key
from ingestion.types import Failure


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


def test_locations_outlive_the_process(path: Path) -> None:
    with Ledger.open(path) as ledger:
        assert ledger.location("wiki") is None
        ledger.record_sources({"wiki": "file:///srv/wiki", "tài liệu": "file:///a"})
        ledger.record_sources({"wiki": "file:///srv/new"})
    with Ledger.open(path) as ledger:
        assert ledger.location("wiki") == "file:///srv/new"
        assert ledger.location("tài liệu") == "file:///a"


def test_sightings_of_one_source_are_replaced_and_of_another_kept(path: Path) -> None:
    first = Sighting("1", "wiki", frozenset({"hr", "*"}))
    hidden = Sighting("2", "wiki", frozenset())
    other = Sighting("3", "handbook", frozenset({"*"}))
    with Ledger.open(path) as ledger:
        ledger.record_sightings({"wiki", "handbook"}, [first, hidden, other])
        assert ledger.sightings() == {"1": first, "2": hidden, "3": other}
        ledger.record_sightings({"wiki"}, [hidden])
    with Ledger.open(path) as ledger:
        assert ledger.sightings() == {"2": hidden, "3": other}
        ledger.record_sightings({"handbook"}, [])
        assert ledger.sightings() == {"2": hidden}


def test_failures_of_one_source_are_replaced(path: Path) -> None:
    failure = Failure("a.md", "parse", "damaged")
    with Ledger.open(path) as ledger:
        ledger.record_failures(["wiki", "other"], [("wiki", failure), ("other", failure)])
        ledger.record_failures(["wiki"], [("wiki", Failure("a.md", "read", "gone"))])
        ledger.record_failures(["other"], [])
        rows = ledger._connection.execute("SELECT * FROM failures").fetchall()
    assert rows == [("wiki", "a.md", "read", "gone")]


def test_vectors_come_back_to_the_bit_for_their_embedder_alone(path: Path) -> None:
    keys = [passage_key(f"passage {n} 休假") for n in range(1200)]  # more than one statement takes
    vectors = np.random.default_rng(1).standard_normal((1200, 8)).astype(np.float32)
    with Ledger.open(path) as ledger:
        ledger.record_embeddings("mine", keys, vectors)
        ledger.record_embeddings("mine", keys[:1], vectors[:1])
    with Ledger.open(path) as ledger:
        found = ledger.embeddings("mine", [*keys, passage_key("unknown")])
        assert ledger.embeddings("another", keys) == {}
        assert ledger.embeddings("mine", []) == {}
    assert found.keys() == set(keys)
    assert all((found[key] == vector).all() for key, vector in zip(keys, vectors, strict=True))


def test_vectors_that_nothing_needs_are_forgotten_of_every_embedder(path: Path) -> None:
    keys = [passage_key(text) for text in "abc"]
    vectors = np.ones((3, 4), np.float32)
    with Ledger.open(path) as ledger:
        for fingerprint in ("mine", "another"):
            ledger.record_embeddings(fingerprint, keys, vectors)
        ledger.forget_embeddings(keys[:1])
        ledger.forget_embeddings([*keys[:1], passage_key("never stored")])
        for fingerprint in ("mine", "another"):
            assert ledger.embeddings(fingerprint, keys).keys() == {keys[0]}
        ledger.forget_embeddings([])
        assert ledger.embeddings("mine", keys) == {}


def test_an_interrupted_write_leaves_what_was_there(path: Path) -> None:
    known = Sighting("1", "wiki", frozenset({"*"}))

    def sightings() -> object:
        yield Sighting("2", "wiki", frozenset())
        raise KeyboardInterrupt

    with Ledger.open(path) as ledger:
        ledger.record_sightings(["wiki"], [known])
        with pytest.raises(KeyboardInterrupt):
            ledger.record_sightings(["wiki"], sightings())  # type: ignore[arg-type]
    with Ledger.open(path) as ledger:
        assert ledger.sightings() == {"1": known}


def test_a_damaged_ledger_says_what_to_do(path: Path) -> None:
    path.write_bytes(b"not a database, but long enough to be looked at" * 50)
    refused = pytest.raises(RunRefused, match=r"ledger\.sqlite cannot be used .* delete it")
    with refused, Ledger.open(path):
        pass
