from service.dialects.dify import records, reply, score
from service.dialects.dify_conditions import Condition, Conditions
from tests.service.dialects.told import HOLIDAYS, LEAVE, LINKS, TRAVEL, hit

HITS = [
    hit(LEAVE, "Every parent gets twenty weeks. 😀", 16, 0.9),
    hit(TRAVEL, "Trains are booked.", 0, 0.6, page=3),
    hit(HOLIDAYS, "员工每年有十天年假。", 4, 0.2),
]
EVERYTHING = Conditions()


def test_a_record_to_the_letter() -> None:
    assert reply(records(HITS[1:2], 5, 0.0, EVERYTHING, LINKS)) == {
        "records": [
            {
                "content": "Trains are booked.",
                "score": 0.6,
                "title": "Travel",
                "metadata": {
                    "document_id": TRAVEL.id,
                    "title": "Travel",
                    "path": "guide/travel.pdf",
                    "uri": "file:///docs/guide/travel.pdf",
                    "source": "docs",
                    "type": "pdf",
                    "language": "en",
                    "updated_at": "2026-01-02T03:04:05Z",
                    "chunk_id": f"{TRAVEL.id}-00000",
                    "start": 0,
                    "end": 18,
                    "page": 3,
                    "section": "Travel › Details",
                    "url": f"https://wiki.example/#source={TRAVEL.id}&start=0&end=18&page=3",
                },
            }
        ]
    }


def test_what_is_not_known_is_left_out_of_the_metadata() -> None:
    metadata = records(HITS[:1], 5, 0.0, EVERYTHING, LINKS)[0]["metadata"]
    assert "page" not in metadata
    assert None not in metadata.values()


def test_only_so_many_records_that_score_enough() -> None:
    def found(wanted: int, threshold: float) -> list[str]:
        return [each["title"] for each in records(HITS, wanted, threshold, EVERYTHING, LINKS)]

    assert found(5, 0.0) == ["Parental leave", "Travel", "年假"]
    assert found(2, 0.0) == ["Parental leave", "Travel"]
    assert found(5, 0.6) == ["Parental leave", "Travel"]
    assert found(5, 0.95) == []
    assert reply([]) == {"records": []}


def test_conditions_are_met_before_records_are_counted() -> None:
    conditions = Conditions((Condition(("type",), "is", "md"),))
    found = records(HITS, 2, 0.0, conditions, LINKS)
    assert [each["title"] for each in found] == ["Parental leave", "年假"]


def test_scores_are_cut_to_0_and_1_in_their_order() -> None:
    given = [1.7, 1.0, 0.4, 0.0, -0.2, -3.0]
    scores = [score(hit(LEAVE, "x", 0, each)) for each in given]
    assert scores == [1.0, 1.0, 0.4, 0.0, 0.0, 0.0]
