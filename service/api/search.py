"""POST /search: passages, without an answer."""

from fastapi import APIRouter

from service.api.dependencies import TheCaller, TheService
from service.api.limits import check_length
from service.api.related import Related
from service.api.replies import SearchReply
from service.api.schemas import SearchRequest, filters_of

router = APIRouter()


@router.post("/search")
def search(body: SearchRequest, service: TheService, caller: TheCaller) -> SearchReply:
    """The best passages for a query, of the documents that the caller may see."""
    check_length("query", body.query, service.settings.max_question_chars)
    index = service.collections.get(body.collection)
    result = index.search(body.query, caller.scope, filters_of(body.filters), body.k, body.mode)
    found_in = index.manifest.collection
    service.telemetry.search(body.query, found_in, result.timings_ms, len(result.hits))
    return SearchReply.of(result, index.snapshot_id, Related(index.catalog, caller.scope))
