"""/openai/deployments: Azure OpenAI's dialect, a collection for a deployment."""

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from service.api.chat_completions import STREAMED, ChatRequest, complete
from service.api.foreign import TheContext
from service.dialects import azure

router = APIRouter(prefix="/openai/deployments", tags=["Azure"])


@router.post("/{deployment}/chat/completions", response_class=JSONResponse, responses=STREAMED)
async def chat(deployment: str, body: ChatRequest, context: TheContext) -> Response:
    """Answer the last message of the user as Azure's "On Your Data" does, from documents here."""
    return await complete(body, deployment, context, azure)
