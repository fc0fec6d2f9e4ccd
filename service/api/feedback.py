"""POST /feedback: what somebody thought of an answer."""

from http import HTTPStatus

from fastapi import APIRouter

from service.api.dependencies import TheCaller, TheService
from service.api.replies import FeedbackReply
from service.api.schemas import FeedbackRequest

router = APIRouter()


@router.post("/feedback", status_code=HTTPStatus.CREATED)
def give_feedback(body: FeedbackRequest, service: TheService, caller: TheCaller) -> FeedbackReply:
    """Store a verdict, with the question and its answer's sources if they are remembered."""
    if body.document_id is not None:
        service.collections.document(body.document_id, caller.scope)
    exchange = service.recent.find(caller, body.request_id)
    service.feedback.add(body.given(), caller, exchange)
    service.telemetry.feedback(body.verdict, known=exchange is not None)
    return FeedbackReply(request_id=body.request_id, answer_known=exchange is not None)
