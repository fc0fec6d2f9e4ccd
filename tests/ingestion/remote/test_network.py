"""HTTP for sources: what is retried, what is bounded, where redirects lead, who sees the token."""

import gzip
import itertools
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_network

import pytest

from indexes.errors import SourceError
from ingestion.remote.addresses import AddressRule
from ingestion.remote.network import Web
from ingestion.remote.secret import Secret
from tests.ingestion.remote.servers import (
    IMPATIENT,
    LOOPBACK,
    PUBLIC,
    Request,
    Response,
    serving,
)

TOKEN = Secret("WIKI_TOKEN", "hunter2-and-more")


def web(**options: object) -> Web:
    return Web("wiki", LOOPBACK, **{"limits": IMPATIENT, **options})  # type: ignore[arg-type]


def failing(times: int, response: Response) -> Callable[[Request], Response]:
    """A server that works from the ``times``-th request on."""
    count = itertools.count()
    return lambda _: response if next(count) < times else Response(b"page")


def test_a_page_is_fetched_with_the_token() -> None:
    page = Response(b"page", headers={"Content-Type": "text/HTML; charset=utf-8", "ETag": '"1"'})
    with serving(lambda _: page) as server:
        reply = web(token=TOKEN).get(f"{server.url}/a?b=c")
        assert (reply.status, reply.content, reply.type) == (200, b"page", "text/html")
        assert reply.headers["etag"] == '"1"'
        assert server.requests[0].headers["authorization"] == "Bearer hunter2-and-more"


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(status: int) -> None:
    with serving(failing(2, Response(status=status))) as server:
        assert web().get(server.url).content == b"page"
        assert len(server.requests) == 3
    with serving(lambda _: Response(status=status)) as server:
        with pytest.raises(SourceError, match=rf"'wiki' cannot be read: {status} .*, 3 times; try"):
            web().get(server.url)
        assert len(server.requests) == 3


def test_a_server_that_is_down_is_tried_again() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        with pytest.raises(SourceError, match="3 times; try again later, or check that it is up"):
            web().get(f"http://127.0.0.1:{port}/")


def test_a_server_that_says_nothing_is_given_up() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        hasty = replace(IMPATIENT, silence=0.1, attempts=2)
        with pytest.raises(SourceError, match=r"timed out, 2 times|Timeout.*, 2 times"):
            web(limits=hasty).get(f"http://127.0.0.1:{silent.getsockname()[1]}/")


@pytest.mark.parametrize(
    ("status", "advice"),
    [(401, "token"), (403, "token"), (404, "Not Found"), (410, "Gone"), (418, "418"), (999, "999")],
)
def test_what_will_not_pass_is_not_tried_again(status: int, advice: str) -> None:
    with serving(lambda _: Response(status=status)) as server:
        with pytest.raises(SourceError, match=advice) as caught:
            web(token=TOKEN).get(f"{server.url}/a")
        assert len(server.requests) == 1
        assert f"{server.url}/a" in str(caught.value)
        assert TOKEN.value not in str(caught.value)


def endless(part: bytes) -> Callable[[Request], Response]:
    return lambda _: Response(itertools.repeat(part))


@pytest.mark.parametrize("headers", [{}, {"Content-Encoding": "gzip"}], ids=["plain", "gzip"])
def test_an_answer_is_bounded_also_when_it_unfolds(headers: dict[str, str]) -> None:
    bomb = gzip.compress(bytes(5_000_000))
    body = bomb if headers else bytes(200_000)
    assert len(bomb) < IMPATIENT.bytes
    for answer in (lambda _: Response(body, headers=headers), endless(bytes(1000))):
        with serving(answer) as server, pytest.raises(SourceError, match="larger than 100000 b"):
            web().get(server.url)


def test_an_answer_that_trickles_is_given_up() -> None:
    hasty = replace(IMPATIENT, whole=0.0)
    with (
        serving(endless(b"x")) as server,
        pytest.raises(SourceError, match="not complete after 0 s"),
    ):
        web(limits=hasty).get(server.url)


