"""What is told around a document: cells, copies, the mail it came with, that it is outdated."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from indexes.catalog import CATALOG_FILE, Catalog
from indexes.snapshot import SnapshotStore
from indexes.types import Document, Scope
from service.api.related import MOST_COPIES, Related
from tests.indexes.documents import make_document, make_entry, write_snapshot
from tests.service.archive import (
    ATTACHMENT,
    FERRY,
    FERRY_QUESTION,
    FERRY_SENTENCE,
    HANDBOOK,
    HANDBOOK_TITLE,
    LENS_QUESTION,
    MAIL,
    NEW_RULES,
    OLD_RULES,
    PAGES,
    PILOT_QUESTION,
    ROPE_QUESTION,
    SHEET,
    SUBJECT,
    identity,
)
from tests.service.wiki import key

STAFF = key("staff")


def citations(client: httpx.Client, question: str) -> list[dict[str, Any]]:
    answer = client.post("/ask", json={"question": question}, headers=STAFF).json()
    found: list[dict[str, Any]] = answer["citations"]
    assert found, answer
    return found


def cited(client: httpx.Client, question: str) -> dict[str, Any]:
    return citations(client, question)[0]


def hits(client: httpx.Client, query: str) -> dict[str, dict[str, Any]]:
    found = client.post("/search", json={"query": query}, headers=STAFF).json()["hits"]
    return {hit["path"]: hit for hit in found}


def described(client: httpx.Client, path: str) -> dict[str, Any]:
    document: dict[str, Any] = client.get(f"/documents/{identity(path)}", headers=STAFF).json()
    return document


def test_a_passage_of_a_sheet_names_its_cells(archivist: httpx.Client) -> None:
    """The first row says what the cells of the others are."""
    heads, row = citations(archivist, ROPE_QUESTION)
    assert (heads["path"], heads["quote"], heads["cells"]) == (
        SHEET,
        "Article | Price",
        ["Prices!A1:B1"],
    )
    assert (row["path"], row["cells"]) == (SHEET, ["Prices!A2:B2"])
    assert "Mooring rope" in row["quote"]
    assert hits(archivist, ROPE_QUESTION)[SHEET]["cells"] == [
        f"Prices!A{row}:B{row}" for row in (1, 2, 3)
    ]
    assert cited(archivist, PILOT_QUESTION)["cells"] == []


def test_a_copy_names_the_others_and_the_newest_speaks(archivist: httpx.Client) -> None:
    citation = cited(archivist, PILOT_QUESTION)
    older = {"document_id": identity(OLD_RULES), "title": "Pilot rules", "path": OLD_RULES}
    assert (citation["path"], citation["duplicates"]) == (NEW_RULES, [older])
    found = hits(archivist, PILOT_QUESTION)
    assert found[NEW_RULES]["duplicates"] == [older]
    assert OLD_RULES not in found
    assert described(archivist, NEW_RULES)["duplicates"] == [older]
    (newer,) = described(archivist, OLD_RULES)["duplicates"]
    assert newer["path"] == NEW_RULES


def test_what_could_not_be_read_again_is_called_stale(archivist: httpx.Client) -> None:
    citation = cited(archivist, FERRY_QUESTION)
    assert (citation["quote"], citation["stale"]) == (FERRY_SENTENCE, True)
    assert hits(archivist, FERRY_QUESTION)[FERRY]["stale"]
    assert described(archivist, FERRY)["stale"]
    page = archivist.get(f"/documents/{identity(FERRY)}/pages/1.png", headers=STAFF)
    assert page.status_code == 200
    assert not cited(archivist, ROPE_QUESTION)["stale"]


def test_an_attachment_names_its_mail(archivist: httpx.Client) -> None:
    mail = {"document_id": identity(MAIL), "title": SUBJECT, "path": MAIL}
    citation = cited(archivist, LENS_QUESTION)
    assert (citation["path"], citation["attached_to"]) == (ATTACHMENT, mail)
    attachment = described(archivist, ATTACHMENT)
    assert (attachment["parent"], attachment["attached_to"]) == (identity(MAIL), mail)
    letter = described(archivist, MAIL)
    assert letter["parent"] is None
    assert "attached_to" not in letter
    assert letter["authors"]
    assert letter["written_at"].startswith("2026-03-02T09:00:00")


def test_a_document_tells_how_many_pages_can_be_shown(archivist: httpx.Client) -> None:
    listed = archivist.get("/documents", headers=STAFF).json()["documents"]
    documents = {document["path"]: document for document in listed}
    handbook = described(archivist, HANDBOOK)
    assert (handbook["pages"], handbook["title"]) == (len(PAGES), HANDBOOK_TITLE)
    assert handbook["written_at"]
    assert documents[HANDBOOK].items() <= handbook.items()
    assert documents[NEW_RULES]["pages"] == 0
    assert documents[ATTACHMENT]["parent"] == identity(MAIL)
    assert documents[FERRY]["stale"]


def test_the_date_of_a_citation_is_the_documents_own(archivist: httpx.Client) -> None:
    handbook = described(archivist, HANDBOOK)
    (hit,) = [hits(archivist, PAGES[1])[HANDBOOK]]
    assert hit["updated_at"] == handbook["written_at"]
    rules = described(archivist, NEW_RULES)
    assert cited(archivist, PILOT_QUESTION)["updated_at"] == rules["updated_at"]


# ---- what a caller may not see -----------------------------------------------------------------


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    """Copies and a mail, some of them for hr alone; and thirty copies of a form."""
    hr = frozenset({"hr"})
    mail = make_document("mail.eml", "Dear all", groups=hr)
    pages: list[Document] = [
        mail,
        make_document("mail.eml!/form.txt", "A form", parent=mail.info.id, family="f"),
        make_document("hr/form.txt", "A form", groups=hr, family="f", written_at="2026-01-01"),
        make_document("old/form.txt", "A form", family="f", written_at="2024-01-01"),
        make_document("alone.txt", "Alone"),
    ]
    pages += [
        make_document(f"copies/{n:02}.txt", "Many", family="m", written_at=f"2026-01-{n:02}")
        for n in range(1, 31)
    ]
    store = SnapshotStore(tmp_path, "wiki")
    manifest = write_snapshot(store, [make_entry(page) for page in pages])
    return Catalog(store.folder(manifest.id) / CATALOG_FILE)


def document(catalog: Catalog, path: str, scope: Scope) -> Document:
    everyone = {info.path: info for info in catalog.rows().values()}
    return catalog.document(everyone[path].id, scope)


def test_a_mail_and_a_copy_that_the_caller_may_not_see_are_not_named(catalog: Catalog) -> None:
    staff, hr = Scope.of([]), Scope.of(["hr"])
    form = document(catalog, "mail.eml!/form.txt", staff).info
    assert Related(catalog, staff).attached_to(form) is None
    assert [copy.path for copy in Related(catalog, staff).duplicates(form)] == ["old/form.txt"]
    seen = Related(catalog, hr)
    mail = seen.attached_to(form)
    assert mail is not None
    assert mail.path == "mail.eml"
    assert [copy.path for copy in seen.duplicates(form)] == ["hr/form.txt", "old/form.txt"]


def test_of_many_copies_the_newest_are_named(catalog: Catalog) -> None:
    scope = Scope.of([])
    copy = document(catalog, "copies/30.txt", scope).info
    named = [other.path for other in Related(catalog, scope).duplicates(copy)]
    assert named == [f"copies/{n:02}.txt" for n in range(29, 29 - MOST_COPIES, -1)]


def test_a_document_that_stands_alone_has_no_copies(catalog: Catalog) -> None:
    scope = Scope.of(["hr"])
    related = Related(catalog, scope)
    alone = document(catalog, "alone.txt", scope).info
    assert (related.duplicates(alone), related.attached_to(alone)) == ([], None)
