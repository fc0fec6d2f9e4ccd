"""What a worker tells its parent: whole on the other side, and nothing believed unchecked."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from indexes.errors import ParseError
from indexes.types import Box, PageImage, Placement
from ingestion.types import Attachment, Element, Kind, Parsed
from ingestion.wire import (
    MOST_ATTACHMENTS,
    NONSENSE,
    frames_of,
    frames_of_error,
    frames_of_page,
    page_from,
    parsed_from,
)

ROOM = 1 << 20
FOUND: dict[str, Any] = {
    "title": "T",
    "authors": ["An"],
    "written_at": "2025-03-04T03:00:00Z",
    "pages": 3,
    "scanned": [2],
    "elements": [["text", "Văn bản", 1, ["a"], [[0, 3, 1, [1, 0, 0, 9.5, 9], "row 1"]]]],
}
BESIDE: dict[str, Any] = {"attachments": ["a.txt"], "remarks": ["left out"]}


def receiver(frames: list[bytes]) -> Callable[[], bytes]:
    rest = iter(frames)
    return lambda: next(rest)


def told(found: object, beside: object, *contents: bytes) -> Parsed:
    return parsed_from(
        receiver([json.dumps(found).encode(), json.dumps(beside).encode(), *contents])
    )


def test_everything_crosses() -> None:
    box = Box(2, 1.5, 2.0, 3.25, 4.0)
    parsed = Parsed(
        title="Nghỉ phép",
        elements=(
            Element(Kind.HEADING, "年假", 1, ("年假",)),
            Element(
                Kind.TEXT, "hai dòng", 2, ("年假",), (Placement(0, 3, 2, box), Placement(4, 8))
            ),
            Element(Kind.TABLE, "a | b", places=(Placement(0, 5, cells="Prices!A2:B2"),)),
        ),
        authors=("An", "Bình"),
        written_at="2025-03-04T03:00:00.5Z",
        pages=4,
        scanned=(3, 4),
        attachments=(Attachment("a.bin", bytes(range(256))), Attachment("b.txt", b"")),
        remarks=("a chart was left out",),
    )
    assert parsed_from(receiver(frames_of(parsed, ROOM))) == parsed
    assert parsed_from(receiver(frames_of(Parsed("", ()), ROOM))) == Parsed("", ())


def test_what_an_honest_worker_would_send_is_taken() -> None:
    parsed = told(FOUND, BESIDE, b"content")
    assert parsed.attachments == (Attachment("a.txt", b"content"),)
    assert parsed.elements[0].places == (Placement(0, 3, 1, Box(1, 0, 0, 9.5, 9), "row 1"),)


def test_names_and_surrogates_are_made_harmless() -> None:
    names = ["../../etc/passwd", "a\0b", "", "x" * 500 + ".pdf", "..", "\ud800.txt"]
    parsed = Parsed(
        "broken \ud800 text",
        (Element(Kind.TEXT, "ab\udfff", places=(Placement(0, 3),)),),
        attachments=tuple(Attachment(name, b"") for name in names),
    )
    seen = parsed_from(receiver(frames_of(parsed, ROOM)))
    assert seen.title == "broken ? text"
    assert seen.elements[0].text == "ab?"
    kept = [each.name for each in seen.attachments]
    assert kept[:3] == [".._.._etc_passwd", "a_b", "unnamed"]
    assert len(kept[3]) == 200
    assert kept[3].endswith("x.pdf")
    assert kept[4:] == ["unnamed", "_.txt"]


def test_attachments_that_do_not_fit_are_left_out_with_a_remark() -> None:
    large, small = Attachment("large.zip", bytes(5 << 20)), Attachment("small.txt", b"here")
    frames = frames_of(Parsed("", (), attachments=(large, small), remarks=("another",)), 2 << 20)
    assert sum(map(len, frames)) <= 2 << 20
    seen = parsed_from(receiver(frames))
    assert seen.attachments == (small,)
    assert seen.remarks[0].startswith("the attachment large.zip was left out: with its 5 MiB")
    assert seen.remarks[1:] == ("another",)


def test_more_attachments_than_a_file_may_have_are_counted() -> None:
    many = tuple(Attachment(f"{number}.txt", b"") for number in range(MOST_ATTACHMENTS + 5))
    seen = parsed_from(receiver(frames_of(Parsed("", (), attachments=many), 64 << 20)))
    assert seen.attachments == many[:MOST_ATTACHMENTS]
    assert seen.remarks == ("5 attachments were left out: it has more than 1000",)


def test_a_refusal_crosses_in_its_own_words() -> None:
    with pytest.raises(ParseError, match=r"^a\?b$"):
        parsed_from(receiver(frames_of_error("a\ud800b")))
    with pytest.raises(ParseError, match=r"^x{1000}$"):
        page_from(receiver([json.dumps({"error": "x" * 5000}).encode()]), 1, 72)


@pytest.mark.parametrize(
    "frame", [b"", b"\x80\x04K\x01.", b"[]", b"{}", b'{"error": 1}', b"[" * 100_000, b"\xff\xfe"]
)
def test_a_frame_that_is_no_reply_is_nonsense(frame: bytes) -> None:
    with pytest.raises(NONSENSE):
        parsed_from(receiver([frame, json.dumps(BESIDE).encode(), b""]))
    with pytest.raises(NONSENSE):
        page_from(receiver([frame, b""]), 1, 72)


@pytest.mark.parametrize(
    "lie",
    [
        {"title": 1},
        {"title": "\ud800"},
        {"authors": "An"},
        {"authors": [None]},
        {"authors": ["An"] * 1001},
        {"written_at": "yesterday"},
        {"written_at": "2025-13-04T03:00:00Z"},
        {"written_at": "2025-03-04T03:00:00+07:00"},
        {"written_at": "2025-03-04T03:00:00Z\n"},
        {"written_at": 0},
        {"pages": -1},
        {"pages": True},
        {"pages": "3"},
        {"scanned": [0]},
        {"scanned": [4]},
        {"scanned": [2, 2]},
        {"scanned": [2, 1]},
        {"scanned": 2},
        {"elements": {}},
        {"elements": [["rumour", "x", None, [], []]]},
        {"elements": [["text", None, None, [], []]]},
        {"elements": [["text", "x", "1", [], []]]},
        {"elements": [["text", "x", True, [], []]]},
        {"elements": [["text", "x", 0, [], []]]},
        {"elements": [["text", "x", None, "heading", []]]},
        {"elements": [["text", "x", None, [1], []]]},
        {"elements": [["text", "\ud800", None, [], []]]},
        {"elements": [["text", "x", None, []]]},
        {"elements": [["text", "x", None, [], [[0, 2, None, None, ""]]]]},
        {"elements": [["text", "x", None, [], [[1, 0, None, None, ""]]]]},
        {"elements": [["text", "x", None, [], [[-1, 0, None, None, ""]]]]},
        {"elements": [["text", "x", None, [], [[0.0, 1, None, None, ""]]]]},
        {"elements": [["text", "x", None, [], [[0, 1, 0, None, ""]]]]},
        {"elements": [["text", "x", None, [], [[0, 1, None, None, None]]]]},
        {"elements": [["text", "x", None, [], [[0, 1, 1, [1, 0, 0, 0], ""]]]]},
        {"elements": [["text", "x", None, [], [[0, 1, 1, [1, 0, 0, 0, float("nan")], ""]]]]},
        {"elements": [["text", "x", None, [], [[0, 1, 1, [1, 0, 0, 0, True], ""]]]]},
    ],
)
def test_the_parent_believes_nothing_of_the_text(lie: dict[str, object]) -> None:
    with pytest.raises(NONSENSE):
        told(FOUND | lie, BESIDE, b"content")


@pytest.mark.parametrize(
    "lie",
    [
        {"attachments": ["a/b"]},
        {"attachments": ["a\0b"]},
        {"attachments": [""]},
        {"attachments": [".."]},
        {"attachments": ["x" * 201]},
        {"attachments": [1]},
        {"attachments": "a"},
        {"attachments": ["a"] * 1001},
        {"remarks": [1]},
        {"remarks": ["x"] * 1001},
    ],
)
def test_the_parent_believes_nothing_of_what_goes_with_it(lie: dict[str, object]) -> None:
    with pytest.raises(NONSENSE):
        told(FOUND, BESIDE | lie, *[b"content"] * 1001)


def test_a_page_crosses() -> None:
    image = PageImage(7, 2, 1, 96, bytes(range(6)))
    assert page_from(receiver(frames_of_page(image)), 7, 150) == image


@pytest.mark.parametrize(
    ("size", "pixels"),
    [
        ([2, 1, 72], 5),
        ([2, 1, 72], 7),
        ([0, 0, 72], 0),
        ([-2, -1, 72], 6),
        ([2.0, 1, 72], 6),
        ([2, 1, 0], 6),
        ([2, 1, 73], 6),
        ([2, 1], 6),
    ],
)
def test_a_page_of_another_size_is_nonsense(size: list[float], pixels: int) -> None:
    with pytest.raises(NONSENSE):
        page_from(receiver([json.dumps({"page": size}).encode(), bytes(pixels)]), 1, 72)
