"""Bytes to events, and JSON to dataclasses, whatever the pieces and the fields."""

import json
from dataclasses import FrozenInstanceError, asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.clients.errors import UnexpectedReply
from service.clients.parsing import decoded, parsed
from service.clients.sse import Decoder, Named
from service.clients.types import Box, Citation, Usage

CITATION: dict[str, Any] = {
    "label": 1,
    "document_id": "d",
    "chunk_id": "c",
    "title": "Nghỉ phép 😀",
    "uri": "u",
    "path": "p",
    "page": None,
    "section": ["a", "b"],
    "quote": "十天👍🏽",
    "start": 3,
    "end": 7,
    "boxes": [{"page": 1, "left": 1, "top": 2.5, "right": 3, "bottom": 4}],
}
TEXTS = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]))


@given(st.lists(st.tuples(TEXTS, TEXTS.filter(bool)), max_size=4), st.lists(st.integers(1, 5)))
def test_events_do_not_depend_on_the_pieces_that_they_come_in(
    events: list[tuple[str, str]], sizes: list[int]
) -> None:
    stream = "".join(f"event: {name}\ndata: {data}\n\n" for name, data in events).encode()
    decoder = Decoder()
    got: list[Named] = []
    for size in sizes:
        got.extend(decoder.feed(stream[:size]))
        stream = stream[size:]
    got.extend(decoder.feed(stream))
    assert got == [Named(name, data.encode()) for name, data in events]


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (b"data:1\n\n", [Named("", b"1")]),
        (b"data:  1\r\ndata: 2\r\n\r\n", [Named("", b" 1\n2")]),
        (b": a comment\nid: 7\nretry: 3\nevent: e\n\n", []),
        (b"event: e\ndata: 1\n\ndata: 2\n\n", [Named("e", b"1"), Named("", b"2")]),
        (b"data: 1\n", []),
        ("data: \u2028\x85\x0b\n\n".encode(), [Named("", "\u2028\x85\x0b".encode())]),
    ],
)
def test_events_as_the_standard_has_them(stream: bytes, expected: list[Named]) -> None:
    assert list(Decoder().feed(stream)) == expected


def test_a_citation_is_read_and_cannot_be_changed() -> None:
    citation = parsed(Citation, CITATION | {"later": [1]}, "citation")
    assert citation.section == ("a", "b")
    assert citation.page is None
    assert citation.boxes == (Box(1, 1.0, 2.5, 3.0, 4.0),)
    assert isinstance(citation.boxes[0].left, float)
    assert citation.duplicates == ()
    assert citation.attached_to is None
    with pytest.raises(FrozenInstanceError):
        citation.label = 2  # type: ignore[misc]


@given(
    st.builds(
        Usage,
        st.integers(),
        st.integers(),
        st.none() | st.floats(allow_nan=False, allow_infinity=False),
    )
)
def test_what_is_written_is_read_back(usage: Usage) -> None:
    assert parsed(Usage, decoded(json.dumps(asdict(usage)).encode()), "usage") == usage


@pytest.mark.parametrize("name", sorted(CITATION.keys() - {"boxes"}))
def test_a_missing_field_is_named(name: str) -> None:
    rest = {each: value for each, value in CITATION.items() if each != name}
    with pytest.raises(UnexpectedReply, match=rf"lacks citation\.{name};"):
        parsed(Citation, rest, "citation")


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"label": True}, "citation.label"),
        ({"label": "1"}, "citation.label"),
        ({"label": 1.5}, "citation.label"),
        ({"label": None}, "citation.label"),
        ({"section": "a"}, "citation.section"),
        ({"section": [1]}, r"citation.section\[0\]"),
        ({"boxes": [{"page": 1}]}, r"citation.boxes\[0\].left"),
        ({"attached_to": "d"}, "citation.attached_to"),
        ({"stale": 0}, "citation.stale"),
    ],
)
def test_a_field_of_another_type_is_named(change: dict[str, Any], place: str) -> None:
    with pytest.raises(UnexpectedReply, match=place):
        parsed(Citation, CITATION | change, "citation")


def test_an_error_repeats_little_of_a_long_reply() -> None:
    with pytest.raises(UnexpectedReply) as caught:
        decoded(b"<html>" + b"x" * 10_000)
    assert len(str(caught.value)) < 200
