"""A website by its sitemap, against a server on loopback that knows conditional requests."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from indexes.errors import SourceError
from ingestion.acl import Permissions, as_rules
from ingestion.remote.network import Web
from ingestion.remote.website import WebsiteSource
from ingestion.types import Changes, Feed
from tests.ingestion.remote.servers import IMPATIENT, LOOPBACK, Request, Response, Server, serving

NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
LONG_AGO = "2024-05-06T07:08:09+02:00"


@dataclass(slots=True)
class Page:
    body: bytes
    type: str = "text/html; charset=utf-8"
    etag: str = ""
    modified: datetime | None = None

    def answer(self, request: Request) -> Response:
        headers = {
            "Content-Type": self.type,
            "Date": format_datetime(datetime.now(UTC), usegmt=True),
        }
        if self.etag:
            headers["ETag"] = self.etag
        if self.modified:
            headers["Last-Modified"] = format_datetime(self.modified, usegmt=True)
        asked = request.headers.get("if-none-match", request.headers.get("if-modified-since"))
        known = asked is not None and asked in {self.etag, headers.get("Last-Modified")}
        return Response(b"" if known else self.body, 304 if known else 200, headers)


@dataclass(slots=True)
class Site:
    """``listed`` are addresses with their lastmod; ``pages`` are by path."""

    server: Server
    pages: dict[str, Page | Response] = field(default_factory=dict)
    listed: dict[str, str] = field(default_factory=dict)

    def answer(self, request: Request) -> Response:
        if request.path == "/sitemap.xml" and request.path not in self.pages:
            return Response(urlset(self.listed))
        page = self.pages.get(request.path, Response(status=404))
        return page if isinstance(page, Response) else page.answer(request)

    def add(self, path: str, page: Page | Response, modified: str = "") -> None:
        self.pages[path] = page
        self.listed[self.server.url + path] = modified

    def source(self, sitemap: str = "/sitemap.xml", **options: object) -> WebsiteSource:
        web = Web("site", LOOPBACK, limits=IMPATIENT)
        return WebsiteSource("site", self.server.url + sitemap, web=web, **options)  # type: ignore[arg-type]


def urlset(listed: dict[str, str]) -> bytes:
    entries = (
        f"<url><loc>{address}</loc>{f'<lastmod>{date}</lastmod>' if date else ''}</url>"
        for address, date in listed.items()
    )
    return f"<?xml version='1.0'?><urlset {NAMESPACE}>{''.join(entries)}</urlset>".encode()


def index(*addresses: str) -> bytes:
    entries = "".join(f"<sitemap><loc>{address}</loc></sitemap>" for address in addresses)
    return f"<sitemapindex {NAMESPACE}>{entries}</sitemapindex>".encode()


@pytest.fixture
def site() -> Iterator[Site]:
    with serving(lambda _: Response()) as server:
        made = Site(server)
        server.answer = made.answer
        yield made


def versions(changes: Changes) -> dict[str, str]:
    assert changes.complete
    return {file.path: file.version for file in changes.files}


def test_pages_come_in_order_of_path_with_what_is_known_of_them(site: Site) -> None:
    site.add("/b/report.pdf", Page(b"%PDF-1.7", "application/pdf"), LONG_AGO)
    site.add("/", Page(b"<p>home</p>"), "2024-05-06")
    site.add("/b/Ngh%E1%BB%89%20ph%C3%A9p/", Page(b"leave"), LONG_AGO)
    site.add("/a.htm", Page(b"a"), LONG_AGO)
    source = site.source()
    assert isinstance(source, Feed)
    files = list(source.files())
    assert [file.path for file in files] == [
        "a.htm",
        "b/Nghỉ phép/index.html",
        "b/report.pdf",
        "index.html",
    ]
    leave = files[1]
    assert leave.uri == f"{site.server.url}/b/Ngh%E1%BB%89%20ph%C3%A9p/"
    assert (leave.version, leave.updated_at) == (LONG_AGO, "2024-05-06T05:08:09Z")
    assert files[3].updated_at == "2024-05-06T00:00:00Z"
    assert [source.read(file) for file in files] == [b"a", b"leave", b"%PDF-1.7", b"<p>home</p>"]
    assert source.location == f"{site.server.url}/sitemap.xml"


def test_a_page_without_a_suffix_is_named_by_its_type_and_asked_for_it_once(site: Site) -> None:
    site.add("/guide", Page(b"g"), LONG_AGO)
    site.add("/price-list", Page(b"%PDF-", "application/pdf"), LONG_AGO)
    site.add("/show?id=3", Page(b"g"), LONG_AGO)
    site.pages["/show"] = Page(b"a,b", "text/csv")
    source = site.source()
    first = source.changes("")
    assert list(versions(first)) == ["guide.html", "price-list.pdf", "show?id=3.csv"]
    assert site.server.asked("HEAD") == ["/guide", "/price-list", "/show"]
    assert versions(source.changes(first.cursor)) == versions(first)
    assert site.server.asked() == ["/sitemap.xml"]
    site.listed[f"{site.server.url}/guide"] = "2025-01-01T00:00:00Z"
    assert versions(source.changes(first.cursor))["guide.html"] == "2025-01-01T00:00:00Z"
    assert site.server.asked() == ["/sitemap.xml", "/guide"]


def test_undated_pages_are_asked_for_conditionally(site: Site) -> None:
    site.add("/tagged.html", Page(b"1", etag='"v1"'))
    site.add("/dated.html", Page(b"1", modified=datetime(2024, 1, 1, tzinfo=UTC)))
    site.add("/neither.html", Page(b"1"))
    site.add("/fresh.html", Page(b"1", modified=datetime.now(UTC) - timedelta(seconds=5)))
    source = site.source()
    first = source.changes("")
    assert versions(first) == {
        "dated.html": "Mon, 01 Jan 2024 00:00:00 GMT",
        "fresh.html": "",
        "neither.html": "",
        "tagged.html": '"v1"',
    }
    assert first.files[0].updated_at == "2024-01-01T00:00:00Z"
    site.server.requests.clear()
    second = source.changes(first.cursor)
    assert versions(second) == versions(first)
    conditions = {
        request.path: request.headers.get("if-none-match")
        or request.headers.get("if-modified-since")
        for request in site.server.requests
        if request.path != "/sitemap.xml"
    }
    assert conditions == {
        "/tagged.html": '"v1"',
        "/dated.html": "Mon, 01 Jan 2024 00:00:00 GMT",
        "/neither.html": None,
        "/fresh.html": None,
    }
    site.pages["/tagged.html"] = Page(b"2", etag='"v2"')
    assert versions(source.changes(second.cursor))["tagged.html"] == '"v2"'


def test_a_page_dated_with_a_day_that_is_not_over_may_change_again(site: Site) -> None:
    today = datetime.now(UTC).date().isoformat()
    site.add("/a.html", Page(b"1"), today)
    site.add("/b.html", Page(b"1", etag='"v1"'), today)
    files = site.source().changes("").files
    assert [file.version for file in files] == ["", '"v1"']
    assert files[0].updated_at == f"{today}T00:00:00Z"


def test_what_a_sitemap_no_longer_names_is_gone(site: Site) -> None:
    site.add("/a.html", Page(b"1"), LONG_AGO)
    site.add("/b.html", Page(b"1"), LONG_AGO)
    source = site.source()
    first = source.changes("")
    del site.listed[f"{site.server.url}/b.html"]
    assert list(versions(source.changes(first.cursor))) == ["a.html"]


@pytest.mark.parametrize("cursor", ["", "rubbish", "[0, {}]", "[1, []]", '{"a": 1}'])
def test_a_cursor_that_is_not_understood_asks_for_everything(site: Site, cursor: str) -> None:
    site.add("/a", Page(b"1"), LONG_AGO)
    assert list(versions(site.source().changes(cursor))) == ["a.html"]


def test_an_index_leads_to_sitemaps_also_gzipped_and_in_circles(site: Site) -> None:
    base = site.server.url
    site.pages["/sitemap.xml"] = Response(index(f"{base}/1.xml", f"{base}/2.xml.gz"))
    site.pages["/1.xml"] = Response(urlset({f"{base}/a.html": LONG_AGO}))
    site.pages["/2.xml.gz"] = Response(gzip.compress(index(f"{base}/3.xml", f"{base}/1.xml")))
    site.pages["/3.xml"] = Response(urlset({f"{base}/b.html": LONG_AGO}))
    assert [file.path for file in site.source().files()] == ["a.html", "b.html"]
    assert sorted(site.server.asked()) == ["/1.xml", "/2.xml.gz", "/3.xml", "/sitemap.xml"]


def test_only_what_lies_below_the_sitemap_is_taken(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    base = site.server.url
    addresses = [
        f"{base}/docs/in.html",
        f"{base.replace('127.0.0.1', 'LOCALHOST')}/docs/b.html",
        f"{base}/other.html",
        f"{base}/docs-secret/x.html",
        f"{base}/docs/../hr/x.html",
        f"{base}/docs/%2e%2e/hr/x.html",
        f"{base}/docs/a%2fb.html",
        "https://elsewhere.example/docs/a.html",
        "file:///etc/passwd",
    ]
    site.pages["/docs/sitemap.xml"] = Response(urlset(dict.fromkeys(addresses, LONG_AGO)))
    assert [file.path for file in site.source("/docs/sitemap.xml").files()] == ["docs/in.html"]
    assert "8 addresses are not below" in caplog.text
    narrower = site.source("/docs/sitemap.xml", prefix=f"{base}/docs-secret/")
    assert [file.path for file in narrower.files()] == ["docs-secret/x.html"]


def test_rules_say_who_may_see_a_page(site: Site) -> None:
    site.add("/hr/a.html", Page(b"1"), LONG_AGO)
    site.add("/b.html", Page(b"1"), LONG_AGO)
    rules = as_rules([{"path": "hr/**", "groups": ["hr"]}], "here")
    source = site.source(permissions=Permissions.of(rules))
    assert [set(file.groups) for file in source.files()] == [set(), {"hr"}]
    assert source.groups("hr/new.html") == {"hr"}


@pytest.mark.parametrize(
    ("sitemap", "reason"),
    [
        (Response(status=404), "404"),
        (Response(b"<html>sign in</html>"), "it is <html>"),
        (Response(b"not xml"), "nothing is taken for deleted"),
        (Response(urlset({})), "names no page below"),
        (Response(b"<!DOCTYPE urlset [<!ENTITY a 'b'>]><urlset/>"), "declares a document type"),
        (Response(gzip.compress(bytes(60 * 2**20))), "larger than 52428800 bytes"),
        (Response(b"\x1f\x8bbroken"), "cannot be read"),
        (Response(index("https://elsewhere.example/sitemap.xml")), "on another host"),
    ],
)
def test_a_sitemap_that_cannot_be_read_deletes_nothing(
    site: Site, sitemap: Response, reason: str
) -> None:
    site.pages["/sitemap.xml"] = sitemap
    with pytest.raises(SourceError, match=reason):
        site.source().changes("")


def test_a_page_that_cannot_be_had_fails_alone(site: Site) -> None:
    site.add("/dead", Response(status=404))
    site.add("/moved.html", Response(status=302, headers={"Location": "http://localhost:1/"}))
    site.add("/alive", Page(b"1", etag='"1"'))
    source = site.source()
    changes = source.changes("")
    assert versions(changes) == {"alive.html": '"1"', "dead.html": "", "moved.html": ""}
    with pytest.raises(SourceError, match="404"):
        source.read(changes.files[1])


def test_a_site_that_is_down_is_no_list_of_dead_pages(site: Site) -> None:
    for number in range(20):
        site.add(f"/{number}", Response(status=404))
    with pytest.raises(SourceError, match="404"):
        site.source().changes("")


def test_a_page_that_asks_to_sign_in_is_not_read_for_what_it_was(site: Site) -> None:
    with serving(lambda _: Response(b"<form>", headers={"Content-Type": "text/html"})) as other:
        site.add("/a.html", Response(status=302, headers={"Location": other.url}), LONG_AGO)
        site.add("/b.pdf", Page(b"<form>"), LONG_AGO)
        source = site.source()
        page, report = source.files()
        with pytest.raises(SourceError, match="give the source a token"):
            source.read(page)
        with pytest.raises(SourceError, match=r"listed as \.pdf, and the server sends \.html"):
            source.read(report)
