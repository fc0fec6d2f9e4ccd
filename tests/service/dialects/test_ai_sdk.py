from typing import Any

import pytest
from hypothesis import given

from service.dialects.ai_sdk import failure, parts, utf16_units
from service.dialects.footnotes import extension, footnote
from service.dialects.marking import marked
from tests.service.dialects.told import ANNUAL, ANSWERS, LEAVE, LINKS, TRAVEL, Told, abstained, told

# What each part may hold, as version 5 of the SDK has it, which refuses anything else.
FIELDS = {
    "start": {"messageId", "messageMetadata"},
    "text-start": {"id", "providerMetadata"},
    "text-delta": {"id", "delta", "providerMetadata"},
    "text-end": {"id", "providerMetadata"},
    "source-url": {"sourceId", "url", "title", "providerMetadata"},
    "source-document": {"sourceId", "mediaType", "title", "filename", "providerMetadata"},
    "data-citation": {"id", "data", "transient"},
    "finish": {"finishReason", "messageMetadata"},
    "error": {"errorText"},
}


def streamed(made: Told) -> list[dict[str, Any]]:
    return list(parts(made.events, "req-1", LINKS))


def text_of(stream: list[dict[str, Any]]) -> str:
    return "".join(part["delta"] for part in stream if part["type"] == "text-delta")


def javascript_slice(text: str, start: int, end: int) -> str:
    return text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le")


def test_a_stream_to_the_letter() -> None:
    answer = told("vi").answer
    annual, trains = answer.citations
    metadata = {"footnote": extension(answer, "req-1", LINKS)}

    def cited(number: int, label: int, start: int) -> dict[str, Any]:
        citation = answer.citations[label - 1]
        data = {
            "sourceId": f"footnote-{label}",
            "label": label,
            "startIndex": start,
            "endIndex": start + 3,
            "citedText": citation.quote,
            "title": citation.document.title,
            "url": LINKS.citation(citation),
            "documentId": citation.document.id,
            "documentStart": citation.start,
            "documentEnd": citation.end,
            "page": citation.page,
        }
        return {"type": "data-citation", "id": f"citation-{number}", "data": data}

    assert streamed(told("vi")) == [
        {"type": "start", "messageId": "msg-req-1"},
        {"type": "text-start", "id": "answer"},
        {
            "type": "text-delta",
            "id": "answer",
            "delta": "Nhân viên được nghỉ phép mười hai ngày mỗi năm. 😀 [1]",
        },
        {
            "type": "source-url",
            "sourceId": "footnote-1",
            "url": LINKS.citation(annual),
            "title": "Nghỉ phép",
            "providerMetadata": {"footnote": footnote(annual, LINKS)},
        },
        {
            "type": "source-document",
            "sourceId": ANNUAL.id,
            "mediaType": "text/markdown",
            "title": "Nghỉ phép",
            "filename": "nghi-phep.md",
            "providerMetadata": {"footnote": {"document_id": ANNUAL.id, "path": "vi/nghi-phep.md"}},
        },
        # Two more than code points would say: the train and the face are two units each.
        cited(1, 1, 51),
        {"type": "text-delta", "id": "answer", "delta": " Tàu được đặt qua bàn du lịch 🚆. [2][1]"},
        {
            "type": "source-url",
            "sourceId": "footnote-2",
            "url": LINKS.citation(trains),
            "title": "Travel",
            "providerMetadata": {"footnote": footnote(trains, LINKS)},
        },
        {
            "type": "source-document",
            "sourceId": TRAVEL.id,
            "mediaType": "application/pdf",
            "title": "Travel",
            "filename": "travel.pdf",
            "providerMetadata": {
                "footnote": {"document_id": TRAVEL.id, "path": "guide/travel.pdf"}
            },
        },
        cited(2, 2, 88),
        cited(3, 1, 91),
        {"type": "text-end", "id": "answer"},
        {"type": "finish", "finishReason": "stop", "messageMetadata": metadata},
    ]


@given(ANSWERS)
def test_offsets_count_as_javascript_does(made: Told) -> None:
    stream = streamed(made)
    text = text_of(stream)
    assert text == marked(made.answer).content
    for part in stream:
        assert part.keys() - {"type"} <= FIELDS[part["type"]]
        if part["type"] == "data-citation":
            data = part["data"]
            mark = javascript_slice(text, data["startIndex"], data["endIndex"])
            assert mark == f"[{data['label']}]"
            assert data["sourceId"] == f"footnote-{data['label']}"


@given(ANSWERS)
def test_every_source_comes_once(made: Told) -> None:
    stream = streamed(made)
    urls = [part["sourceId"] for part in stream if part["type"] == "source-url"]
    documents = [part["sourceId"] for part in stream if part["type"] == "source-document"]
    assert urls == [f"footnote-{citation.label}" for citation in made.answer.citations]
    assert documents == list(dict.fromkeys(each.document.id for each in made.answer.citations))
    ids = [part["id"] for part in stream if part["type"] == "data-citation"]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(("text", "units"), [("", 0), ("ệ年", 2), ("😀", 2), ("👍🏽!", 5)])
def test_units_of_utf_16(text: str, units: int) -> None:
    assert utf16_units(text) == units == len(text.encode("utf-16-le")) // 2


def test_who_abstains_has_text_and_no_source() -> None:
    kinds = [part["type"] for part in streamed(abstained(LEAVE))]
    assert kinds == ["start", "text-start", "text-delta", "text-end", "finish"]


def test_a_failure_is_a_part() -> None:
    assert failure("It failed.") == {"type": "error", "errorText": "It failed."}
