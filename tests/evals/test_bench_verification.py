"""The figures of the checker's measurement, the claims that it makes, and its fit."""

import json
from pathlib import Path

import numpy as np
import pytest

from evals.bench.claims import judged, made, stated
from evals.bench.verification import auroc, balanced_accuracy, best_threshold
from evals.cases import Half
from evals.tuning.support import Example, fit
from service.answering.checking.signals import Signals

TRUTH = np.array([True, True, False, False])
TEXT = (
    "In 1973, Anna Berg founded the school in Oslo, and it has 40 rooms today. "
    "After some years it was sold by Paul Holm to the city of Bergen for 9 million."
)


def test_auroc_counts_pairs_in_order_and_ties_by_half() -> None:
    assert auroc(TRUTH, np.array([0.9, 0.5, 0.5, 0.1])) == pytest.approx(0.875)
    assert auroc(TRUTH, np.array([0.1, 0.2, 0.8, 0.9])) == 0


def test_balanced_accuracy_is_the_mean_of_both_shares() -> None:
    assert balanced_accuracy(TRUTH, np.array([True, False, False, False])) == 0.75
    scores = np.array([0.9, 0.6, 0.5, 0.1])
    assert best_threshold(TRUTH, scores) == 0.6


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [
        {"id": "a", "title": "School", "text": TEXT, "lang": "en"},
        {
            "id": "b",
            "title": "School",
            "text": "Its roof was painted green in the end.",
            "lang": "en",
        },
    ]
    asked = [
        {"id": "1", "text": "Who founded the school?", "answers": ["Anna Berg"], "context_id": "a"},
        {"id": "2", "text": "Who sold it?", "answers": ["Paul Holm"], "context_id": "a"},
    ]
    for name, entries in (("corpus", rows), ("queries", asked)):
        lines = "\n".join(json.dumps(entry) for entry in entries)
        (tmp_path / f"{name}.jsonl").write_text(lines, "utf-8")
    pair = {"context": "Leave is 15 weeks.", "claim": "It is.", "supported": True, "lang": "en"}
    (tmp_path / "pairs.jsonl").write_text(json.dumps(pair), "utf-8")
    return tmp_path


def test_claims_are_made_alike_at_every_call_and_none_stands_in_its_text(folder: Path) -> None:
    claims = made(folder, 10)
    assert claims == made(folder, 10)
    assert all(claim.text not in claim.context for claim in claims)
    kinds = {claim.kind for claim in claims}
    assert {"answered", "another answer", "another name", "another number", "denied"} <= kinds
    exchanged = [claim.text for claim in claims if claim.kind == "names exchanged"]
    assert exchanged[0].startswith("In 1973, Oslo founded the school in Anna Berg, and it")
    about = [claim for claim in claims if claim.context == TEXT]
    assert len({claim.half for claim in about}) == 1


def test_judged_claims_are_read_as_they_stand(folder: Path) -> None:
    (claim,) = judged(folder)
    assert (claim.text, claim.supported, claim.kind) == ("It is.", True, "judged")
    assert claim.half in {Half.EVEN, Half.ODD}


@pytest.mark.parametrize(
    ("language", "question", "answer", "statement"),
    [
        ("en", "Who founded it?", "Anna", "Anna founded it."),
        ("en", "Where is Normandy?", "France", "Normandy is France."),
        ("vi", "Đội đã thua bao nhiêu điểm?", "308", "Đội đã thua 308 điểm."),
        ("zh", "它是由谁开发的？", "光荣", "它是由光荣开发的。"),
        ("en", "How so?", "so", ""),
    ],
)
def test_a_question_and_its_answer_make_a_statement(
    language: str, question: str, answer: str, statement: str
) -> None:
    assert stated(question, answer, language) == statement


def test_the_fit_finds_the_signal_that_decides() -> None:
    def example(coverage: float, *, supported: bool) -> Example:
        return Example(Signals(coverage, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0), supported)

    examples = [example(0.9, supported=True), example(0.8, supported=True)]
    examples += [example(0.1, supported=False), example(0.3, supported=False)]
    found = fit(examples)
    assert found.weights.coverage > 0
    assert found.weights.density == 0
    assert found.probability(examples[0].signals) > 0.5 > found.probability(examples[2].signals)
