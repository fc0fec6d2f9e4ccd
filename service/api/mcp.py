"""/mcp: the Model Context Protocol over streamable HTTP, with the tools search, fetch and ask.

Every request stands for itself, and is answered with JSON. The caller is the one that the
Authentication middleware found. ``/mcp?collection=NAME`` searches that collection.
"""

import json
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPASGIApp, StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INTERNAL_ERROR,
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
)
from starlette.concurrency import run_in_threadpool
from starlette.routing import Route

from indexes.errors import FootnoteError, GenerationError
from indexes.types import Filters, Mode
from service.answering.types import Answer, Question
from service.api.asking import pose
from service.api.foreign import Context
from service.api.limits import check_length
from service.api.problems import log_failure
from service.dialects.connector import answered, fetched, found
from service.dialects.conversation import is_blank, whole_characters
from service.dialects.tools import ASK, FETCH, SEARCH, TOOLS
from service.errors import UNFORESEEN, InvalidRequest, problem_of
from service.settings import Settings

_PATH = "/mcp"
# Passages that a search looks at; documents that share some come once.
_PASSAGES = 20
_HERE = ("127.0.0.1", "localhost", "[::1]")

Call = ServerRequestContext[Any, Request]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The protocol's endpoint. It answers only while it runs."""

    sessions: StreamableHTTPSessionManager

    @classmethod
    def at(cls, app: FastAPI, settings: Settings) -> "Endpoint":
        """Serve the protocol at /mcp of ``app``."""
        sessions = StreamableHTTPSessionManager(
            Server("footnote", on_list_tools=_list, on_call_tool=_call),
            json_response=True,
            stateless=True,
            security_settings=_security(settings),
            max_request_body_size=settings.max_body_bytes,
        )
        # No GET: it would open a stream on which a server without sessions never says anything.
        endpoint = Route(_PATH, StreamableHTTPASGIApp(sessions), methods=["POST"])
        app.router.routes.append(endpoint)
        return cls(sessions)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """For the life of the application; once."""
        async with self.sessions.run():
            yield


def _security(settings: Settings) -> TransportSecuritySettings:
    """Only hosts that are this service's own names, so that no web page can rebind one to it."""
    hosts = [settings.host, *_HERE]
    origins = [f"http://{host}" for host in hosts]
    public = urlsplit(settings.public_url)
    if public.netloc:
        hosts.append(public.netloc)
        origins.append(f"{public.scheme}://{public.netloc}")
    return TransportSecuritySettings(
        enable_dns_rebinding_protection=True,
        allowed_hosts=[name for host in hosts for name in (host, f"{host}:*")],
        allowed_origins=[name for origin in origins for name in (origin, f"{origin}:*")],
    )


async def _list(call: Call, params: PaginatedRequestParams | None) -> ListToolsResult:  # noqa: ARG001 (the tools are the same for everybody, and few)
    return ListToolsResult(
        tools=[
            Tool(
                name=each.name,
                title=each.title,
                description=each.description,
                input_schema=each.input_schema,
                output_schema=each.output_schema,
                annotations=ToolAnnotations(read_only_hint=True, open_world_hint=False),
            )
            for each in TOOLS
        ]
    )


async def _call(call: Call, params: CallToolRequestParams) -> CallToolResult:
    """The tool's result, as JSON and as a text; what went wrong is told to the model."""
    request = call.request
    if request is None:
        raise GenerationError("a tool was called without an HTTP request")
    request_id: str = request.state.request_id
    try:
        result = await run_in_threadpool(_result, params, request)
    except FootnoteError as exc:
        log_failure(exc, request_id)
        told = TextContent(type="text", text=problem_of(exc).detail)
        return CallToolResult(content=[told], is_error=True)
    except Exception as exc:
        # The library would put the words of the error into its answer, and they may name paths.
        _log.exception("unforeseen error", extra={"fields": {"request_id": request_id}})
        raise MCPError(INTERNAL_ERROR, UNFORESEEN.detail) from exc
    text = TextContent(type="text", text=json.dumps(result, ensure_ascii=False))
    return CallToolResult(content=[text], structured_content=result)


def _result(params: CallToolRequestParams, request: Request) -> dict[str, Any]:
    context = Context(request)
    for tool in TOOLS:
        if tool.name == params.name:
            given = (params.arguments or {}).get(tool.argument)
            if not isinstance(given, str) or is_blank(given):
                raise InvalidRequest(tool.argument, "is missing or blank; it is a text")
            return _RUN[tool.name](whole_characters(given, tool.argument), context)
    raise InvalidRequest("name", f"there is no tool {params.name[:40]!r}")


def _search(query: str, context: Context) -> dict[str, Any]:
    service = context.service
    check_length(SEARCH.argument, query, service.settings.max_question_chars)
    index = service.collections.get(_collection(context))
    result = index.search(query, context.caller.scope, Filters(), _PASSAGES, Mode.HYBRID)
    found_in = index.manifest.collection
    service.telemetry.search(query, found_in, result.timings_ms, len(result.hits))
    return found(result.hits, context.links)


def _fetch(document_id: str, context: Context) -> dict[str, Any]:
    index, document = context.service.collections.document(document_id, context.caller.scope)
    return fetched(document, index.snapshot_id, context.links)


def _ask(text: str, context: Context) -> dict[str, Any]:
    question = Question(text, release=context.service.settings.release)
    posed = pose(context, question, _collection(context))
    for event in posed.events():
        if isinstance(event, Answer):
            return answered(event, context.request_id, context.links)
    raise GenerationError(f"the request {context.request_id} ended without an answer")


def _collection(context: Context) -> str:
    return context.collection(context.request.query_params.get("collection"))


_RUN: Mapping[str, Callable[[str, Context], dict[str, Any]]] = {
    SEARCH.name: _search,
    FETCH.name: _fetch,
    ASK.name: _ask,
}
