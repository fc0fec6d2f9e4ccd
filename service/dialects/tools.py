"""The tools of the Model Context Protocol, as models are told of them."""

from dataclasses import dataclass, field
from typing import Any

_TEXT = {"type": "string"}
_ANY_TEXT = {"type": ["string", "null"]}


@dataclass(frozen=True, slots=True)
class ToolDescription:
    """A tool that takes one string, ``argument``; ``output`` are the fields of its result."""

    name: str
    title: str
    description: str
    argument: str
    meaning: str
    output: dict[str, Any] = field(default_factory=dict)

    @property
    def input_schema(self) -> dict[str, Any]:
        """The JSON Schema of its arguments."""
        argument = _TEXT | {"description": self.meaning}
        return _object({self.argument: argument}) | {"additionalProperties": False}

    @property
    def output_schema(self) -> dict[str, Any]:
        """The JSON Schema of its result."""
        return _object(self.output)


def _object(fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "required": list(fields)}


def _list(fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": _object(fields)}


SEARCH = ToolDescription(
    name="search",
    title="Search documents",
    description=(
        "Finds documents of this organisation by what they say. Gives their ids, titles and "
        "links, best first; `fetch` gives the text of one. Only documents that the caller may "
        "see are found."
    ),
    argument="query",
    meaning="What to look for: words, names, or a question, in any language.",
    output={"results": _list({"id": _TEXT, "title": _TEXT, "url": _TEXT})},
)
FETCH = ToolDescription(
    name="fetch",
    title="Read a document",
    description="Gives the whole text of a document, its title, and the link to cite it by.",
    argument="id",
    meaning="The id of a document, as `search` gave it.",
    output={
        "id": _TEXT,
        "title": _TEXT,
        "text": _TEXT,
        "url": _TEXT,
        "metadata": {"type": "object", "additionalProperties": _TEXT},
    },
)
ASK = ToolDescription(
    name="ask",
    title="Ask the documents",
    description=(
        "Answers a question from the documents of this organisation. Every sentence carries the "
        "number of its footnote, whose quote was checked against the document; `abstained` says "
        "that the documents do not answer, and `reason` why."
    ),
    argument="question",
    meaning="A question that stands for itself, in any language.",
    output={
        "answer": _TEXT,
        "abstained": {"type": "boolean"},
        "reason": _ANY_TEXT,
        "citations": _list(
            {
                "label": {"type": "integer"},
                "document_id": _TEXT,
                "title": _TEXT,
                "url": _TEXT,
                "quote": _TEXT,
                "start": {"type": "integer"},
                "end": {"type": "integer"},
            }
        ),
        "snapshot": _TEXT,
        "request_id": _TEXT,
    },
)
TOOLS = (SEARCH, FETCH, ASK)
