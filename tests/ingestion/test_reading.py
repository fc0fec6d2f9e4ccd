"""One file, many documents: mails with what is attached to them, pictures of pages, remarks."""

from dataclasses import replace
from email.message import EmailMessage

import pytest
from fpdf import FPDF

from indexes.pages import PageImages
from indexes.types import Filters, Mode, Scope, document_id
from ingestion.acl import ACL_FILE
from ingestion.pipeline import RunSettings
from ingestion.reading import DEEPEST
from ingestion.retention import prune
from ingestion.rollback import publish
from ingestion.types import DocumentCounts
from tests.ingestion.library import COLLECTION, SOURCE, Library, acl, unparsed

DRAWN = RunSettings(page_dpi=50)


def message(subject: str, text: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Lan Nguyen <lan@example.org>"
    mail["To"] = "staff@example.org"
    mail["Subject"] = subject
    mail["Date"] = "Mon, 12 Jan 2026 09:30:00 +0100"
    mail.set_content(text)
    return mail


def offer(price: int = 12) -> bytes:
    """A mail with a table attached, and another mail that holds a note."""
    inner = message("Older note", "The zebra crossing is closed.")
    inner.add_attachment("Parking costs nine euros.\n", filename="note.txt")
    outer = message("Offer", "Please find our offer attached.")
    outer.add_attachment(f"item,price\nquokka,{price}\n", subtype="csv", filename="prices.csv")
    outer.add_attachment(inner)
    return outer.as_bytes()


def pdf(*pages: str) -> bytes:
    made = FPDF()
    made.set_title("On quokkas")
    made.set_font("Helvetica", size=12)
    for text in pages:
        made.add_page()
        made.multi_cell(0, 8, text)
    return bytes(made.output())


def named(library: Library) -> dict[str, str]:
    """Of every document the path of what it is attached to."""
    by_id = {entry[0].info.id: entry[0].info.path for entry in library.published().values()}
    return {
        path: by_id.get(entry[0].info.parent, "") for path, entry in library.published().items()
    }


@pytest.fixture
def post(library: Library) -> Library:
    library.write("offer.eml", offer())
    library.run()
    return library


def attached(library: Library) -> list[str]:
    return [path for path in sorted(library.published()) if path != "offer.eml"]


def test_what_is_attached_is_a_document_of_its_own(library: Library) -> None:
    library.write("offer.eml", offer())
    report = library.run()
    assert report.documents == DocumentCounts(seen=4, added=4)
    inner, note, table = attached(library)
    assert table == "offer.eml!/prices.csv"
    assert note == f"{inner}!/note.txt"
    assert named(library) == {
        "offer.eml": "",
        inner: "offer.eml",
        note: inner,
        table: "offer.eml",
    }
    info = library.published()[table][0].info
    assert info.id == document_id(COLLECTION, SOURCE, table)
    assert (info.type, info.uri) == ("csv", "docs/offer.eml")
    assert library.published()["offer.eml"][0].info.written_at == "2026-01-12T08:30:00Z"
    assert library.find("quokka price")[0] == table
    assert library.find("parking euros")[0] == note


def test_an_unchanged_mail_is_not_opened_again(post: Library) -> None:
    report = unparsed(post).run()
    assert (report.snapshot, report.documents) == (None, DocumentCounts(seen=4, unchanged=4))


def test_a_changed_mail_replaces_what_was_attached(post: Library) -> None:
    post.write("offer.eml", message("Offer", "It is withdrawn.").as_bytes())
    report = post.run()
    assert report.documents == DocumentCounts(seen=1, changed=1, deleted=3)
    assert list(post.published()) == ["offer.eml"]
    assert post.find("quokka") == []


def test_who_may_see_a_mail_may_see_what_is_attached(post: Library) -> None:
    post.write(ACL_FILE, acl(("**", "hr")))
    unparsed(post).run()
    assert set(map(frozenset, post.groups().values())) == {frozenset({"hr"})}
    assert post.find("quokka") == []
    assert post.find("quokka", "hr") == ["offer.eml!/prices.csv"]


def test_a_rollback_brings_back_no_attachment_of_a_mail_since_deleted(post: Library) -> None:
    old = post.store.current() or ""
    post.write("other.md", "# Other\n\nIt stays.\n")
    post.run()
    (post.root / "offer.eml").unlink()
    post.write("more.md", "# More\n\nIt is new.\n")
    allowed = replace(RunSettings().guards, allow_deletions=True)
    post.run(settings=RunSettings(guards=allowed))
    publish(post.store, old)
    assert post.published() == {}


def test_a_rollback_keeps_attachments_of_a_mail_that_is_there(post: Library) -> None:
    old = post.store.current() or ""
    post.write("other.md", "# Other\n\nIt is new.\n")
    post.run()
    assert publish(post.store, old).id == old


def test_a_mail_within_too_many_mails_is_not_opened(library: Library) -> None:
    mail = message("Level 0", "The innermost.")
    for level in range(1, DEEPEST + 2):
        outer = message(f"Level {level}", "One more.")
        outer.add_attachment(mail)
        mail = outer
    library.write("deep.eml", mail.as_bytes())
    report = library.run()
    assert report.documents == DocumentCounts(seen=DEEPEST + 2, added=DEEPEST + 1, failed=1)
    assert "levels deep" in report.failures[0].reason


def test_what_cannot_be_read_of_a_mail_is_listed_every_night(library: Library) -> None:
    mail = message("Offer", "See attached.")
    mail.add_attachment(b"%PDF-1.7 broken", maintype="application", subtype="pdf", filename="a.pdf")
    mail.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="logo.png")
    library.write("offer.eml", mail.as_bytes())
    first = library.run()
    assert [failure.path for failure in first.failures] == ["offer.eml!/a.pdf"]
    assert [remark.path for remark in first.remarks] == ["offer.eml!/logo.png"]
    assert first.documents == DocumentCounts(seen=2, added=1, failed=1)
    second = unparsed(library).run()
    assert (second.snapshot, second.failures, second.remarks) == (
        None,
        first.failures,
        first.remarks,
    )
    (library.root / "offer.eml").unlink()
    library.write("b.md", "# B\n\nText.\n")
    third = library.run()
    assert (third.failures, third.remarks) == ((), ())


