"""Back to an older snapshot, and never to what was deleted or withdrawn since."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.errors import LockHeld, RunRefused, UnknownSnapshot
from indexes.types import EVERYONE, Filters, Mode, Scope
from ingestion.acl import ACL_FILE, common_groups
from ingestion.guards import Guards
from ingestion.pipeline import LEDGER_FILE, RunSettings
from ingestion.rollback import publish
from ingestion.sources import FolderSource
from tests.ingestion.library import CHINESE, LEAVE, TRAVEL, Library, acl

GROUPS = (EVERYONE, "hr", "staff", "board")
audiences = st.frozensets(st.sampled_from(GROUPS))


CALLERS = [Scope.of(groups) for groups in ((), ("hr",), ("staff",), ("board", "hr"), GROUPS)]


@given(audiences, audiences)
def test_whom_both_let_in_is_never_more_than_either_did(
    then: frozenset[str], now: frozenset[str]
) -> None:
    common = common_groups(then, now)
    for caller in CALLERS:
        assert caller.permits(common) == caller.permits(common_groups(now, then))
        assert caller.permits(common) <= (caller.permits(then) and caller.permits(now))


@given(audiences, st.sampled_from(GROUPS))
def test_a_caller_whom_both_name_is_let_in(audience: frozenset[str], group: str) -> None:
    assert Scope.of([group]).permits(common_groups(audience | {group}, frozenset({group})))
    assert Scope.of([group]).permits(common_groups(audience | {group}, frozenset({EVERYONE})))


def first(library: Library) -> str:
    """The first snapshot; its id."""
    library.write("leave.md", LEAVE)
    library.write("travel.md", TRAVEL)
    report = library.run()
    assert report.snapshot is not None
    return report.snapshot


def test_a_document_deleted_since_does_not_come_back(library: Library) -> None:
    old = first(library)
    before = library.published()["travel.md"]
    (library.root / "leave.md").unlink()
    library.write("zh.md", CHINESE)
    library.run()
    manifest = publish(library.store, old)
    assert manifest.id not in {old, manifest.parent}
    assert library.store.current() == manifest.id
    assert library.published() == {"travel.md": before}
    assert library.find("parental leave") == []
    dense = library.index().search("railway", Scope.of([]), Filters(), 5, Mode.DENSE)
    assert [(hit.document.path, hit.score > 0.2) for hit in dense.hits] == [("travel.md", True)]


def test_a_permission_withdrawn_since_does_not_come_back(library: Library) -> None:
    old = first(library)
    library.write(ACL_FILE, acl(("**", "*"), ("leave.md", "hr")))
    library.run()
    publish(library.store, old)
    assert library.groups() == {"leave.md": {"hr"}, "travel.md": {"*"}}
    assert library.find("parental leave") == []
    assert library.find("parental leave", "hr") == ["leave.md"]


def test_a_permission_widened_since_is_not_given_to_the_old_text(library: Library) -> None:
    library.write(ACL_FILE, acl(("**", "*"), ("leave.md", "hr")))
    old = first(library)
    library.write("leave.md", "# Parental leave\n\nSee the public page.\n")
    library.write(ACL_FILE, acl(("**", "*")))
    library.run()
    assert library.find("parental leave") == ["leave.md"]
    assert publish(library.store, old).id == old
    assert library.groups()["leave.md"] == {"hr"}
    assert library.find("parental leave") == []


def test_a_permission_moved_to_another_group_lets_in_neither(library: Library) -> None:
    library.write(ACL_FILE, acl(("**", "staff")))
    old = first(library)
    library.write(ACL_FILE, acl(("**", "hr")))
    library.run()
    publish(library.store, old)
    assert library.groups() == {"leave.md": set(), "travel.md": set()}
    assert library.find("parental leave", "hr", "staff") == []


def test_as_it_was_brings_back_even_what_is_gone(library: Library) -> None:
    old = first(library)
    (library.root / "leave.md").unlink()
    library.run()
    assert publish(library.store, old, as_it_was=True).id == old
    assert library.find("parental leave") == ["leave.md"]


def test_nothing_deleted_since_is_the_old_snapshot_itself(library: Library) -> None:
    old = first(library)
    library.write("leave.md", LEAVE + "\nAsk early.\n")
    library.run()
    assert publish(library.store, old).id == old
    assert "Ask early" not in library.published()["leave.md"][0].text
    report = library.run()  # and the next run goes on from there
    assert (report.parent, report.documents.changed) == (old, 1)
    assert "Ask early" in library.published()["leave.md"][0].text


def test_a_snapshot_that_was_built_and_not_published(library: Library) -> None:
    old = first(library)
    library.write("travel.md", TRAVEL + "\nBy night.\n")
    report = library.run(settings=RunSettings(publish=False))
    assert report.snapshot is not None
    assert library.store.current() == old
    assert publish(library.store, report.snapshot).id == report.snapshot
    assert "By night." in library.published()["travel.md"][0].text


def test_without_the_ledger_only_as_it_was(library: Library) -> None:
    old = first(library)
    (library.store.root / LEDGER_FILE).unlink()
    with pytest.raises(RunRefused, match=r"knows nothing of the sources \['docs'\]"):
        publish(library.store, old)
    assert publish(library.store, old, as_it_was=True).id == old


def test_a_source_that_the_ledger_lost_is_not_left_out(library: Library, tmp_path: Path) -> None:
    other = FolderSource(tmp_path / "other")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "zh.md").write_text(CHINESE)
    library.write("travel.md", TRAVEL)
    old = library.run(library.source, other).snapshot or ""
    (library.store.root / LEDGER_FILE).unlink()
    library.write("leave.md", LEAVE)
    new = library.run().snapshot
    with pytest.raises(RunRefused, match=r"nothing of the sources \['other'\], .* --as-it-was"):
        publish(library.store, old)
    assert library.store.current() == new
    assert sorted(library.published()) == ["leave.md", "travel.md", "zh.md"]
    library.run(other)
    assert publish(library.store, old).id == old
    assert sorted(library.published()) == ["travel.md", "zh.md"]


def test_a_source_that_was_emptied_stays_empty(library: Library) -> None:
    old = first(library)
    for path in ("leave.md", "travel.md"):
        (library.root / path).unlink()
    library.run(settings=RunSettings(guards=Guards(allow_deletions=True)))
    publish(library.store, old)
    assert library.published() == {}


def refused(library: Library) -> tuple[str, str]:
    """Of six documents one changes and three are deleted, which is refused.

    The snapshots before and with the deletions.
    """
    for number in range(6):
        library.write(f"{number}.md", f"# Number {number}\n\nIt says quokka{number}.\n")
    library.run()
    library.write("0.md", "# Number 0\n\nIt says quokka0 and wombat.\n")
    before = library.run().snapshot or ""
    for number in (3, 4, 5):
        (library.root / f"{number}.md").unlink()
    report = library.run()
    assert (report.published, report.documents.deleted) == (False, 3)
    return before, report.snapshot or ""


@pytest.mark.parametrize("as_it_was", [False, True])
def test_a_deletion_approved_by_hand_is_one(library: Library, *, as_it_was: bool) -> None:
    before, built = refused(library)
    assert publish(library.store, built, as_it_was=as_it_was).id == built
    assert publish(library.store, before).id not in {before, built}
    assert sorted(library.published()) == ["0.md", "1.md", "2.md"]
    assert library.find("quokka4") == []
    report = library.run()
    assert (report.refused, report.documents.deleted) == (None, 0)
    publish(library.store, before, as_it_was=True)
    assert library.find("quokka4") == ["4.md"]


def test_a_deletion_nobody_approved_is_none(library: Library) -> None:
    before, built = refused(library)
    oldest = library.store.manifests()[0].id
    for snapshot in (oldest, before):
        assert publish(library.store, snapshot).id == snapshot
        assert library.find("quokka4") == ["4.md"]
    assert library.run().refused
    assert publish(library.store, built).id == built


def test_an_older_snapshot_says_nothing_of_what_came_later(library: Library) -> None:
    library.write("old.md", LEAVE)
    oldest = library.run().snapshot or ""
    before, _ = refused(library)
    assert publish(library.store, oldest).id == oldest
    assert publish(library.store, before).id == before
    assert library.find("quokka4") == ["4.md"]


def test_files_that_come_back_after_all_are_served_again(library: Library) -> None:
    _, built = refused(library)
    publish(library.store, built)
    library.write("4.md", "# Number 4\n\nIt says quokka4.\n")
    assert library.run().documents.added == 1
    assert library.find("quokka4") == ["4.md"]


def test_what_cannot_be_published_leaves_what_is(library: Library) -> None:
    old = first(library)
    with pytest.raises(UnknownSnapshot, match=r"has no snapshot '\.\./\.\./x'"):
        publish(library.store, "../../x")
    with library.store.lock(), pytest.raises(LockHeld):
        publish(library.store, old)
    assert library.store.current() == old
