"""/open-webui/v1: OpenAI's dialect with the sources that Open WebUI shows."""

from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from service.api.chat_completions import STREAMED, ChatRequest, complete
from service.api.foreign import TheContext
from service.api.openai_chat import served
from service.dialects import open_webui
from service.dialects.openai_models import models

router = APIRouter(prefix="/open-webui/v1", tags=["Open WebUI"])


@router.post("/chat/completions", response_class=JSONResponse, responses=STREAMED)
async def chat(body: ChatRequest, context: TheContext) -> Response:
    """Answer the last message of the user, with a source for every [n] of the text."""
    return await complete(body, body.model, context, open_webui)


@router.get("/models")
def list_models(context: TheContext) -> dict[str, Any]:
    """The collections that are served and hold something that the caller may see."""
    return models(served(context))
