"""Open WebUI: chat completions with inline [n], and the n-th source beside them.

Open WebUI counts sources by ``metadata.source`` and names them by ``metadata.name``; two with the
same would become one, and every later number would point at the wrong source. So both differ for
every footnote. It takes a source from an ``event`` of the stream; where it talks to a connection
directly it reads ``sources``.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from service.answering.types import Answer, Citation, Event
from service.dialects.footnotes import KEY, extension, footnote
from service.dialects.links import title
from service.dialects.marking import Piece, Style, marked, pieces
from service.dialects.openai_chat import Reply, bare_chunk, chunk, ending, whole

# It finds marks by their look.
STYLE = Style(recognised=True)


def completion(answer: Answer, reply: Reply) -> dict[str, Any]:
    """A `chat.completion` with its sources."""
    message = {
        "role": "assistant",
        "content": marked(answer, STYLE).content,
        "refusal": None,
    }
    return whole(answer, reply, message) | {
        "sources": sources(answer.citations, reply),
        KEY: extension(answer, reply.request_id, reply.links),
    }


def chunks(events: Iterable[Event], reply: Reply, *, usage: bool) -> Iterator[dict[str, Any]]:
    """Every chunk: a sentence each, behind it the sources that it is the first to cite."""
    names: set[str] = set()
    yield chunk(reply, {"role": "assistant", "content": ""})
    for told in pieces(events, STYLE):
        match told:
            case Piece():
                yield chunk(reply, {"content": told.text})
                for citation in told.introduced:
                    data = _source(citation, names, reply)
                    yield bare_chunk(reply) | {"event": {"type": "source", "data": data}}
            case Answer():
                last = bare_chunk(reply) | {"sources": sources(told.citations, reply)}
                yield last | {KEY: extension(told, reply.request_id, reply.links)}
                yield from ending(told, reply, usage=usage)


def sources(citations: Iterable[Citation], reply: Reply) -> list[dict[str, Any]]:
    """The sources that the marks of the content count, in their order."""
    names: set[str] = set()
    return [_source(citation, names, reply) for citation in citations]


def _source(citation: Citation, names: set[str], reply: Reply) -> dict[str, Any]:
    named = title(citation.document)
    name = f"{named} [{citation.label}]" if named in names else named
    names.add(name)
    identity = f"{citation.document.id}:{citation.start}-{citation.end}"
    link = reply.links.citation(citation)
    metadata = footnote(citation, reply.links) | {"source": identity, "name": name}
    return {
        "source": {"id": identity, "name": name, "url": link},
        "document": [citation.quote],
        "metadata": [metadata],
    }
