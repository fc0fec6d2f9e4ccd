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


@dataclass(frozen=True, slots=True)
class Given:
    """A request, as it is when it comes to a route: let in, and known by an id."""

    request: Request

    @property
    def service(self) -> Service:
        """The parts that all requests share."""
        service: Service = self.request.app.state.service
        return service

    @property
    def caller(self) -> Caller:
        """Who asks. Set by the Authentication middleware.

        A route that asks for it and was let through without one fails, it never falls back to
        anybody.
        """
        caller: Caller = self.request.state.caller
        return caller

    @property
    def request_id(self) -> str:
        """What the request is known by."""
        request_id: str = self.request.state.request_id
        return request_id


# Coroutines, so that none of them takes a thread to look something up.
async def _service(request: Request) -> Service:
    return Given(request).service


async def _caller(request: Request) -> Caller:
    return Given(request).caller


TheService = Annotated[Service, Depends(_service)]
TheCaller = Annotated[Caller, Depends(_caller)]