def redirect(to: str, status: int = 302) -> Response:
    return Response(status=status, headers={"Location": to})


def test_redirects_are_followed_and_said() -> None:
    def answer(request: Request) -> Response:
        return redirect("/new") if request.path == "/old" else Response(b"new")

    with serving(answer) as server:
        reply = web().get(f"{server.url}/old")
        assert (reply.content, reply.url) == (b"new", f"{server.url}/new")
        with pytest.raises(SourceError, match=r"302 \(Found\) and leads to /new; configure"):
            web().post(f"{server.url}/old", {"a": "b"})


def test_redirects_come_to_an_end() -> None:
    with serving(lambda request: redirect(request.path + "x")) as server:
        with pytest.raises(SourceError, match="redirects"):
            web().get(f"{server.url}/")
        assert len(server.requests) <= 7


def test_a_token_does_not_follow_to_another_host() -> None:
    with serving(lambda _: Response(b"elsewhere")) as other:
        with serving(lambda _: redirect(f"http://localhost:{other.port}/")) as server:
            assert web(token=TOKEN).get(server.url).content == b"elsewhere"
            assert "authorization" in server.requests[0].headers
        assert "authorization" not in other.requests[0].headers


def test_a_redirect_into_a_private_network_is_refused() -> None:
    """Only the first address is allowed here, as a public one would be."""
    rule = AddressRule(allowed=(ip_network("127.0.0.1/32"),))
    with serving(lambda _: redirect("http://[::1]:1/latest/meta-data")) as server:
        with pytest.raises(SourceError, match=r"'wiki' led to .::1., which is no public"):
            Web("wiki", rule, limits=IMPATIENT).get(server.url)
        assert len(server.requests) == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "127.1"])
def test_this_machine_is_refused_by_whatever_name(host: str) -> None:
    with serving(lambda _: Response(b"secret")) as server:
        with pytest.raises(SourceError, match=r"'wiki' led to '(127\.0\.0\.1|::1)'"):
            Web("wiki", PUBLIC, limits=IMPATIENT).get(f"http://{host}:{server.port}/")
        assert server.requests == []


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/a", "file:///etc/passwd", "http://[", "nothing"])
def test_what_is_no_http_address_is_refused(url: str) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        web().get(url)


def test_a_redirect_to_a_file_is_refused() -> None:
    with (
        serving(lambda _: redirect("file:///etc/passwd")) as server,
        pytest.raises(SourceError, match="cannot be read"),
    ):
        web().get(server.url)


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(lambda _: Response(b"page")) as server, serving(lambda _: Response()) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        assert web().get(server.url).content == b"page"
        assert proxy.requests == []


@pytest.mark.parametrize("methods", [["HEAD"], ["HEAD", "GET"]])
def test_looking_reads_headers_alone(methods: list[str]) -> None:
    def answer(request: Request) -> Response:
        if request.method == "HEAD" and len(methods) > 1:
            return Response(status=405)
        if request.headers.get("if-none-match") == '"1"':
            return Response(status=304)
        return Response(bytes(1_000_000), headers={"ETag": '"1"'})

    with serving(answer) as server:
        reply = web().look(server.url, {})
        assert (reply.status, reply.headers["etag"], reply.content) == (200, '"1"', b"")
        assert [request.method for request in server.requests] == methods
        assert web().look(server.url, {"If-None-Match": '"1"'}).status == 304


@pytest.mark.parametrize(
    ("asked", "waited"), [("1", 1.0), ("9999", 60.0), ("-5", 0.0), ("soon", 0.0), ("", 0.0)]
)
def test_a_server_says_how_long_to_wait_within_reason(
    monkeypatch: pytest.MonkeyPatch, asked: str, waited: float
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    with serving(failing(1, Response(status=503, headers={"Retry-After": asked}))) as server:
        assert web(limits=replace(IMPATIENT, pause=0.0)).get(server.url).content == b"page"
    assert pauses == [waited]


def test_a_date_to_come_back_at_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    with serving(failing(1, Response(status=429, headers={"Retry-After": soon}))) as server:
        web().get(server.url)
    assert 20 < pauses[0] <= 30
