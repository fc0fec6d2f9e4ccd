from typing import Any

import pytest
from hypothesis import given
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from service.dialects.openai_chat import chunks, completion
from tests.service.dialects.test_marking import CONTENT
from tests.service.dialects.told import (
    ANSWERS,
    HOLIDAYS,
    LEAVE,
    REPLY,
    SNAPSHOT,
    Told,
    abstained,
    told,
    with_usage,
)


def url(document_id: str, start: int, end: int) -> str:
    return f"https://wiki.example/#source={document_id}&start={start}&end={end}"


def streamed(made: Told, *, usage: bool = False) -> list[dict[str, Any]]:
    return list(chunks(made.events, REPLY, usage=usage))


def deltas(made: Told) -> list[dict[str, Any]]:
    return [chunk["choices"][0]["delta"] for chunk in streamed(made)]


def test_a_completion_to_the_letter() -> None:
    made = completion(told("zh").answer, REPLY)
    extra = made.pop("footnote")
    ten, more = url(HOLIDAYS.id, 4, 14), url(HOLIDAYS.id, 14, 31)
    assert made == {
        "id": "chatcmpl-req-1",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": "wiki",
        "choices": [
            {
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": CONTENT["zh"],
                    "refusal": None,
                    "annotations": [
                        {
                            "type": "url_citation",
                            "url_citation": {
                                "start_index": start,
                                "end_index": end,
                                "title": "年假",
                                "url": address,
                            },
                        }
                        for start, end, address in ((10, 13, ten), (30, 33, more), (33, 36, ten))
                    ],
                },
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
        "system_fingerprint": SNAPSHOT,
    }
    assert extra["citations"][1] == {
        "label": 2,
        "document_id": HOLIDAYS.id,
        "chunk_id": f"{HOLIDAYS.id}-00000",
        "title": "年假",
        "path": "zh/年假.md",
        "uri": "file:///docs/zh/年假.md",
        "url": more,
        "page": None,
        "section": ["年假"],
        "quote": "工作满十年的员工有十五天年假👍🏽。",
        "start": 14,
        "end": 31,
        "updated_at": "2026-01-02T03:04:05Z",
    }
    assert (extra["request_id"], extra["snapshot"]) == ("req-1", SNAPSHOT)
    assert (extra["abstained"], extra["text"]) == (False, told("zh").answer.text)


def test_a_stream_to_the_letter() -> None:
    first, *contents, last, end = streamed(told("vi"))
    head = {
        "id": "chatcmpl-req-1",
        "object": "chat.completion.chunk",
        "created": 1_700_000_000,
        "model": "wiki",
    }
    choice = {"index": 0, "logprobs": None, "finish_reason": None}
    opening = {"role": "assistant", "content": ""}
    assert first == {**head, "choices": [{**choice, "delta": opening}]}
    assert [chunk["choices"][0]["delta"] for chunk in contents] == [
        {"content": "Nhân viên được nghỉ phép mười hai ngày mỗi năm. 😀 [1]"},
        {"content": " Tàu được đặt qua bàn du lịch 🚆. [2][1]"},
    ]
    whole = completion(told("vi").answer, REPLY)
    annotations = whole["choices"][0]["message"]["annotations"]
    assert len(annotations) == 3
    assert last == {
        **head,
        "choices": [{**choice, "delta": {"annotations": annotations}}],
        "footnote": whole["footnote"],
    }
    assert end == {**head, "choices": [{**choice, "delta": {}, "finish_reason": "stop"}]}


def test_annotations_come_before_the_end_even_where_there_are_none() -> None:
    made = abstained(LEAVE)
    assert [delta.keys() for delta in deltas(made)] == [
        {"role", "content"},
        {"content"},
        {"annotations"},
        set(),
    ]
    assert deltas(made)[2] == {"annotations": []}
    message = completion(made.answer, REPLY)["choices"][0]["message"]
    assert message["annotations"] == []
    assert message["content"] == deltas(made)[1]["content"]
    assert completion(made.answer, REPLY)["footnote"]["silence"] == "not_covered"


def test_usage_is_told_last_and_only_when_asked_for() -> None:
    made = with_usage(told("en"))
    assert all("usage" not in chunk for chunk in streamed(made))
    *_, end, counted = streamed(made, usage=True)
    assert end["choices"][0]["finish_reason"] == "stop"
    assert counted["choices"] == []
    used = {"prompt_tokens": 120, "completion_tokens": 30, "total_tokens": 150}
    assert counted["usage"] == completion(made.answer, REPLY)["usage"] == used


@given(ANSWERS)
def test_deltas_are_the_content_and_annotations_name_their_marks(made: Told) -> None:
    message = completion(made.answer, REPLY)["choices"][0]["message"]
    told_in_parts = deltas(made)
    assert "".join(delta.get("content", "") for delta in told_in_parts) == message["content"]
    assert told_in_parts[-2] == {"annotations": message["annotations"]}
    labels = [label for s in made.answer.sentences for label in s.citations]
    assert len(message["annotations"]) == len(labels)
    for annotation, label in zip(message["annotations"], labels, strict=True):
        cited = annotation["url_citation"]
        mark = message["content"][cited["start_index"] : cited["end_index"]]
        assert mark == f"[{label}]"
        assert cited["url"] == REPLY.links.citation(made.answer.citations[label - 1])


@pytest.mark.parametrize("language", CONTENT)
def test_openai_s_own_types_take_every_field(language: str) -> None:
    made = with_usage(told(language))
    whole = ChatCompletion.model_validate(completion(made.answer, REPLY))
    annotations = whole.choices[0].message.annotations
    assert annotations
    assert annotations[0].url_citation.start_index == CONTENT[language].index("[1]")
    for chunk in streamed(made, usage=True):
        ChatCompletionChunk.model_validate(chunk)