def broken(attachment: str) -> bytes:
    """A mail of which one attachment cannot be read, and another is of an unknown type."""
    mail = message("Offer", f"See {attachment}.")
    for name, content in ((f"{attachment}.pdf", b"%PDF-1.7 broken"), (f"{attachment}.png", b"PNG")):
        mail.add_attachment(content, maintype="application", subtype="any", filename=name)
    return mail.as_bytes()


def test_what_cannot_be_read_of_a_mail_moves_with_it(library: Library) -> None:
    library.write("offer.eml", broken("a"))
    (first,) = library.run().failures
    library.move("offer.eml", "2026/offer.eml")
    second = unparsed(library).run()
    assert second.documents.moved == 1
    assert [failure.path for failure in second.failures] == ["2026/offer.eml!/a.pdf"]
    assert second.failures[0].reason == first.reason.replace(first.path, second.failures[0].path)
    assert [remark.path for remark in second.remarks] == ["2026/offer.eml!/a.png"]
    third = unparsed(library).run()
    assert (third.snapshot, third.failures, third.remarks) == (
        None,
        second.failures,
        second.remarks,
    )


def test_what_cannot_be_read_stays_with_the_copy_and_the_original(library: Library) -> None:
    original = library.write("offer.eml", broken("a"))
    library.run()
    library.write("copy.eml", original.read_bytes())
    report = unparsed(library).run()
    assert [failure.path for failure in report.failures] == ["copy.eml!/a.pdf", "offer.eml!/a.pdf"]


