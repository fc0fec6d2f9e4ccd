"""An answer given again in the bytes that told it before: no route, no thread, no search."""

import json
from time import perf_counter

from fastapi import Request, Response
from pydantic import ValidationError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from indexes.errors import FootnoteError
from service.api.answers import AnswerReply
from service.api.asking import Posed, pose
from service.api.dependencies import Given
from service.api.middleware import replaying
from service.api.schemas import AskRequest

_JSON = "application/json"
# The last fields of an AnswerReply: of two replies that tell one answer, only these differ.
_OWN = {"timings_ms", "request_id"}
# As compact as the rest of the reply.
_encode = json.JSONEncoder(separators=(",", ":")).encode
# A longer body is left to the route: reading it twice would hold up everybody else.
_MOST_BYTES = 16 * 1024


class Again:
    """Stands before the route of POST /ask, and answers what was asked before letter for letter.

    All that it does is bounded and done in memory, in some ten microseconds: it can be done by the
    event loop itself. Whatever is not as expected goes to the route, which finds the words for it.
    """

    def __init__(self, app: ASGIApp, route: object) -> None:
        """``route`` is what the request is counted as."""
        self._app = app
        self._route = route
        self._path = getattr(route, "path", None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """For a body that comes in one piece, as it does behind a BodyLimit."""
        if scope["type"] != "http" or scope["path"] != self._path or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        message = await receive()
        response = _response(Request(scope), message)
        if response is not None:
            scope["route"] = self._route
            await response(scope, receive, send)
            return
        await self._app(scope, replaying(message, receive), send)


def _response(request: Request, message: Message) -> Response | None:
    body = message.get("body", b"")
    if len(body) > _MOST_BYTES or request.headers.get("content-type") != _JSON:
        return None
    try:
        asked = AskRequest.model_validate_json(body)
        if asked.stream:
            return None
        given = Given(request)
        return told_again(
            pose(given, asked.asked(given.service.settings.release), asked.collection)
        )
    except (ValidationError, FootnoteError):
        return None


def told_again(posed: Posed) -> Response | None:
    """The reply to a question that was answered before, letter for letter, to the same scope.

    It is counted and remembered as any other.
    """
    began = perf_counter()
    told = posed.service.answerer.told(posed.question, posed.index, posed.caller.scope)
    if told is None:
        return None
    timings_ms = {"total": (perf_counter() - began) * 1000}
    posed.answered(told.answer, timings_ms)
    own = _encode({"timings_ms": timings_ms, "request_id": posed.request_id})
    # Two objects become one: the end of the first and the beginning of the second make a comma.
    return Response(told.body[:-1] + b"," + own[1:].encode(), media_type=_JSON)


def keep(posed: Posed, reply: AnswerReply) -> None:
    """Keep what ``reply`` tells for the next who asks the same, once somebody has asked it again.

    So that what is asked once, as most things are, is not kept twice.
    """
    if reply.cached == "exact":
        body = reply.model_dump_json(exclude=_OWN).encode()
        posed.service.answerer.keep_told(posed.question, posed.index, posed.caller.scope, body)
