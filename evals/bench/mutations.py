"""Damage to files, as a disk, a network or an attacker does it; decided by a seed alone."""

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Sequence
from random import Random

STEPS = (1, 1, 1, 2, 4, 8)  # how often one file is damaged: mostly little, so that it gets far
LONGEST = 16  # as a power of two: bytes that one step moves, deletes or repeats
LARGEST = 16 << 20  # bytes of a damaged file; repeating a chunk must not make a file of gigabytes
MOST_REPEATS = 64
# Lengths and counts are believed by careless parsers; these are where they break.
_EDGES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_NUMBER = re.compile(rb"\d+")
_QUOTED = re.compile(rb'"[^"<>]*"')
_ELEMENT = re.compile(rb"<[A-Za-z][^<>]*/>")
_ZIP = b"PK\x03\x04"
_BROKEN_ZIP = (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError, zlib.error)


def damaged(seed: int, content: bytes, others: Sequence[bytes]) -> bytes:
    """``content`` damaged as ``seed`` says; ``others`` are files of its format to splice in.

    Half of the ZIP containers are damaged inside a member, which is compressed again, so that the
    damage reaches what reads the XML and is not caught by a checksum.
    """
    random = Random(seed)  # noqa: S311 - to be repeated, not to be secret
    other = random.choice(others)
    if content.startswith(_ZIP) and random.random() < 0.5:  # noqa: PLR2004
        try:
            return _member_damaged(random, content, other)
        except _BROKEN_ZIP:  # a real file that was damaged before
            pass
    return _damaged(random, content, other)


def _member_damaged(random: Random, content: bytes, other: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = archive.infolist()
        # Parts that hold text are few among pictures and fonts, and what a parser reads.
        victim = random.choice(
            [each for each in members if each.filename.endswith("ml")] or members
        )
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as copy:
            for member in members:
                data = archive.read(member)
                same = zipfile.ZipInfo(member.filename, member.date_time)  # and not of now
                changed = _damaged(random, data, other) if member is victim else data
                copy.writestr(same, changed, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _damaged(random: Random, content: bytes, other: bytes) -> bytes:
    data = bytearray(content)
    steps = random.choice((_STEPS, _GENTLE_STEPS)) if b"<" in content else _STEPS
    for _ in range(random.choice(STEPS)):
        random.choice(steps)(random, data, other)
        del data[LARGEST:]
    return bytes(data)


def _chunk(random: Random, length: int) -> slice:
    """Where a chunk lies, short ones as often as long ones."""
    start = random.randint(0, length)
    return slice(start, min(length, start + random.randint(1, 1 << random.randint(0, LONGEST))))


def _flip_bits(random: Random, data: bytearray, _other: bytes) -> None:
    for _ in range(random.randint(1, 32) if data else 0):
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)


def _truncate(random: Random, data: bytearray, _other: bytes) -> None:
    del data[random.randint(len(data) // 2, len(data)) :]


def _delete(random: Random, data: bytearray, _other: bytes) -> None:
    del data[_chunk(random, len(data))]


def _repeat(random: Random, data: bytearray, _other: bytes) -> None:
    place = _chunk(random, len(data))
    data[place] = data[place] * random.randint(2, MOST_REPEATS)


def _move(random: Random, data: bytearray, _other: bytes) -> None:
    place = _chunk(random, len(data))
    chunk = data[place]
    del data[place]
    start = random.randint(0, len(data))
    data[start:start] = chunk


def _splice(random: Random, data: bytearray, other: bytes) -> None:
    start = random.randint(0, len(data))
    data[start:start] = other[_chunk(random, len(other))]


def _insert(random: Random, data: bytearray, _other: bytes) -> None:
    start = random.randint(0, len(data))
    data[start:start] = random.randbytes(random.randint(1, 1 << random.randint(0, 12)))


def _put_edge(random: Random, data: bytearray, _other: bytes) -> None:
    """An integer where a length may stand, in binary or as the digits of a text format."""
    width = random.choice((1, 2, 4, 8))
    edge = random.choice(_EDGES) & ((1 << 8 * width) - 1)
    packed = edge.to_bytes(width, "little" if random.random() < 0.5 else "big")  # noqa: PLR2004
    written = packed if random.random() < 0.7 else b"%d" % edge  # noqa: PLR2004
    start = random.randint(0, len(data))
    data[start : start + len(written)] = written


def _change_value(random: Random, data: bytearray, _other: bytes) -> None:
    """A number becomes an edge, or a quoted value another one; markup stays well-formed."""
    if random.random() < 0.5:  # noqa: PLR2004
        _replace(random, data, _NUMBER, b"%d" % random.choice((-1, *_EDGES)))
    else:
        _replace(random, data, _QUOTED, random.choice(_QUOTED.findall(bytes(data)) or [b'""']))


def _change_element(random: Random, data: bytearray, _other: bytes) -> None:
    """An element without content goes, is repeated or becomes another; markup stays well-formed."""
    element = random.choice(_ELEMENT.findall(bytes(data)) or [b"<br/>"])
    _replace(random, data, _ELEMENT, element * random.choice((0, 1, 2, MOST_REPEATS)))


def _replace(random: Random, data: bytearray, pattern: re.Pattern[bytes], written: bytes) -> None:
    places = [match.span() for match in pattern.finditer(bytes(data))]
    if places:
        data[slice(*random.choice(places))] = written


_STEPS: tuple[Callable[[Random, bytearray, bytes], None], ...] = (
    *(_flip_bits, _truncate, _delete, _repeat),
    *(_move, _splice, _insert, _put_edge),
)
# Damage that an XML parser lets through, to what stands behind it.
_GENTLE_STEPS = (_change_value, _change_element)
