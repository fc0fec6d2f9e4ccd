"""Schemas of replies in foreign dialects, which are made without models of pydantic."""

from collections.abc import Mapping
from typing import Any

from service.dialects.tools import TOOLS

Schema = dict[str, Any]


def object_of(required: Mapping[str, Schema], **others: Schema) -> Schema:
    """An object with these members at least; what only Footnote knows may come besides."""
    properties = {**required, **others}
    return {"type": "object", "required": list(required), "properties": properties}


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def _one(value: str) -> Schema:
    return {"const": value}


def or_null(kind: str) -> Schema:
    """That kind of value, or none."""
    return {"type": [kind, "null"]}


TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_SCORE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
_ANY: Schema = {"type": "object"}

_PLACE = {"start_index": _COUNT, "end_index": _COUNT, "title": TEXT, "url": TEXT}
_SENTENCE = object_of(
    {
        "text": TEXT,
        "start": _COUNT,
        "end": _COUNT,
        "citations": _list(_COUNT),
        "verdict": TEXT,
        "score": _SCORE,
    }
)
_FOOTNOTE = object_of(
    {
        "label": _COUNT,
        "document_id": TEXT,
        "chunk_id": TEXT,
        "title": TEXT,
        "path": TEXT,
        "uri": TEXT,
        "url": TEXT,
        "page": or_null("integer"),
        "section": _list(TEXT),
        "quote": TEXT,
        "start": _COUNT,
        "end": _COUNT,
        "updated_at": or_null("string"),
    }
)
# What stands under `footnote` in OpenAI's dialects.
_OURS = object_of(
    {
        "request_id": TEXT,
        "snapshot": TEXT,
        "question": TEXT,
        "language": TEXT,
        "abstained": {"type": "boolean"},
        "reason": or_null("string"),
        "silence": or_null("string"),
        "generator": TEXT,
        "text": TEXT,
        "sentences": _list(_SENTENCE),
        "citations": _list(_FOOTNOTE),
    }
)


def _completion(message: Mapping[str, Schema], **besides: Schema) -> Schema:
    whole = {"role": _one("assistant"), "content": TEXT, **message}
    choice = object_of({"index": _COUNT, "message": object_of(whole), "finish_reason": TEXT})
    usage = dict.fromkeys(("prompt_tokens", "completion_tokens", "total_tokens"), _COUNT)
    return object_of(
        {
            "id": TEXT,
            "object": _one("chat.completion"),
            "created": _COUNT,
            "model": TEXT,
            "choices": _list(choice),
            "usage": object_of(usage),
            "system_fingerprint": TEXT,
            "footnote": _OURS,
            **besides,
        }
    )


_URL_CITATION = object_of({"type": _one("url_citation"), "url_citation": object_of(_PLACE)})
_MODEL = object_of(
    {"id": TEXT, "object": _one("model"), "created": _COUNT, "owned_by": TEXT},
)
_MODELS = object_of({"object": _one("list"), "data": _list(_MODEL)})
_ANNOTATION: Schema = {
    "oneOf": [
        object_of({"type": _one("url_citation"), **_PLACE}),
        object_of(
            {
                "type": _one("file_citation"),
                "index": _COUNT,
                "file_id": TEXT,
                "filename": TEXT,
            }
        ),
    ]
}
_OUTPUT = object_of(
    {
        "id": TEXT,
        "type": _one("message"),
        "role": _one("assistant"),
        "status": TEXT,
        "content": _list(
            object_of(
                {
                    "type": _one("output_text"),
                    "text": TEXT,
                    "annotations": _list(_ANNOTATION),
                }
            )
        ),
    }
)
_RESPONSE = object_of(
    {
        "id": TEXT,
        "object": _one("response"),
        "created_at": _COUNT,
        "status": TEXT,
        "model": TEXT,
        "output": _list(_OUTPUT),
        "usage": object_of(
            {"input_tokens": _COUNT, "output_tokens": _COUNT, "total_tokens": _COUNT}
        ),
        "footnote": _OURS,
    }
)
_SOURCE = object_of(
    {
        "source": object_of({"id": TEXT, "name": TEXT, "url": TEXT}),
        "document": _list(TEXT),
        "metadata": _list(_FOOTNOTE),
    }
)
_AZURE_CITATION = object_of(
    {"content": TEXT, "title": TEXT, "url": TEXT, "filepath": TEXT, "chunk_id": TEXT}
)
_RECORD = object_of({"content": TEXT, "score": _SCORE, "title": TEXT, "metadata": _ANY})


def _event(name: Schema) -> Schema:
    """One server-sent event: its name, and JSON or the word `[DONE]` as its data."""
    return object_of({"data": TEXT}, event=name)


# Before its version 3.2, OpenAPI has one schema for each event of a stream.
_NAMELESS = _event(_one("message"))
EVENTS: Mapping[str, Schema] = {
    "POST /ask": _event({"enum": ["evidence", "sentence", "answer", "error"]}),
    "POST /v1/responses": _event({"type": "string", "pattern": "^response[.]"}),
    "POST /v1/chat/completions": _NAMELESS,
    "POST /open-webui/v1/chat/completions": _NAMELESS,
    "POST /openai/deployments/{deployment}/chat/completions": _NAMELESS,
    "POST /api/chat": _NAMELESS,
}

# By operation, of the JSON it replies when all is well.
REPLIES: Mapping[str, Schema] = {
    "POST /v1/chat/completions": _completion({"annotations": _list(_URL_CITATION)}),
    "POST /open-webui/v1/chat/completions": _completion({}, sources=_list(_SOURCE)),
    "POST /openai/deployments/{deployment}/chat/completions": _completion(
        {"context": object_of({"citations": _list(_AZURE_CITATION), "intent": TEXT})}
    ),
    "POST /v1/responses": _RESPONSE,
    "GET /v1/models": _MODELS,
    "GET /v1/models/{name}": _MODEL,
    "GET /open-webui/v1/models": _MODELS,
    "POST /retrieval": object_of({"records": _list(_RECORD)}),
}

_ID: Schema = {"type": ["string", "integer", "null"]}
# JSON-RPC 2.0, as the Model Context Protocol uses it.
MCP_REQUEST = object_of(
    {"jsonrpc": _one("2.0"), "method": TEXT}, id={"type": ["string", "integer"]}, params=_ANY
)
MCP_REPLY = object_of(
    {"jsonrpc": _one("2.0"), "id": _ID},
    result=object_of({}, structuredContent={"anyOf": [dict(tool.output_schema) for tool in TOOLS]}),
    error=object_of({"code": {"type": "integer"}, "message": TEXT}),
)
