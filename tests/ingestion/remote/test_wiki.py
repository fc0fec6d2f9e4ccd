"""A MediaWiki, by its API: all pages, recent changes, deletions and moves."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from indexes.errors import SourceError
from ingestion.acl import Permissions, as_rules
from ingestion.remote.mediawiki_api import MediaWikiApi
from ingestion.remote.network import Web
from ingestion.remote.secret import Secret
from ingestion.remote.wiki import WikiSource
from ingestion.types import Changes, Feed
from tests.ingestion.remote.mediawiki import Wiki
from tests.ingestion.remote.servers import IMPATIENT, LOOPBACK, Response, Server, serving

TITLES = ("Apple", "HR/Leave", "Nghỉ phép", "Plum & pear", "Travel", "休假", "Zoo")


@dataclass(slots=True)
class Running:
    """A wiki with some pages, and the server it runs on."""

    wiki: Wiki
    server: Server

    def source(self, token: Secret | None = None, **options: object) -> WikiSource:
        web = Web("wiki", LOOPBACK, token=token, limits=IMPATIENT)
        url = f"{self.server.url}/w/api.php"
        api = MediaWikiApi(url, web, signed_in=token is not None, pause=0.01)
        return WikiSource("wiki", api, **options)  # type: ignore[arg-type]

    def questions(self) -> set[str]:
        """What kinds of question were asked since the last call."""
        names = ("list", "generator", "titles", "page")
        asked = {name for request in self.server.requests for name in names if name in request.form}
        self.server.requests.clear()
        return asked


@pytest.fixture
def running() -> Iterator[Running]:
    wiki = Wiki()
    with serving(wiki.answer) as server:
        for title in TITLES:
            wiki.write(title, f"About {title}.")
        wiki.write("Obst", "#REDIRECT [[Apple]]", redirect=True)
        wiki.write("Talk:Apple", "Is it a fruit?")
        wiki.write("Help:Editing", "How to edit.")
        wiki.wait(hours=1)
        yield Running(wiki, server)


def paths(changes: Changes) -> list[str]:
    return [file.path for file in changes.files]


def test_every_page_is_listed_through_all_continuations(running: Running) -> None:
    source = running.source()
    assert isinstance(source, Feed)
    files = list(source.files())
    assert [file.path for file in files] == sorted(f"{title}.html" for title in TITLES)
    page = running.wiki.pages["Plum & pear"]
    (plum,) = (file for file in files if file.title == "Plum & pear")
    assert (plum.version, plum.updated_at) == (str(page.revision), page.timestamp)
    assert plum.uri == "https://wiki.example/wiki/Plum_%26_pear"
    assert plum.type == "html"


def test_a_page_is_read_as_the_wiki_shows_it(running: Running) -> None:
    source = running.source()
    (plum,) = (file for file in source.files() if file.title == "Plum & pear")
    content = source.read(plum).decode()
    assert "<p>About Plum & pear.</p>" in content
    assert "<title>Plum &amp; pear</title>" in content
    running.wiki.delete("Plum & pear")
    with pytest.raises(SourceError, match="missingtitle"):
        source.read(plum)


def test_namespaces_are_chosen_by_number(running: Running) -> None:
    files = list(running.source(namespaces=(12, 1)).files())
    assert [file.path for file in files] == ["Help:Editing.html", "Talk:Apple.html"]
    with pytest.raises(SourceError, match=r"no page in the namespaces \[4\]; nothing is taken"):
        list(running.source(namespaces=(4,)).files())


def test_nothing_changed_costs_two_questions(running: Running) -> None:
    source = running.source()
    first = source.changes("")
    assert (first.complete, len(first.files)) == (True, len(TITLES))
    running.wiki.wait(days=1)
    running.questions()
    second = source.changes(first.cursor)
    assert (second.complete, second.files, second.gone) == (False, (), frozenset())
    assert running.questions() == {"list"}


def test_what_was_written_deleted_and_moved_is_told(running: Running) -> None:
    source, wiki = running.source(), running.wiki
    cursor = source.changes("").cursor
    wiki.wait(days=1)
    wiki.write("Apple", "Red.")
    wiki.write("Brand new", "New.")
    wiki.write("Talk:Zoo", "Not ours.")
    wiki.write("Zoo", "#REDIRECT [[Travel]]", redirect=True)
    wiki.delete("HR/Leave")
    wiki.move("Travel", "Trips")
    wiki.move("休假", "Help:休假", leave_redirect=False)
    wiki.move("Help:Editing", "Editing", leave_redirect=False)
    wiki.write("Gone at once", "x")
    wiki.delete("Gone at once")
    wiki.wait(hours=1)
    running.questions()
    changes = source.changes(cursor)
    assert not changes.complete
    assert paths(changes) == ["Apple.html", "Brand new.html", "Editing.html", "Trips.html"]
    assert changes.gone == {
        "Gone at once.html",
        "HR/Leave.html",
        "Travel.html",
        "Zoo.html",
        "休假.html",
    }
    assert changes.files[0].version == str(wiki.pages["Apple"].revision)
    assert "generator" not in running.questions()
    wiki.wait(days=1)
    assert source.changes(changes.cursor).files == ()


def test_a_change_that_is_listed_late_is_not_missed(running: Running) -> None:
    source, wiki = running.source(), running.wiki
    cursor = source.changes("").cursor
    wiki.write("Apple", "Red.")
    late = wiki.log.pop()
    wiki.wait(minutes=1)
    second = source.changes(cursor)
    wiki.log.append(late)
    assert (second.files, paths(source.changes(second.cursor))) == ((), ["Apple.html"])


def test_what_the_wiki_has_forgotten_is_listed_anew(running: Running) -> None:
    source, wiki = running.source(), running.wiki
    cursor = source.changes("").cursor
    wiki.wait(days=100)
    wiki.write("Apple", "Red.")
    wiki.forget_changes(wiki.clock)
    assert source.changes(cursor).complete
    wiki.log.clear()
    assert source.changes(cursor).complete


@pytest.mark.parametrize("cursor", ["rubbish", "2026-03-01T00:00:00Z", "yesterday 0", " 0"])
def test_a_cursor_that_is_not_understood_asks_for_everything(running: Running, cursor: str) -> None:
    assert running.source().changes(cursor).complete


def test_other_namespaces_need_a_new_list(running: Running) -> None:
    cursor = running.source().changes("").cursor
    assert running.source(namespaces=(0, 12)).changes(cursor).complete


def test_a_hidden_change_may_be_any(running: Running) -> None:
    source, wiki = running.source(), running.wiki
    cursor = source.changes("").cursor
    wiki.wait(days=1)
    wiki.delete("Apple")
    del wiki.log[-1]["title"], wiki.log[-1]["ns"]
    wiki.log[-1]["actionhidden"] = True
    changes = source.changes(cursor)
    assert changes.complete
    assert "Apple.html" not in paths(changes)


def test_many_changes_are_asked_about_in_batches(running: Running) -> None:
    source, wiki = running.source(), running.wiki
    cursor = source.changes("").cursor
    wiki.wait(days=1)
    for number in range(120):
        wiki.write(f"Page {number:03}", "x")
    assert len(source.changes(cursor).files) == 120


def test_a_token_that_is_no_longer_accepted_deletes_nothing(running: Running) -> None:
    token = Secret("WIKI_TOKEN", "hunter2-and-more")
    running.wiki.token = token.value
    assert len(list(running.source(token).files())) == len(TITLES)
    running.wiki.token = "another"  # noqa: S105 (of a test)
    with pytest.raises(SourceError, match=r"assertuserfailed .*; check the source's token"):
        list(running.source(token).files())


@pytest.mark.parametrize(
    ("code", "times"), [("maxlag", 4), ("ratelimited", 4), ("readapidenied", 1), ("unknown", 1)]
)
def test_errors_of_the_wiki_are_passed_on(running: Running, code: str, times: int) -> None:
    running.wiki.fail = {"code": code, "info": "Because."}
    with pytest.raises(SourceError, match=rf"{code} \(Because\.\); "):
        running.source().changes("")
    assert len(running.server.requests) == times


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b'{"query": {}}'])
def test_what_is_no_mediawiki_is_said(running: Running, body: bytes) -> None:
    running.server.answer = lambda _: Response(body)
    with pytest.raises(SourceError, match="check the source's"):
        running.source().changes("")


def test_rules_say_who_may_see_a_page(running: Running) -> None:
    rules = as_rules([{"path": "HR/**", "groups": ["hr"]}], "here")
    source = running.source(permissions=Permissions.of(rules))
    visible = {file.path: set(file.groups) for file in source.files() if file.groups}
    assert visible == {"HR/Leave.html": {"hr"}}
    assert source.groups("HR/Leave.html") == {"hr"}
