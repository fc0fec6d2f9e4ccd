"""OpenAI responses: the whole object, and the events of a stream.

Each mark has two annotations: a `url_citation`, which opens the page at the quote, and a
`file_citation`, which names the document. Offsets are code points of the text.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from service.answering.types import Answer, Event, Usage
from service.dialects.footnotes import KEY, extension
from service.dialects.links import Links, file_name, title
from service.dialects.marking import Mark, Piece, marked, pieces
from service.dialects.openai_chat import Reply

# Where the text stands: the first output, its first content.
_PLACE = {"output_index": 0, "content_index": 0}
_NO_USAGE = Usage(0, 0)


def response(answer: Answer, reply: Reply) -> dict[str, Any]:
    """A completed `response`."""
    text = marked(answer)
    return _completed(answer, reply, text.content, annotations(text.marks, reply.links))


def stream(events: Iterable[Event], reply: Reply) -> Iterator[dict[str, Any]]:
    """Every event of the stream, numbered from 0 on."""
    for number, event in enumerate(_stream(events, reply)):
        yield event | {"sequence_number": number}


def failed(reply: Reply, code: str, message: str, sequence_number: int) -> dict[str, Any]:
    """The last event of a stream that cannot go on."""
    error = {"code": code, "message": message}
    ended = _response(reply, "failed", []) | {"error": error}
    return {"type": "response.failed", "response": ended, "sequence_number": sequence_number}


def annotations(marks: Sequence[Mark], links: Links) -> list[dict[str, Any]]:
    """Two for every mark, in order; ``text[start_index:end_index]`` is the mark itself."""
    return [each for mark in marks for each in _annotations(mark, links)]


def _stream(events: Iterable[Event], reply: Reply) -> Iterator[dict[str, Any]]:
    item = _item_id(reply)
    place = _PLACE | {"item_id": item}
    text = ""
    told: list[dict[str, Any]] = []
    yield _of_response("response.created", _response(reply, "in_progress", []))
    yield _of_response("response.in_progress", _response(reply, "in_progress", []))
    yield _of_item("response.output_item.added", _message(item, "in_progress", []))
    yield {"type": "response.content_part.added", "part": _text("", [])} | place
    for each in pieces(events):
        match each:
            case Piece():
                delta = {"delta": each.text, "logprobs": []}
                yield {"type": "response.output_text.delta"} | delta | place
                for annotation in annotations(each.marks, reply.links):
                    added = {"annotation": annotation, "annotation_index": len(told)}
                    yield {"type": "response.output_text.annotation.added"} | added | place
                    told.append(annotation)
                text += each.text
            case Answer():
                done = {"text": text, "logprobs": []}
                yield {"type": "response.output_text.done"} | done | place
                part = _text(text, told)
                yield {"type": "response.content_part.done", "part": part} | place
                yield _of_item("response.output_item.done", _message(item, "completed", [part]))
                completed = _completed(each, reply, text, told)
                yield _of_response("response.completed", completed)


def _annotations(mark: Mark, links: Links) -> Iterator[dict[str, Any]]:
    document = mark.citation.document
    yield {
        "type": "url_citation",
        "start_index": mark.start,
        "end_index": mark.end,
        "title": title(document),
        "url": links.citation(mark.citation),
    }
    # The index is where in the text the file is cited, as OpenAI's own responses have it.
    yield {
        "type": "file_citation",
        "index": mark.start,
        "file_id": document.id,
        "filename": file_name(document),
    }


def _completed(
    answer: Answer, reply: Reply, text: str, told: list[dict[str, Any]]
) -> dict[str, Any]:
    message = _message(_item_id(reply), "completed", [_text(text, told)])
    return _response(reply, "completed", [message]) | {
        "usage": _usage(answer),
        KEY: extension(answer, reply.request_id, reply.links),
    }


def _response(reply: Reply, status: str, output: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": _response_id(reply),
        "object": "response",
        "created_at": reply.created,
        "status": status,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "model": reply.model,
        "output": output,
        "parallel_tool_calls": False,
        "previous_response_id": None,
        "store": False,
        "temperature": None,
        "text": {"format": {"type": "text"}},
        "tool_choice": "none",
        "tools": [],
        "top_p": None,
        "truncation": "disabled",
        "usage": None,
    }


def _message(item: str, status: str, content: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": item,
        "type": "message",
        "role": "assistant",
        "status": status,
        "content": content,
    }


def _text(text: str, told: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": told, "logprobs": []}


def _of_response(kind: str, whole: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": kind, "response": whole}


def _of_item(kind: str, item: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": kind, "output_index": _PLACE["output_index"], "item": item}


def _response_id(reply: Reply) -> str:
    return f"resp_{reply.request_id}"


def _item_id(reply: Reply) -> str:
    return f"msg_{reply.request_id}"


def _usage(answer: Answer) -> dict[str, Any]:
    """Tokens of the language model; none where no model was asked."""
    used = answer.usage or _NO_USAGE
    return {
        "input_tokens": used.prompt_tokens,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": used.completion_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": used.prompt_tokens + used.completion_tokens,
    }
