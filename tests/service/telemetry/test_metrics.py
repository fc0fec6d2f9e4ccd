"""What is counted, by which labels, and what a scrape reads."""

from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from indexes.snapshot import Manifest
from service.answering.types import Author, Caution, Silence, Usage
from service.answering.writing.routing import Outcome, Turn
from service.telemetry import Telemetry
from service.tracing import Trace, following
from tests.service.dialects.told import abstained, told

MANIFEST = Manifest(
    id="20261121T090000000000Z-0123456789ab",
    format=1,
    collection="wiki",
    parent=None,
    created_at="2026-11-21T09:00:00Z",
    documents=12,
    chunks=345,
    embedder={},
    chunker={},
    vectors={},
    files={},
)


def scraped(telemetry: Telemetry) -> dict[str, float]:
    """Every sample that is not 0, as it is written without its prefix."""
    families = text_string_to_metric_families(telemetry.exposition([MANIFEST]).decode())
    return {
        _written(sample.name, sample.labels): sample.value
        for family in families
        for sample in family.samples
        if sample.value
    }


def _written(name: str, labels: dict[str, str]) -> str:
    values = ",".join(f"{label}={value}" for label, value in sorted(labels.items()))
    return f"{name.removeprefix('footnote_')}{{{values}}}"


def test_an_answer_is_counted_with_its_sentences_and_stages() -> None:
    telemetry = Telemetry()
    answer = replace(
        told("en").answer,
        timings_ms={"dense": 2.0, "total": 30.0},
        withheld=2,
        cautions=(Caution(1, "override", "ignore"),),
    )
    with following(Trace.begun([], "/v1/responses")):
        telemetry.answer(answer, answer.timings_ms, "wiki")
        again = replace(answer, cached="exact", withheld=0, cautions=())
        telemetry.answer(again, answer.timings_ms, "wiki")
    seen = scraped(telemetry)
    labels = "collection=wiki,dialect=openai-responses,generator=extractive,outcome=answered"
    assert seen[f"answers_total{{cached=no,{labels}}}"] == 1
    assert seen[f"answers_total{{cached=exact,{labels}}}"] == 1
    sentences = "sentences_total{collection=wiki,generator=extractive"
    assert seen[f"{sentences},verdict=supported}}"] == 6
    assert seen[f"{sentences},verdict=withheld}}"] == 2
    assert seen["cautions_total{collection=wiki,kind=override}"] == 1
    assert seen["stage_seconds_count{collection=wiki,stage=dense}"] == 2
    assert seen["stage_seconds_sum{collection=wiki,stage=total}"] == pytest.approx(0.06)
    assert seen["stage_seconds_bucket{collection=wiki,le=0.0025,stage=dense}"] == 2
    assert "stage_seconds_bucket{collection=wiki,le=0.001,stage=dense}" not in seen


@pytest.mark.parametrize("silence", Silence)
def test_an_abstention_is_counted_by_its_reason(silence: Silence) -> None:
    telemetry = Telemetry()
    telemetry.answer(replace(abstained().answer, silence=silence), {}, "wiki")
    name = f"collection=wiki,dialect=footnote,generator=extractive,outcome={silence.value}"
    assert scraped(telemetry)[f"answers_total{{cached=no,{name}}}"] == 1


def test_a_question_without_an_answer_is_counted_too() -> None:
    telemetry = Telemetry()
    trace = Trace.begun([], "/ask")
    with following(trace):
        telemetry.unanswered("extractive", "failed", "wiki")
    labels = "collection=wiki,dialect=footnote,generator=extractive,outcome=failed"
    assert scraped(telemetry)[f"answers_total{{cached=no,{labels}}}"] == 1
    assert trace.notes["outcome"] == "failed"


def test_a_model_is_counted_by_its_turns_tokens_and_cost() -> None:
    telemetry = Telemetry()
    author = Author("a-model", "answer-2")
    telemetry.turn(Turn(author, Outcome.ANSWERED, 3.0, Usage(1000, 50, 0.25)))
    telemetry.turn(Turn(author, Outcome.LATE, 20.0))
    seen = scraped(telemetry)
    assert seen["model_tokens_total{generator=a-model,kind=prompt}"] == 1000
    assert seen["model_tokens_total{generator=a-model,kind=completion}"] == 50
    assert seen["model_cost_total{generator=a-model}"] == 0.25
    turns = "generator_seconds_count{generator=a-model,outcome=%s,prompt=answer-2}"
    assert seen[turns % "answered"] == seen[turns % "late"] == 1


def test_requests_are_under_way_until_they_are_counted() -> None:
    telemetry = Telemetry()
    telemetry.request_began()
    telemetry.request_began()
    assert scraped(telemetry)["requests_in_progress{}"] == 2
    with following(Trace.begun([], "/mcp")):
        telemetry.request("/mcp", 200, 0.5)
        telemetry.turned_away(429)
    seen = scraped(telemetry)
    assert seen["requests_in_progress{}"] == 1
    assert seen["requests_total{dialect=mcp,route=/mcp,status=200}"] == 1
    assert seen["request_seconds_sum{dialect=mcp,route=/mcp}"] == 0.5
    assert seen["turned_away_total{dialect=mcp,status=429}"] == 1


def test_searches_feedback_and_snapshots_are_counted() -> None:
    telemetry = Telemetry()
    telemetry.search("leave", "wiki", {"dense": 1.0}, 3)
    telemetry.search("leave", "wiki", {"dense": 1.0}, 0)
    telemetry.feedback("down", known=True)
    telemetry.snapshot_load("wiki", opened=True)
    telemetry.snapshot_load("wiki", opened=False)
    seen = scraped(telemetry)
    searches = "searches_total{collection=wiki,dialect=footnote,outcome=%s}"
    assert seen[searches % "found"] == seen[searches % "nothing_found"] == 1
    assert seen["feedback_total{known=yes,verdict=down}"] == 1
    for outcome in ("opened", "refused"):
        assert seen[f"snapshot_loads_total{{collection=wiki,outcome={outcome}}}"] == 1


def test_a_scrape_tells_what_is_served_at_that_moment() -> None:
    telemetry = Telemetry()
    seen = scraped(telemetry)
    assert seen["snapshot_documents{collection=wiki}"] == 12
    assert seen["snapshot_chunks{collection=wiki}"] == 345
    assert seen["snapshot_created_timestamp_seconds{collection=wiki}"] == 1_795_251_600
    assert seen["workers{}"] == 1
    assert b"collection=" not in telemetry.exposition([])


def test_a_question_is_noted_only_where_that_is_switched_on() -> None:
    for switched_on in (False, True):
        trace = Trace.begun([], "/ask")
        with following(trace):
            Telemetry(log_questions=switched_on).asked("Who knows?")
        assert trace.notes == ({"question": "Who knows?"} if switched_on else {})
