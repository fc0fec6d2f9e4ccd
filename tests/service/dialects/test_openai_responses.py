from typing import Any

import pytest
from hypothesis import given
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from service.dialects.openai_responses import failed, response, stream
from tests.service.dialects.test_marking import CONTENT
from tests.service.dialects.told import (
    ANSWERS,
    HOLIDAYS,
    LEAVE,
    LINKS,
    REPLY,
    Told,
    abstained,
    told,
    with_usage,
)

EVENT: TypeAdapter[ResponseStreamEvent] = TypeAdapter(ResponseStreamEvent)


def streamed(made: Told) -> list[dict[str, Any]]:
    return list(stream(made.events, REPLY))


def part_of(whole: dict[str, Any]) -> dict[str, Any]:
    part: dict[str, Any] = whole["output"][0]["content"][0]
    return part


def test_a_response_to_the_letter() -> None:
    answer = told("zh").answer
    ten, more = (LINKS.citation(citation) for citation in answer.citations)
    annotations: list[dict[str, Any]] = []
    for start, end, url in ((10, 13, ten), (30, 33, more), (33, 36, ten)):
        cited = {"start_index": start, "end_index": end, "title": "年假", "url": url}
        file = {"index": start, "file_id": HOLIDAYS.id, "filename": "年假.md"}
        annotations += [{"type": "url_citation", **cited}, {"type": "file_citation", **file}]
    whole = response(answer, REPLY)
    assert whole["output"] == [
        {
            "id": "msg_req-1",
            "type": "message",
            "role": "assistant",
            "status": "completed",
            "content": [
                {
                    "type": "output_text",
                    "text": CONTENT["zh"],
                    "annotations": annotations,
                    "logprobs": [],
                }
            ],
        }
    ]
    assert (whole["id"], whole["object"], whole["status"]) == (
        "resp_req-1",
        "response",
        "completed",
    )
    assert (whole["model"], whole["created_at"]) == ("wiki", 1_700_000_000)
    assert whole["footnote"]["citations"][0]["quote"] == "员工每年有十天年假。"


def test_a_stream_comes_in_its_order() -> None:
    annotation = "response.output_text.annotation.added"
    assert [event["type"] for event in streamed(told("vi"))] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        *[annotation] * 2,
        "response.output_text.delta",
        *[annotation] * 4,
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]


@given(ANSWERS)
def test_the_stream_adds_up_to_the_response(made: Told) -> None:
    whole = response(made.answer, REPLY)
    events = streamed(made)
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    part = part_of(whole)
    deltas = [e["delta"] for e in events if e["type"] == "response.output_text.delta"]
    added = [e for e in events if e["type"] == "response.output_text.annotation.added"]
    assert "".join(deltas) == part["text"]
    assert [each["annotation"] for each in added] == part["annotations"]
    assert [each["annotation_index"] for each in added] == list(range(len(added)))
    *_, text_done, part_done, item_done, completed = events
    assert text_done["text"] == part["text"]
    assert part_done["part"] == part
    assert item_done["item"] == whole["output"][0]
    assert completed["response"] == whole


@given(ANSWERS)
def test_annotations_name_their_marks(made: Told) -> None:
    part = part_of(response(made.answer, REPLY))
    labels = [label for s in made.answer.sentences for label in s.citations]
    urls, files = part["annotations"][::2], part["annotations"][1::2]
    for label, url, file in zip(labels, urls, files, strict=True):
        assert part["text"][url["start_index"] : url["end_index"]] == f"[{label}]"
        assert file["index"] == url["start_index"]
        assert file["file_id"] == made.answer.citations[label - 1].document.id


@pytest.mark.parametrize("language", CONTENT)
def test_openai_s_own_types_take_every_field(language: str) -> None:
    made = with_usage(told(language))
    read = Response.model_validate(response(made.answer, REPLY))
    assert read.output_text == CONTENT[language]
    assert read.usage is not None
    assert read.usage.total_tokens == 150
    for event in streamed(made):
        assert EVENT.validate_python(event).type == event["type"]


def test_who_abstains_has_text_and_no_annotation() -> None:
    part = part_of(response(abstained(LEAVE).answer, REPLY))
    assert part["annotations"] == []
    assert part["text"].startswith("The documents touch on this")


def test_a_failure_ends_the_stream() -> None:
    event = failed(REPLY, "server_error", "It failed.", 7)
    assert event["response"]["status"] == "failed"
    assert event["response"]["error"] == {"code": "server_error", "message": "It failed."}
    assert EVENT.validate_python(event).type == "response.failed"
    assert event["sequence_number"] == 7
