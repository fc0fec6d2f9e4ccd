"""Server-sent events out of the bytes of a stream, as they come."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Named:
    """An event: its name, and its data as the stream has them."""

    name: str
    data: bytes


class Decoder:
    r"""Bytes in, events out (WHATWG HTML, 9.2.6); what has no blank line after it is no event.

    Lines end at \n or \r\n only, and are told apart before they are decoded: texts may hold
    U+2028 or U+0085, at which `str.splitlines` would end a line too. A line that ends with \r
    alone is not known here; the service writes none.
    """

    def __init__(self) -> None:
        self._rest: list[bytes] = []
        self._name = ""
        self._data: list[bytes] = []

    def feed(self, piece: bytes) -> Iterator[Named]:
        """The events that ``piece`` completes."""
        *ended, rest = piece.split(b"\n")
        for line in ended:
            whole = b"".join([*self._rest, line])
            self._rest.clear()
            yield from self._take(whole.removesuffix(b"\r"))
        if rest:
            self._rest.append(rest)

    def _take(self, line: bytes) -> Iterator[Named]:
        if not line:
            if self._data:
                yield Named(self._name, b"\n".join(self._data))
            self._name, self._data = "", []
            return
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"event":
            self._name = value.decode(errors="replace")
        elif field == b"data":
            self._data.append(value)
