"""What a route is given: the parts of the service, who is calling, and the request's id."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from service.answering.answer import Answerer
from service.auth import Authenticator, Caller
from service.collections import Collections
from service.feedback import FeedbackStore, RecentExchanges
from service.settings import Settings
from service.telemetry import Telemetry


@dataclass(frozen=True, slots=True)
class Service:
    """The parts that requests share, each safe to use from any thread."""

    settings: Settings
    authenticator: Authenticator
    collections: Collections
    answerer: Answerer
    feedback: FeedbackStore
    recent: RecentExchanges
    telemetry: Telemetry


# Coroutines, so that none of them takes a thread to look something up.
async def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


async def _caller(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


async def _request_id(request: Request) -> str:
    request_id: str = request.state.request_id
    return request_id


TheService = Annotated[Service, Depends(_service)]
# Set by the Authentication middleware; a route that asks for it and was let through without one
# fails, it never falls back to anybody.
TheCaller = Annotated[Caller, Depends(_caller)]
TheRequestId = Annotated[str, Depends(_request_id)]
