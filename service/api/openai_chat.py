"""POST /v1/chat/completions and GET /v1/models: OpenAI's dialect, collections as its models."""

from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from indexes.errors import FootnoteError, UnknownCollection
from indexes.types import Filters
from service.api.chat_completions import STREAMED, ChatRequest, complete
from service.api.foreign import Context, TheContext
from service.dialects import openai_chat
from service.dialects.openai_models import Model, model, models

router = APIRouter(tags=["OpenAI"])


@router.post("/v1/chat/completions", response_class=JSONResponse, responses=STREAMED)
async def chat(body: ChatRequest, context: TheContext) -> Response:
    """Answer the last message of the user; every mark of the text has its annotation."""
    return await complete(body, body.model, context, openai_chat)


@router.get("/v1/models")
def list_models(context: TheContext) -> dict[str, Any]:
    """The collections that are served and hold something that the caller may see."""
    return models(served(context))


@router.get("/v1/models/{name}")
def get_model(name: str, context: TheContext) -> dict[str, Any]:
    """One of them."""
    for each in served(context):
        if each.name == name:
            return model(each)
    raise UnknownCollection(f"there is no model {name[:100]!r}; GET /v1/models lists all")


def served(context: Context) -> list[Model]:
    """The collections that the caller can ask, by name. Why none can be asked, if none can."""
    collections = context.service.collections
    unready = collections.unready()
    if unready is not None:
        raise unready
    found: list[Model] = []
    for name in collections.names():
        try:
            index = collections.get(name)
        except FootnoteError:
            continue  # the log and /readyz say why it is not served
        if index.catalog.count(context.caller.scope, Filters()):
            found.append(Model(name, index.manifest.created_at))
    return found
