"""POST /retrieval: a collection as an external knowledge base of Dify."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import Field

from indexes.types import Filters, Mode
from service.api.foreign import ForeignRequest, TheContext
from service.api.limits import check_length
from service.api.schemas import QuestionText, Text
from service.dialects import dify
from service.dialects.dify_conditions import Condition, Conditions

router = APIRouter(tags=["Dify"])

# Passages that conditions choose from; those that they leave are counted only then.
_MOST = 100


class RetrievalSetting(ForeignRequest):
    """How many records are wanted, and with which score at least."""

    top_k: Annotated[int, Field(ge=1)] = 4
    score_threshold: Annotated[float, Field(allow_inf_nan=False)] | None = None


class ConditionRequest(ForeignRequest):
    """A comparison of one field of the metadata, or of any of several."""

    name: Text | list[Text]
    comparison_operator: Text
    value: Any = None

    def condition(self) -> Condition:
        """As records are held against it."""
        names = (self.name,) if isinstance(self.name, str) else tuple(self.name)
        return Condition(names, self.comparison_operator, self.value)


class MetadataCondition(ForeignRequest):
    """Conditions that all hold, or any."""

    logical_operator: Literal["and", "or"] | None = None
    conditions: list[ConditionRequest] | None = None

    def all(self) -> Conditions:
        """As records are held against them. InvalidRequest for an operator that there is not."""
        each = tuple(condition.condition() for condition in self.conditions or ())
        return Conditions(each, self.logical_operator or "and")


class RetrievalRequest(ForeignRequest):
    """A query of the collection ``knowledge_id``."""

    knowledge_id: Text
    query: QuestionText
    retrieval_setting: RetrievalSetting = RetrievalSetting()
    metadata_condition: MetadataCondition | None = None


@router.post("/retrieval")
def retrieve(body: RetrievalRequest, context: TheContext) -> dict[str, Any]:
    """The best passages of the documents that the caller may see, as records."""
    service = context.service
    check_length("query", body.query, service.settings.max_question_chars)
    conditions = (body.metadata_condition or MetadataCondition()).all()
    setting = body.retrieval_setting
    wanted = min(setting.top_k, _MOST)
    index = service.collections.get(context.collection(body.knowledge_id))
    depth = _MOST if conditions.all else wanted
    result = index.search(body.query, context.caller.scope, Filters(), depth, Mode.HYBRID)
    found_in = index.manifest.collection
    service.telemetry.search(body.query, found_in, result.timings_ms, len(result.hits))
    threshold = setting.score_threshold or 0.0
    return dify.reply(dify.records(result.hits, wanted, threshold, conditions, context.links))
