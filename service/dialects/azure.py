"""Azure OpenAI "On Your Data": chat completions with [docN] and what N stands for.

The shape of API versions from 2024-02-15-preview on. There the citations come with the role,
before any text, so the text is told only when the answer is whole.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from service.answering.types import Answer, Citation, Event
from service.dialects.footnotes import KEY, extension
from service.dialects.links import Links, title
from service.dialects.marking import Piece, Style, marked, pieces
from service.dialects.openai_chat import Reply, chunk, ending, whole

STYLE = Style(prefix="doc", recognised=True)


def completion(answer: Answer, reply: Reply) -> dict[str, Any]:
    """A `chat.completion` whose message has the context."""
    message = {
        "role": "assistant",
        "content": marked(answer, STYLE).content,
        "refusal": None,
        "end_turn": True,
        "context": _context(answer, reply.links),
    }
    return whole(answer, reply, message) | {KEY: extension(answer, reply.request_id, reply.links)}


def chunks(events: Iterable[Event], reply: Reply, *, usage: bool) -> Iterator[dict[str, Any]]:
    """Every chunk: the role with the context, a sentence each, and the end."""
    texts: list[str] = []
    for told in pieces(events, STYLE):
        match told:
            case Piece():
                texts.append(told.text)
            case Answer():
                opening = {"role": "assistant", "context": _context(told, reply.links)}
                yield chunk(reply, opening)
                for text in texts:
                    yield chunk(reply, {"content": text})
                end, *counted = ending(told, reply, usage=usage)
                yield end | {KEY: extension(told, reply.request_id, reply.links)}
                yield from counted


def _context(answer: Answer, links: Links) -> dict[str, Any]:
    """The citations, of which [docN] means the N-th; ``intent`` lists what was searched for.

    The intent is a list in JSON, as Azure gives it.
    """
    return {
        "citations": [_citation(citation, links) for citation in answer.citations],
        "intent": json.dumps([answer.question], ensure_ascii=False),
    }


def _citation(citation: Citation, links: Links) -> dict[str, Any]:
    return {
        "content": citation.quote,
        "title": title(citation.document),
        "url": links.citation(citation),
        "filepath": citation.document.path,
        "chunk_id": citation.chunk_id,
    }
