"""Paths by how they begin, whichever of the two ways in which systems write the same name."""

import unicodedata
from typing import Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from indexes.catalog import Catalog
from indexes.catalog_writer import CatalogWriter
from indexes.types import Filters, Scope
from tests.indexes.documents import make_document, make_entry

Form = Literal["NFC", "NFD"]
FORMS: list[Form] = ["NFC", "NFD"]
NAMES = ["Quy định/nghỉ phép.md", "Quy định_khác/50%.md", "Quy/a.md", "cafe/b.md", "café/c.md"]


def stored(form: Form, name: str) -> str:
    return f"{form}/{unicodedata.normalize(form, name)}"


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """Each name composed, and once more decomposed; and one that only some may see."""
    path = tmp_path_factory.mktemp("catalog") / "catalog.sqlite"
    with CatalogWriter(path) as writer:
        for document, chunks in (
            *(
                make_entry(make_document(stored(form, name), "Text."))
                for form in FORMS
                for name in NAMES
            ),
            make_entry(
                make_document(stored("NFD", "Quy định/b.md"), "Text.", groups=frozenset({"hr"}))
            ),
        ):
            writer.add(document, chunks)
    return Catalog(path)


@given(st.sampled_from(FORMS), st.sampled_from(FORMS), st.sampled_from(NAMES), st.integers(1, 30))
@example("NFD", "NFC", NAMES[0], len("Quy định/"))
@example("NFC", "NFD", NAMES[0], len("Quy định/"))
@example("NFD", "NFC", "cafe/b.md", len("cafe"))
def test_a_name_is_found_by_how_it_begins_however_it_is_written(
    catalog: Catalog, form: Form, asked: Form, name: str, length: int
) -> None:
    begin = name[:length]
    filters = Filters(path_prefix=f"{form}/{unicodedata.normalize(asked, begin)}")
    listed = catalog.documents(Scope.of([]), filters, 0, 100)
    expected = {stored(form, other) for other in NAMES if other.startswith(begin)}
    assert {info.path for info in listed} == expected, "as it is stored"
    assert catalog.count(Scope.of([]), filters) == len(expected)
    rows = catalog.allowed(Scope.of([]), filters).rows.tolist()
    assert {info.path for _, info in catalog.chunks(rows)} == expected
