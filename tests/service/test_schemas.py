"""What callers may send, and what it becomes."""

from typing import Any

import pytest
from pydantic import ValidationError

from indexes.types import Filters, Mode
from service.answering.types import Question, Release, Turn
from service.api.schemas import (
    AskRequest,
    FeedbackRequest,
    FilterRequest,
    ListingRequest,
    SearchRequest,
    filters_of,
)


def test_a_question_becomes_what_the_answerer_takes() -> None:
    body = AskRequest.model_validate(
        {
            "question": "And in Hà Nội?",
            "history": [{"role": "user", "content": "Where?"}],
            "top_k": 3,
            "filters": {"path_prefix": "hr/", "type": ["pdf"], "language": ["vi"], "tags": ["x"]},
            "release": "flag",
            "mask": True,
        }
    )
    assert body.asked(Release.STRICT) == Question(
        "And in Hà Nội?",
        (Turn("user", "Where?"),),
        3,
        Filters("hr/", frozenset({"pdf"}), frozenset({"vi"}), frozenset({"x"})),
        Release.FLAG,
        mask=True,
    )
    for default in Release:
        assert AskRequest(question="Why?").asked(default) == Question("Why?", release=default)
    assert SearchRequest(query="why").mode is Mode.HYBRID


def test_null_is_as_good_as_left_out() -> None:
    asked = {"question": "Why?", "history": None, "filters": None, "collection": None}
    body = AskRequest.model_validate(asked)
    assert body.asked(Release.STRICT) == AskRequest(question="Why?").asked(Release.STRICT)
    assert filters_of(SearchRequest.model_validate({"query": "x", "filters": None}).filters) == (
        Filters()
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("2024-02-29", "2024-02-29"),
        ("2024-02-29T10:00:00Z", "2024-02-29T10:00:00Z"),
        ("2024-02-29T10:00:00", "2024-02-29T10:00:00Z"),
        ("2024-03-01T06:30:00+07:00", "2024-02-29T23:30:00Z"),
        ("2024-02-29T10:00:00.750Z", "2024-02-29T10:00:00Z"),
    ],
)
def test_dates_are_compared_in_utc(given: str, expected: str) -> None:
    filters = FilterRequest(date_from=given, date_to=given).filters()
    assert (filters.date_from, filters.date_to) == (expected, expected)


@pytest.mark.parametrize(
    ("schema", "body", "field"),
    [
        (AskRequest, {}, "question"),
        (AskRequest, {"question": ""}, "question"),
        (AskRequest, {"question": " \n\t\u3000"}, "question"),
        (AskRequest, {"question": " \u200b\u00ad\ufeff"}, "question"),
        (SearchRequest, {"query": "\u200b"}, "query"),
        (AskRequest, {"question": 7}, "question"),
        (AskRequest, {"question": "\ud800"}, "question"),
        (AskRequest, {"question": "x", "top_k": 0}, "top_k"),
        (AskRequest, {"question": "x", "top_k": 101}, "top_k"),
        (AskRequest, {"question": "x", "history": [{"role": "system", "content": ""}]}, "history"),
        (AskRequest, {"question": "x", "filters": {"types": ["pdf"]}}, "filters"),
        (AskRequest, {"question": "x", "filters": {"type": "pdf"}}, "filters"),
        (AskRequest, {"question": "x", "filters": {"tags": ["t"] * 101}}, "filters"),
        (AskRequest, {"question": "x", "filters": {"date_from": "yesterday"}}, "filters"),
        (
            AskRequest,
            {"question": "x", "filters": {"date_to": "0001-01-01T00:00+09:00"}},
            "filters",
        ),
        (AskRequest, {"question": "x", "groups": ["hr"]}, "groups"),
        (AskRequest, {"question": "x", "collection": "\ud800"}, "collection"),
        (AskRequest, {"question": "x", "filters": {"tags": ["\udfff"]}}, "filters"),
        (SearchRequest, {"query": "x", "k": 0}, "k"),
        (SearchRequest, {"query": "x", "mode": "magic"}, "mode"),
        (SearchRequest, {"query": "\n"}, "query"),
        (ListingRequest, {"limit": 0}, "limit"),
        (ListingRequest, {"offset": -1}, "offset"),
        (ListingRequest, {"offset": 2**63}, "offset"),
        (ListingRequest, {"groups": "hr"}, "groups"),
        (FeedbackRequest, {"request_id": "a b", "verdict": "up"}, "request_id"),
        (FeedbackRequest, {"request_id": "a\n", "verdict": "up"}, "request_id"),
        (FeedbackRequest, {"request_id": "a" * 65, "verdict": "up"}, "request_id"),
        (FeedbackRequest, {"request_id": "a", "verdict": "sideways"}, "verdict"),
        (FeedbackRequest, {"request_id": "a", "verdict": "up", "comment": "x" * 4001}, "comment"),
    ],
)
def test_a_wrong_field_is_named(schema: Any, body: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        schema.model_validate(body)
    assert {error["loc"][0] for error in caught.value.errors()} == {field}
