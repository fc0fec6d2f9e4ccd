from typing import Any

from hypothesis import given

from service.dialects.footnotes import footnote
from service.dialects.marking import marked
from service.dialects.open_webui import STYLE, chunks, completion
from tests.service.dialects.told import (
    ANSWERS,
    HOLIDAYS,
    LEAVE,
    LINKS,
    REPLY,
    Told,
    abstained,
    tell,
    told,
    with_usage,
)


def streamed(made: Told, *, usage: bool = False) -> list[dict[str, Any]]:
    return list(chunks(made.events, REPLY, usage=usage))


def shown_sources(sources: list[dict[str, Any]]) -> tuple[list[str], list[str]]:
    """The ids and the names that Open WebUI counts [n] by, as it gathers them.

    Citations.svelte takes ``metadata.source``, ContentRenderer.svelte ``metadata.name``; each
    keeps the first of those that are equal.
    """
    metadata = [each for source in sources for each in source["metadata"]]
    ids = list(dict.fromkeys(each["source"] for each in metadata))
    return ids, list(dict.fromkeys(each["name"] for each in metadata))


def test_a_source_to_the_letter() -> None:
    answer = told("zh").answer
    ten, more = (footnote(citation, LINKS) for citation in answer.citations)
    assert completion(answer, REPLY)["sources"] == [
        {
            "source": {"id": f"{HOLIDAYS.id}:4-14", "name": "年假", "url": ten["url"]},
            "document": ["员工每年有十天年假。"],
            "metadata": [ten | {"source": f"{HOLIDAYS.id}:4-14", "name": "年假"}],
        },
        {
            "source": {"id": f"{HOLIDAYS.id}:14-31", "name": "年假 [2]", "url": more["url"]},
            "document": ["工作满十年的员工有十五天年假👍🏽。"],
            "metadata": [more | {"source": f"{HOLIDAYS.id}:14-31", "name": "年假 [2]"}],
        },
    ]


def test_a_stream_has_each_source_behind_the_sentence_that_cites_it() -> None:
    answer = told("vi").answer
    sources = completion(answer, REPLY)["sources"]
    stream = streamed(told("vi"))
    # Beside choices: Open WebUI passes an `event` on, whatever choices there are.
    assert all(chunk["object"] == "chat.completion.chunk" for chunk in stream)
    told_in_parts = [
        chunk.get("event", chunk["choices"] and chunk["choices"][0]["delta"]) for chunk in stream
    ]
    assert told_in_parts == [
        {"role": "assistant", "content": ""},
        {"content": "Nhân viên được nghỉ phép mười hai ngày mỗi năm. 😀 [1]"},
        {"type": "source", "data": sources[0]},
        {"content": " Tàu được đặt qua bàn du lịch 🚆. [2][1]"},
        {"type": "source", "data": sources[1]},
        [],
        {},
    ]
    assert stream[-2]["sources"] == sources
    assert stream[-2]["footnote"]["request_id"] == "req-1"
    assert stream[-1]["choices"][0]["finish_reason"] == "stop"


@given(ANSWERS)
def test_the_n_th_source_is_the_footnote_n(made: Told) -> None:
    whole = completion(made.answer, REPLY)
    stream = streamed(made)
    events = [chunk["event"]["data"] for chunk in stream if "event" in chunk]
    assert events == whole["sources"]
    ids, names = shown_sources(events)
    assert len(ids) == len(names) == len(made.answer.citations)
    for citation, source in zip(made.answer.citations, events, strict=True):
        assert source["metadata"][0]["label"] == citation.label
        assert ids[citation.label - 1] == source["source"]["id"]
        assert names[citation.label - 1] == source["source"]["name"]
    content = "".join(c["choices"][0]["delta"].get("content", "") for c in stream if c["choices"])
    assert content == whole["choices"][0]["message"]["content"]
    assert content == marked(made.answer, STYLE).content


def test_a_bracket_of_the_document_is_no_source() -> None:
    made = tell([("As [1] shows.", [])])
    content = completion(made.answer, REPLY)["choices"][0]["message"]["content"]
    assert content == streamed(made)[1]["choices"][0]["delta"]["content"] == "As ［1］ shows."


def test_annotations_are_left_out_lest_sources_come_twice() -> None:
    message = completion(told("en").answer, REPLY)["choices"][0]["message"]
    assert message.keys() == {"role", "content", "refusal"}


def test_who_abstains_has_no_source() -> None:
    assert completion(abstained(LEAVE).answer, REPLY)["sources"] == []
    assert not any("event" in chunk for chunk in streamed(abstained(LEAVE)))


def test_usage_is_told_when_asked_for() -> None:
    assert streamed(with_usage(told("en")), usage=True)[-1]["usage"]["total_tokens"] == 150