def test_mails_that_change_places_take_along_what_could_not_be_read(library: Library) -> None:
    library.write("1.eml", broken("a"))
    library.write("2.eml", broken("b"))
    library.write("3.eml", message("Fine", "Nothing is attached.").as_bytes())
    library.run()
    for old, new in (("1.eml", "x"), ("3.eml", "1.eml"), ("2.eml", "3.eml"), ("x", "2.eml")):
        library.move(old, new)
    report = unparsed(library).run()
    assert [failure.path for failure in report.failures] == ["2.eml!/a.pdf", "3.eml!/b.pdf"]
    assert [remark.path for remark in report.remarks] == ["2.eml!/a.png", "3.eml!/b.png"]


def test_a_mailbox_that_breaks_is_one_bad_file(library: Library) -> None:
    letters = b"".join(
        b"From lan@example.org Mon Jan 12 09:30:00 2026\n"
        + message(f"Letter {number}", f"It is letter number {number}.").as_bytes()
        + b"\n\n"
        for number in range(6)
    )
    library.write("all.mbox", letters)
    library.write("a.md", "# A\n\nText.\n")
    assert library.run().documents == DocumentCounts(seen=8, added=8)
    library.write("all.mbox", b"")
    report = library.run()
    assert (report.refused, report.published, report.documents.stale) == (None, True, 7)
    assert library.find("letter number") != []


def test_pages_are_drawn_once_and_go_with_the_last_snapshot(library: Library) -> None:
    library.write("a.pdf", pdf("The first page.", "The second page."))
    library.run(settings=DRAWN)
    info = library.published()["a.pdf"][0].info
    assert info.pages == 2
    images = PageImages(library.store.root)
    picture = images.page(info.content_hash, 2)
    assert picture is not None
    assert picture.startswith(b"\x89PNG")
    assert images.page(info.content_hash, 3) is None
    library.move("a.pdf", "b.pdf")
    unparsed(library).run(settings=DRAWN)
    assert library.published()["b.pdf"][0].info.pages == 2
    (library.root / "b.pdf").unlink()
    library.write("c.md", "# C\n\nText.\n")
    library.run(settings=DRAWN)
    assert images.count(info.content_hash) == 2, "an older snapshot still shows them"
    with library.store.lock():
        prune(library.store, 0)
    assert images.count(info.content_hash) == 0


@pytest.mark.parametrize("name", ["manifest.json", "catalog.sqlite"])
def test_pictures_stay_while_a_snapshot_cannot_say_which_are_its_own(
    library: Library, name: str
) -> None:
    library.write("a.pdf", pdf("The only page."))
    library.run(settings=DRAWN)
    content_hash = library.published()["a.pdf"][0].info.content_hash
    damaged = library.store.published() / name
    (library.root / "a.pdf").unlink()
    library.write("c.md", "# C\n\nText.\n")
    library.run(settings=DRAWN)
    damaged.write_bytes(damaged.read_bytes()[:50])
    images = PageImages(library.store.root)
    with library.store.lock():
        assert prune(library.store, 1) == []
        assert images.count(content_hash) == 1
        assert prune(library.store, 0) == [damaged.parent.name]
        assert images.count(content_hash) == 0


def test_a_passage_of_a_pdf_knows_its_lines(library: Library) -> None:
    library.write("a.pdf", pdf("Quokkas live on an island. " * 12))
    library.run()
    hit = library.index().search("quokkas", Scope.of([]), Filters(), 1, Mode.LEXICAL).hits[0]
    document = library.index().catalog.document(hit.document.id, Scope.of([]))
    boxes = document.boxes(hit.chunk.start, hit.chunk.end)
    assert len(boxes) > 2
    assert len({round(box.top) for box in boxes}) == len(boxes), "a box for each line"


def test_without_pictures_nothing_is_drawn(library: Library) -> None:
    library.write("a.pdf", pdf("The only page."))
    library.run()
    assert library.published()["a.pdf"][0].info.pages == 0
    assert not (library.store.root / "pages").exists()


def test_reread_draws_what_was_not_drawn(library: Library) -> None:
    library.write("a.pdf", pdf("The only page."))
    library.run()
    assert unparsed(library).run(settings=DRAWN).snapshot is None
    report = library.run(settings=replace(DRAWN, reread=True))
    assert report.documents.changed == 1
    assert library.published()["a.pdf"][0].info.pages == 1
