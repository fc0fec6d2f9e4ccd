"""OpenAI chat completions: the whole object, and the chunks of a stream."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.answering.types import Answer, Event, Usage
from service.dialects.footnotes import KEY, extension
from service.dialects.links import Links, title
from service.dialects.marking import Mark, Piece, marked, pieces

_NO_USAGE = Usage(0, 0)


@dataclass(frozen=True, slots=True)
class Reply:
    """What every part of one reply repeats.

    ``created`` is in seconds since 1970, ``model`` the name of the collection.
    """

    request_id: str
    created: int
    model: str
    links: Links

    @property
    def id(self) -> str:
        """The completion's id."""
        return f"chatcmpl-{self.request_id}"


def completion(answer: Answer, reply: Reply) -> dict[str, Any]:
    """A `chat.completion`; the offsets of its annotations are code points of the content."""
    text = marked(answer)
    message = {
        "role": "assistant",
        "content": text.content,
        "refusal": None,
        "annotations": annotations(text.marks, reply.links),
    }
    return whole(answer, reply, message) | {KEY: extension(answer, reply.request_id, reply.links)}


def chunks(events: Iterable[Event], reply: Reply, *, usage: bool) -> Iterator[dict[str, Any]]:
    """Every `chat.completion.chunk`: the role, a sentence each, the annotations, and the end.

    The annotations come even where there are none, so that a client need not guess whether they
    are still to come. With ``usage``, the tokens are told in one more chunk without a choice.
    """
    marks: list[Mark] = []
    yield chunk(reply, {"role": "assistant", "content": ""})
    for told in pieces(events):
        match told:
            case Piece():
                marks.extend(told.marks)
                yield chunk(reply, {"content": told.text})
            case Answer():
                last = chunk(reply, {"annotations": annotations(marks, reply.links)})
                yield last | {KEY: extension(told, reply.request_id, reply.links)}
                yield from ending(told, reply, usage=usage)


def annotations(marks: Sequence[Mark], links: Links) -> list[dict[str, Any]]:
    """A `url_citation` for every mark: ``content[start_index:end_index]`` is the mark itself."""
    return [
        {
            "type": "url_citation",
            "url_citation": {
                "start_index": mark.start,
                "end_index": mark.end,
                "title": title(mark.citation.document),
                "url": links.citation(mark.citation),
            },
        }
        for mark in marks
    ]


def whole(answer: Answer, reply: Reply, message: Mapping[str, Any]) -> dict[str, Any]:
    """A `chat.completion` around ``message``."""
    return {
        "id": reply.id,
        "object": "chat.completion",
        "created": reply.created,
        "model": reply.model,
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
        "usage": _usage(answer),
        "system_fingerprint": answer.snapshot,
    }


def chunk(
    reply: Reply, delta: Mapping[str, Any], finish_reason: str | None = None
) -> dict[str, Any]:
    """A `chat.completion.chunk` with one choice."""
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
    return bare_chunk(reply) | {"choices": [choice]}


def bare_chunk(reply: Reply) -> dict[str, Any]:
    """A `chat.completion.chunk` without any choice."""
    return {
        "id": reply.id,
        "object": "chat.completion.chunk",
        "created": reply.created,
        "model": reply.model,
        "choices": [],
    }


def ending(answer: Answer, reply: Reply, *, usage: bool) -> Iterator[dict[str, Any]]:
    """The chunk that says why the stream ends, and the one with the usage where it is asked for."""
    yield chunk(reply, {}, "stop")
    if usage:
        yield bare_chunk(reply) | {"usage": _usage(answer)}


def _usage(answer: Answer) -> dict[str, int]:
    """Tokens of the language model; none where no model was asked."""
    used = answer.usage or _NO_USAGE
    return {
        "prompt_tokens": used.prompt_tokens,
        "completion_tokens": used.completion_tokens,
        "total_tokens": used.prompt_tokens + used.completion_tokens,
    }
