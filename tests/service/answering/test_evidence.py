"""From hits to numbered passages: copies merged, neighbours joined, passages widened."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.catalog import CATALOG_FILE, Catalog
from indexes.search import SearchResult
from indexes.snapshot import SnapshotStore
from indexes.types import Hit, Scope
from service.answering.evidence import gather
from service.answering.types import Evidence
from tests.indexes.documents import COLLECTION, make_document, make_entry, write_snapshot

PARAGRAPHS = [f"Rule {word} says that tenants pay before the month ends." for word in "abcdefgh"]
RULES = make_document("rules.md", "\n\n".join(PARAGRAPHS))
ORIGINAL = "Guests sign the book at the desk and leave before 22:00 on every working day."
COPY = make_document("copy.md", ORIGINAL.replace("the desk", "our desk"))
OTHER_HOUR = make_document("late.md", ORIGINAL.replace("22:00", "23:00"))
HOUSE = make_document("house.md", ORIGINAL)
ENTRIES = [
    make_entry(RULES, ("Rent",)),
    make_entry(HOUSE),
    make_entry(COPY),
    make_entry(OTHER_HOUR),
]
HOUSE_ROW = len(PARAGRAPHS)
COPY_ROW, OTHER_ROW = HOUSE_ROW + 1, HOUSE_ROW + 2
EVERYONE = Scope.of([])


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    store = SnapshotStore(tmp_path_factory.mktemp("evidence"), COLLECTION)
    manifest = write_snapshot(store, ENTRIES)
    return Catalog(_folder(store, manifest.id) / CATALOG_FILE)


def _folder(store: SnapshotStore, snapshot: str) -> Path:
    return store.folder(snapshot)


def found(catalog: Catalog, *rows: int) -> SearchResult:
    chunks = catalog.chunks(rows)
    hits = tuple(
        Hit(rank, 1 / rank, chunk, document) for rank, (chunk, document) in enumerate(chunks, 1)
    )
    return SearchResult(hits, "en", {}, rows, None)


def documents(evidence: tuple[Evidence, ...]) -> list[str]:
    return [passage.document.path for passage in evidence]


def test_a_near_duplicate_stands_beside_the_better_hit(catalog: Catalog) -> None:
    (passage,) = gather(found(catalog, HOUSE_ROW, COPY_ROW), catalog)
    assert (passage.number, passage.text) == (1, ORIGINAL)
    assert [info.path for info in passage.also] == ["copy.md"]


def test_another_number_makes_it_another_passage(catalog: Catalog) -> None:
    evidence = gather(found(catalog, HOUSE_ROW, OTHER_ROW), catalog)
    assert documents(evidence) == ["house.md", "late.md"]
    assert all(passage.also == () for passage in evidence)


def test_found_neighbours_become_one_passage_at_the_better_rank(catalog: Catalog) -> None:
    first, second, third = gather(found(catalog, 3, HOUSE_ROW, 2, 6), catalog)
    assert first.text == "\n\n".join(PARAGRAPHS[2:4])
    assert [hit.chunk.ordinal for hit in first.hits] == [3, 2]
    assert second.document.path == "house.md"
    assert (third.number, third.text) == (3, PARAGRAPHS[6])


def test_nothing_grows_without_room(catalog: Catalog) -> None:
    (passage,) = gather(found(catalog, 3), catalog)
    assert passage.text == PARAGRAPHS[3]


def test_a_passage_grows_over_its_section_behind_it_first(catalog: Catalog) -> None:
    one = len(PARAGRAPHS[0]) + 2
    (passage,) = gather(found(catalog, 1), catalog, room=one)
    assert passage.text == "\n\n".join(PARAGRAPHS[1:3])
    (passage,) = gather(found(catalog, 1), catalog, room=4 * one)
    assert passage.text == "\n\n".join(PARAGRAPHS[0:5])


def test_passages_never_grow_into_each_other_or_another_document(catalog: Catalog) -> None:
    evidence = gather(found(catalog, 5, 7, HOUSE_ROW), catalog, room=10_000)
    assert [passage.text for passage in evidence] == [
        "\n\n".join(PARAGRAPHS[2:7]),
        PARAGRAPHS[7],
        ORIGINAL,
    ]


@given(
    rows=st.lists(st.integers(0, OTHER_ROW), unique=True, min_size=1, max_size=OTHER_ROW + 1),
    room=st.integers(0, 500),
)
def test_every_passage_is_its_documents_own_text(
    catalog: Catalog, rows: list[int], room: int
) -> None:
    result = found(catalog, *rows)
    plain = gather(result, catalog)
    evidence = gather(result, catalog, room)
    assert [passage.number for passage in evidence] == list(range(1, len(evidence) + 1))
    for passage in evidence:
        document = catalog.document(passage.document.id, EVERYONE)
        assert document.text[passage.start : passage.end] == passage.text
        for hit in passage.hits:
            assert passage.start <= hit.chunk.start < hit.chunk.end <= passage.end
    grown = sum(len(passage.text) for passage in evidence)
    assert grown - sum(len(passage.text) for passage in plain) <= room
    hits = sum(len(passage.hits) for passage in evidence)
    assert hits + sum(len(passage.also) for passage in evidence) == len(rows)
