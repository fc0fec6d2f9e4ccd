import json
import re
from typing import Any

from hypothesis import given
from openai.types.chat import ChatCompletion

from service.dialects.azure import STYLE, chunks, completion
from service.dialects.marking import marked
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


def test_a_message_to_the_letter() -> None:
    answer = told("zh").answer
    ten, more = answer.citations
    assert completion(answer, REPLY)["choices"][0]["message"] == {
        "role": "assistant",
        "content": ("员工每年有十天年假。[doc1]工作满十年的员工有十五天年假👍🏽。[doc2][doc1]"),
        "refusal": None,
        "end_turn": True,
        "context": {
            "citations": [
                {
                    "content": "员工每年有十天年假。",
                    "title": "年假",
                    "url": LINKS.citation(ten),
                    "filepath": "zh/年假.md",
                    "chunk_id": f"{HOLIDAYS.id}-00000",
                },
                {
                    "content": "工作满十年的员工有十五天年假👍🏽。",
                    "title": "年假",
                    "url": LINKS.citation(more),
                    "filepath": "zh/年假.md",
                    "chunk_id": f"{HOLIDAYS.id}-00000",
                },
            ],
            "intent": '["How long is parental leave?"]',
        },
    }


def test_a_stream_begins_with_the_context() -> None:
    made = with_usage(told("vi"))
    context = completion(made.answer, REPLY)["choices"][0]["message"]["context"]
    *choices, counted = streamed(made, usage=True)
    assert [chunk["choices"][0]["delta"] for chunk in choices] == [
        {"role": "assistant", "context": context},
        {"content": "Nhân viên được nghỉ phép mười hai ngày mỗi năm. 😀 [doc1]"},
        {"content": " Tàu được đặt qua bàn du lịch 🚆. [doc2][doc1]"},
        {},
    ]
    assert choices[-1]["choices"][0]["finish_reason"] == "stop"
    assert choices[-1]["footnote"] == completion(made.answer, REPLY)["footnote"]
    assert counted["usage"]["total_tokens"] == 150


@given(ANSWERS)
def test_doc_n_means_the_n_th_citation_and_nothing_else_looks_so(made: Told) -> None:
    message = completion(made.answer, REPLY)["choices"][0]["message"]
    content, citations = message["content"], message["context"]["citations"]
    stream = streamed(made)
    assert "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in stream) == content
    assert content == marked(made.answer, STYLE).content
    numbers = [int(number) for number in re.findall(r"\[doc(\d+)\]", content)]
    assert numbers == [label for s in made.answer.sentences for label in s.citations]
    assert len(citations) == len(made.answer.citations)
    for number in numbers:
        assert citations[number - 1]["content"] == made.answer.citations[number - 1].quote


def test_a_bracket_of_the_document_is_no_citation() -> None:
    made = tell([("As [doc1] shows.", [])])
    content = completion(made.answer, REPLY)["choices"][0]["message"]["content"]
    assert content == streamed(made)[1]["choices"][0]["delta"]["content"] == "As ［doc1］ shows."


def test_who_abstains_cites_nothing() -> None:
    message = completion(abstained(LEAVE).answer, REPLY)["choices"][0]["message"]
    assert message["context"]["citations"] == []
    assert json.loads(message["context"]["intent"]) == ["How long is parental leave?"]
    assert len(streamed(abstained(LEAVE))) == 3


def test_openai_s_client_keeps_the_context() -> None:
    read = ChatCompletion.model_validate(completion(told("en").answer, REPLY))
    extra = read.choices[0].message.model_extra
    assert extra is not None
    assert len(extra["context"]["citations"]) == 3
