"""What a request is known by, whatever its headers say."""

import re
from contextvars import copy_context
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.dialects.dialect import Dialect
from service.tracing import REQUEST_ID, Trace, current, following, note

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PARENT = f"00-{TRACE}-{SPAN}-01"


def begun(path: str = "/ask", **headers: str) -> Trace:
    sent = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    return Trace.begun(sent, path)


@pytest.mark.parametrize("name", ["x_request_id", "x_client_request_id", "x_ms_client_request_id"])
def test_an_id_comes_by_any_header_that_clients_send(name: str) -> None:
    assert begun(**{name: "Front-End_7.1"}).request_id == "Front-End_7.1"


def test_the_first_sane_id_counts() -> None:
    both = {"x_ms_client_request_id": "azure", "x_request_id": "proxy"}
    assert begun(**both).request_id == "proxy"
    assert begun(**both | {"x_request_id": "no good"}).request_id == "azure"
    assert (
        Trace.begun([(b"x-request-id", b"one"), (b"x-request-id", b"two")], "/").request_id == "one"
    )


@pytest.mark.parametrize("strange", ["", "a b", "x" * 65, 'a"b', "a/b", "é", "a\nb"])
def test_a_strange_id_is_replaced(strange: str) -> None:
    trace = begun(x_request_id=strange)
    assert re.fullmatch("[0-9a-f]{32}", trace.request_id)
    assert trace.request_id != begun(x_request_id=strange).request_id


def test_without_a_parent_the_trace_begins_here() -> None:
    trace = begun(tracestate="vendor=1")
    assert trace.trace_id == trace.request_id
    assert trace.parent_id == ""
    assert trace.headers() == {"traceparent": f"00-{trace.trace_id}-{trace.span_id}-00"}
    named = begun(x_request_id="mine")
    assert named.trace_id != "mine"
    assert len(named.trace_id) == 32


def test_a_trace_goes_on_from_its_parent() -> None:
    trace = begun(traceparent=PARENT, tracestate="rojo=00f067aa0ba902b7,congo=t61rcWkgMzE")
    assert (trace.trace_id, trace.parent_id, trace.sampled) == (TRACE, SPAN, True)
    assert trace.span_id != SPAN
    assert re.fullmatch("[0-9a-f]{32}", trace.request_id)
    assert trace.request_id != TRACE  # several requests belong to one trace
    assert trace.headers() == {
        "traceparent": f"00-{TRACE}-{trace.span_id}-01",
        "tracestate": "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE",
    }


def test_of_a_version_to_come_what_is_known_is_read() -> None:
    trace = begun(traceparent=f"cc-{TRACE}-{SPAN}-02-what-the-future-brings")
    assert (trace.trace_id, trace.parent_id, trace.sampled) == (TRACE, SPAN, False)


@pytest.mark.parametrize(
    "parent",
    [
        "",
        PARENT.upper(),
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE[1:]}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-1",
        f"{PARENT}-more",
        f"{PARENT},{PARENT}",
        f"cc-{TRACE}-{SPAN}-01.more",
    ],
)
def test_what_is_no_parent_begins_a_new_trace(parent: str) -> None:
    trace = begun(traceparent=parent, tracestate="vendor=1")
    assert trace.trace_id != TRACE
    assert "tracestate" not in trace.headers()


def test_two_parents_are_none() -> None:
    sent = [(b"traceparent", PARENT.encode())] * 2
    assert Trace.begun(sent, "/").trace_id != TRACE


def test_a_state_is_passed_on_whole_or_not_at_all() -> None:
    sent = [(b"traceparent", PARENT.encode()), (b"tracestate", b"a=1"), (b"tracestate", b"b=2")]
    assert Trace.begun(sent, "/").headers()["tracestate"] == "a=1,b=2"
    for state in ("x" * 513, "a=\x01", "a=\xff"):
        assert "tracestate" not in begun(traceparent=PARENT, tracestate=state).headers()


NAMES = st.sampled_from([b"x-request-id", b"traceparent", b"tracestate", b"x-client-request-id"])
VALUES = st.binary(max_size=600) | st.from_regex(
    rb"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?", fullmatch=True
)


@given(headers=st.lists(st.tuples(NAMES, VALUES), max_size=5))
def test_whatever_comes_what_is_told_and_passed_on_is_sane(
    headers: list[tuple[bytes, bytes]],
) -> None:
    trace = Trace.begun(headers, "/ask")
    assert re.fullmatch(REQUEST_ID, trace.request_id)
    passed = trace.headers()
    assert re.fullmatch(f"00-{trace.trace_id}-{trace.span_id}-0[01]", passed["traceparent"])
    assert re.fullmatch("[0-9a-f]{32}", trace.trace_id)
    assert re.fullmatch(r"[\x20-\x7e]{0,512}", passed.get("tracestate", ""))


def test_a_trace_is_current_within_and_in_threads_that_take_it_along() -> None:
    trace, other = begun(), begun()
    seen: list[Trace | None] = []

    def look() -> None:
        seen.append(current())
        note(seen="yes")

    note(nobody="hears this")
    assert current() is None
    with following(trace):
        with following(other):
            assert current() is other
        note(first=1)
        thread = Thread(target=copy_context().run, args=(look,))
        thread.start()
        thread.join()
    assert current() is None
    assert seen == [trace]
    assert trace.notes == {"first": 1, "seen": "yes"}
    assert other.notes == {}


@pytest.mark.parametrize(
    ("path", "dialect"),
    [
        ("/ask", Dialect.FOOTNOTE),
        ("/", Dialect.FOOTNOTE),
        ("/v1/chat/completions", Dialect.OPENAI),
        ("/v1/models/x", Dialect.OPENAI),
        ("/v1/responses", Dialect.RESPONSES),
        ("/api/chat", Dialect.AI_SDK),
        ("/open-webui/v1/chat/completions", Dialect.OPEN_WEBUI),
        ("/openai/deployments/wiki/chat/completions", Dialect.AZURE),
        ("/retrieval", Dialect.DIFY),
        ("/mcp", Dialect.MCP),
        ("/mcpx", Dialect.FOOTNOTE),
        ("/v1", Dialect.FOOTNOTE),
    ],
)
def test_a_path_tells_its_dialect(path: str, dialect: Dialect) -> None:
    assert begun(path).dialect is dialect
