"""The estimate of a text's tokens against real tokenizers, and what is cut by it."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.embedding.estimate import cut, estimate
from indexes.embedding.model import open_model
from indexes.embedding.samples import SAMPLES

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("", 2), ("a", 3), ("leave", 4), ("nghỉ phép", 2 + 5), ("年假", 4), ("a1, b2.", 2 + 6)],
)
def test_the_estimate_by_its_rule(text: str, tokens: int) -> None:
    assert estimate(text) == tokens


def test_no_sample_has_more_tokens_than_estimated() -> None:
    counted = open_model("").tokenizer.count(SAMPLES)
    assert all(estimate(text) >= count for text, count in zip(SAMPLES, counted, strict=True))
    assert sum(map(estimate, SAMPLES)) < 2 * sum(counted)


@pytest.mark.parametrize("name", ["squad2-en", "xquad-vi", "cmrc2018-zh", "handbook-sourcegraph"])
def test_no_real_passage_has_more_tokens_than_estimated(name: str) -> None:
    corpus = DATA / name / "corpus.jsonl"
    if not corpus.exists():
        pytest.skip(f"{corpus} is not there")
    with corpus.open(encoding="utf-8") as lines:
        texts = [
            json.loads(line)["text"][:1500] for line, _ in zip(lines, range(100), strict=False)
        ]
    counted = open_model("").tokenizer.count(texts)
    assert all(estimate(text) >= count for text, count in zip(texts, counted, strict=True))


@given(st.text(max_size=60), st.integers(2, 40))
def test_what_is_cut_is_the_longest_start_within_the_limit(text: str, limit: int) -> None:
    kept = cut(text, limit)
    assert text.startswith(kept)
    assert estimate(kept) <= limit
    assert kept == text or estimate(text) > limit
