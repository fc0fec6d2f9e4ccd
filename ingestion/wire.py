"""What a worker tells its parent of a file, as frames; the parent checks all of it."""

import json
import math
import re
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from indexes.errors import ParseError
from indexes.types import Box, PageImage, Placement
from ingestion.types import Attachment, Element, Kind, Parsed

LENGTH = struct.Struct(">Q")  # stands before every frame: how many bytes it has
REASON_LENGTH = 1000  # code points of an error or a remark that are passed on
MOST_ATTACHMENTS = 1000  # of one file; a mailbox that holds more is better split
MOST_NAMES = 1000  # authors, or remarks, of one file
NAME_LENGTH = 200  # code points; file systems allow 255 bytes
CHANNELS = 3  # bytes a pixel: red, green, blue
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f/\ud800-\udfff]")
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|\+00:00)")
# What taking apart a reply raises, where it is not what an honest worker would send.
NONSENSE = (ValueError, TypeError, LookupError, RecursionError)


def frames_of_error(reason: str) -> list[bytes]:
    """A refusal, in one frame."""
    return [_json({"error": reason[:REASON_LENGTH]})]


def frames_of(parsed: Parsed, limit: int) -> list[bytes]:
    """What was found, what goes with it, and each attachment in a frame of its own.

    Attachments that do not fit into ``limit`` bytes are left out, and a remark says so. The first
    frame may be larger than that: then the text alone is too much.
    """
    found = {
        "title": parsed.title,
        "authors": parsed.authors[:MOST_NAMES],
        "written_at": parsed.written_at,
        "pages": parsed.pages,
        "scanned": parsed.scanned,
        "elements": [
            (each.kind, each.text, each.page, each.section, [_plain(p) for p in each.places])
            for each in parsed.elements
        ],
    }
    text = _json(found)
    kept, left_out = _that_fit(parsed.attachments, limit - len(text))
    remarks = [each[:REASON_LENGTH] for each in (*left_out, *parsed.remarks)]
    names = [_safe_name(each.name) for each in kept]
    beside = {"attachments": names, "remarks": remarks[:MOST_NAMES]}
    return [text, _json(beside), *(each.content for each in kept)]


def frames_of_page(image: PageImage) -> list[bytes]:
    """A page: its size and resolution, then its pixels."""
    return [_json({"page": (image.width, image.height, image.dpi)}), image.pixels]


def _json(told: Mapping[str, object]) -> bytes:
    """UTF-8, in which a lone surrogate of a damaged file becomes a question mark."""
    return json.dumps(told, ensure_ascii=False).encode(errors="replace")


def _plain(place: Placement) -> tuple[object, ...]:
    box = place.box
    corners = box and (box.page, box.left, box.top, box.right, box.bottom)
    return place.start, place.end, place.page, corners, place.cells


def _that_fit(attachments: Sequence[Attachment], room: int) -> tuple[list[Attachment], list[str]]:
    kept: list[Attachment] = []
    left_out: list[str] = []
    for each in attachments:
        reserved = len(each.content) + 16 * NAME_LENGTH  # its name, and a remark, in JSON
        if len(kept) == MOST_ATTACHMENTS:
            count = len(attachments) - MOST_ATTACHMENTS - len(left_out)
            left_out.append(f"{count} attachments were left out: it has more than {len(kept)}")
            break
        if reserved > room:
            size = len(each.content) / (1 << 20)
            left_out.append(
                f"the attachment {_safe_name(each.name)} was left out: with its {size:.0f} MiB "
                "the file holds more than one file may"
            )
        else:
            kept.append(each)
            room -= reserved
    return kept, left_out


