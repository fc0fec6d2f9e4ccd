"""A reply in parts, as server-sent events of a foreign dialect."""

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from indexes.errors import FootnoteError
from service.api.asking import Streamed
from service.api.problems import log_failure
from service.dialects.sse import DONE, event
from service.errors import UNFORESEEN, Problem, problem_of

Part = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Framing:
    """How a dialect puts its parts on the wire.

    ``failure`` makes the last part of a stream that cannot go on, from the problem and the number
    of parts before it. ``named`` events carry their part's type as the event's name; ``done`` says
    that ``[DONE]`` ends the stream.
    """

    failure: Callable[[Problem, int], Part]
    named: bool = False
    done: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)


def streamed(parts: Iterator[Part], framing: Framing, request_id: str) -> Streamed:
    """The parts as they come; an error becomes the last of them."""
    return Streamed(_lines(parts, framing, request_id), framing.headers)


def _lines(parts: Iterator[Part], framing: Framing, request_id: str) -> Generator[str, None, None]:
    number = 0
    try:
        for part in parts:
            yield _line(part, framing)
            number += 1
    except FootnoteError as exc:
        log_failure(exc, request_id)
        yield _line(framing.failure(problem_of(exc), number), framing)
        return
    except Exception:
        yield _line(framing.failure(UNFORESEEN, number), framing)
        raise
    if framing.done:
        yield DONE


def _line(part: Part, framing: Framing) -> str:
    return event(part, part["type"] if framing.named else "")
