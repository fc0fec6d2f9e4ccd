"""GET /healthz, /readyz and /metrics: for those who operate the service."""

from typing import Any

from fastapi import APIRouter, Response

from service.api.dependencies import TheService
from service.api.replies import StateReply

router = APIRouter()

_PLAIN: dict[int | str, dict[str, Any]] = {
    200: {"description": "The metrics", "content": {"text/plain": {"schema": {"type": "string"}}}}
}


@router.get("/healthz")
async def live() -> StateReply:
    """That the process answers at all."""
    return StateReply(status="alive")


@router.get("/readyz")
async def ready(service: TheService) -> StateReply:
    """Whether the embedder and at least one snapshot are loaded; 503 says what is missing."""
    missing = service.collections.unready()
    if missing is not None:
        raise missing
    return StateReply(status="ready")


@router.get("/metrics", response_class=Response, responses=_PLAIN)
def metrics(service: TheService) -> Response:
    """Prometheus metrics, for any caller with a key and for this machine itself."""
    told = service.telemetry.exposition(service.collections.served())
    return Response(told, media_type=service.telemetry.content_type)