def _safe_name(name: str) -> str:
    cleaned = _UNSAFE.sub("_", name)
    if len(cleaned) > NAME_LENGTH:  # the end tells the type
        cleaned = cleaned[: NAME_LENGTH // 2] + cleaned[-NAME_LENGTH // 2 :]
    return "unnamed" if cleaned in {"", ".", ".."} else cleaned


# The parent's side: nothing is believed until it is checked.


def parsed_from(receive: Callable[[], bytes]) -> Parsed:
    """What the worker found, from the frames that ``receive`` gives one by one.

    Raises ParseError as the worker states it, one of NONSENSE for anything else that is odd.
    """
    told, beside = _told(receive()), _told(receive())
    pages = _count(told["pages"])
    return Parsed(
        title=_text(told["title"]),
        elements=tuple(_element(*each) for each in _list(told["elements"])),
        authors=_texts(told["authors"]),
        written_at=_timestamp(told["written_at"]),
        pages=pages,
        scanned=_scanned(told["scanned"], pages),
        remarks=_texts(beside["remarks"]),
        attachments=tuple(Attachment(name, receive()) for name in _names(beside["attachments"])),
    )


def page_from(receive: Callable[[], bytes], number: int, dpi: int) -> PageImage:
    """The picture of page ``number``, at ``dpi`` or less. Raises what ``parsed_from`` does."""
    width, height, drawn_at = _told(receive())["page"]
    pixels = receive()
    if not _count(width) or not _count(height) or width * height * CHANNELS != len(pixels):
        raise ValueError("page")
    if not 1 <= _count(drawn_at) <= dpi:
        raise ValueError("resolution")
    return PageImage(number, width, height, drawn_at, pixels)


def _told(frame: bytes) -> dict[str, Any]:
    told = json.loads(frame)
    if type(told) is not dict:
        raise ValueError("reply")
    if type(told.get("error")) is str:
        raise ParseError(told["error"][:REASON_LENGTH].encode(errors="replace").decode())
    return told


def _element(kind: object, text: object, page: object, section: object, places: Any) -> Element:
    told = _text(text)
    return Element(
        Kind(_text(kind)),
        told,
        _page(page),
        tuple(_text(heading) for heading in _list(section)),
        tuple(_place(len(told), *place) for place in _list(places)),
    )


def _page(value: object) -> int | None:
    if value is not None and (type(value) is not int or value < 1):
        raise ValueError("page")
    return value


def _place(length: int, start: Any, end: Any, page: object, box: Any, cells: object) -> Placement:
    if not 0 <= _count(start) <= _count(end) <= length:
        raise ValueError("place")
    return Placement(start, end, _page(page), None if box is None else _box(box), _text(cells))


def _box(value: Any) -> Box:
    page, *edges = value
    if type(page) is not int or not all(
        type(edge) in (int, float) and math.isfinite(edge) for edge in edges
    ):
        raise ValueError("box")
    return Box(page, *edges)


def _text(value: object) -> str:
    if type(value) is not str:
        raise ValueError("text")
    value.encode()  # a lone surrogate is a ValueError
    return value


def _texts(value: object) -> tuple[str, ...]:
    texts = tuple(_text(each) for each in _list(value))
    if len(texts) > MOST_NAMES:
        raise ValueError("texts")
    return texts


def _names(value: object) -> Iterable[str]:
    names = _texts(value)
    if len(names) > MOST_ATTACHMENTS or any(_safe_name(name) != name for name in names):
        raise ValueError("name")
    return names


def _list(value: object) -> list[Any]:
    if type(value) is not list:
        raise ValueError("list")
    return value


def _count(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("count")
    return value


def _scanned(value: object, pages: int) -> tuple[int, ...]:
    numbers = tuple(_count(each) for each in _list(value))
    if list(numbers) != sorted(set(numbers)) or any(not 1 <= each <= pages for each in numbers):
        raise ValueError("scanned")
    return numbers


def _timestamp(value: object) -> str | None:
    if value is None:
        return None
    stated = _text(value)
    if not _TIMESTAMP.fullmatch(stated):
        raise ValueError("timestamp")
    datetime.fromisoformat(stated)
    return stated
