from indexes.types import Document
from service.dialects.connector import answered, fetched, found
from service.dialects.footnotes import footnote
from tests.service.dialects.test_marking import CONTENT
from tests.service.dialects.told import (
    HOLIDAYS,
    LEAVE,
    LINKS,
    SNAPSHOT,
    TRAVEL,
    abstained,
    hit,
    told,
)


def test_each_document_is_found_once_at_its_best_passage() -> None:
    hits = [
        hit(TRAVEL, "Trains are booked.", 7, page=3),
        hit(HOLIDAYS, "员工每年有十天年假。", 4),
        hit(TRAVEL, "The allowance is forty euros.", 40, page=4),
    ]
    assert found(hits, LINKS) == {
        "results": [
            {
                "id": TRAVEL.id,
                "title": "Travel",
                "url": f"https://wiki.example/#source={TRAVEL.id}&start=7&end=25&page=3",
            },
            {
                "id": HOLIDAYS.id,
                "title": "年假",
                "url": f"https://wiki.example/#source={HOLIDAYS.id}&start=4&end=14",
            },
        ]
    }
    assert found([], LINKS) == {"results": []}


def test_a_document_is_fetched_whole() -> None:
    assert fetched(Document(LEAVE, "Parental leave\n\nTwenty weeks. 😀"), SNAPSHOT, LINKS) == {
        "id": LEAVE.id,
        "title": "Parental leave",
        "text": "Parental leave\n\nTwenty weeks. 😀",
        "url": f"https://wiki.example/#source={LEAVE.id}&start=0&end=0",
        "metadata": {
            "collection": "wiki",
            "path": "guide/leave.md",
            "uri": "file:///docs/guide/leave.md",
            "type": "md",
            "language": "en",
            "updated_at": "2026-01-02T03:04:05Z",
            "snapshot": SNAPSHOT,
        },
    }


def test_an_answer_comes_with_its_footnotes() -> None:
    answer = told("vi").answer
    assert answered(answer, "req-1", LINKS) == {
        "answer": CONTENT["vi"],
        "abstained": False,
        "reason": None,
        "citations": [footnote(citation, LINKS) for citation in answer.citations],
        "snapshot": SNAPSHOT,
        "request_id": "req-1",
    }


def test_who_abstains_says_why() -> None:
    told_so = answered(abstained(LEAVE).answer, "req-1", LINKS)
    assert told_so["abstained"]
    assert told_so["reason"] == "The documents touch on this, but do not answer it."
    assert told_so["answer"].endswith("\n\n- Parental leave: “Twenty weeks or so [1].”")
