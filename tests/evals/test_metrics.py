"""The measures against numbers computed by hand."""

from math import sqrt

import pytest

from evals.bootstrap import Estimate, median, ratio
from evals.metrics import (
    Percentiles,
    contains_answer,
    length,
    ndcg,
    normalise_answer,
    percentiles,
    recall,
    reciprocal_rank,
    token_f1,
)
from evals.results import stages

GRADES = {"a": 2, "c": 1}


@pytest.mark.parametrize(("k", "expected"), [(1, 0.0), (2, 0.5), (3, 1.0), (10, 1.0)])
def test_recall_is_the_share_of_relevant_documents_found(k: int, expected: float) -> None:
    assert recall(["b", "a", "c"], GRADES, k) == expected


@pytest.mark.parametrize(
    ("ranking", "expected"),
    [(["a", "b"], 1.0), (["b", "a"], 1 / 2), (["b", "d", "c"], 1 / 3), (["b"], 0.0), ([], 0.0)],
)
def test_reciprocal_rank_looks_at_the_first_relevant_document(
    ranking: list[str], expected: float
) -> None:
    assert reciprocal_rank(ranking, GRADES, 10) == expected


def test_reciprocal_rank_ends_at_its_cut_off() -> None:
    ranking = [*"bdefghijkl", "a"]
    assert reciprocal_rank(ranking, GRADES, 10) == 0
    assert reciprocal_rank(ranking, GRADES, 11) == 1 / 11


def test_ndcg_takes_the_grade_as_gain() -> None:
    # (2 / log2 3 + 1 / log2 4) / (2 / log2 2 + 1 / log2 3) = 1.761860 / 2.630930
    assert ndcg(["b", "a", "c"], GRADES, 10) == pytest.approx(0.669672, abs=1e-6)


def test_ndcg_of_the_ideal_ranking_is_one() -> None:
    assert ndcg(["a", "c", "b"], GRADES, 10) == 1


def test_ndcg_cuts_both_the_ranking_and_the_ideal() -> None:
    # One place: a document of grade 1 where one of grade 2 could stand.
    assert ndcg(["c", "a"], GRADES, 1) == 0.5


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("The  Normans, (in) FRANCE!", "en", "normans in france"),
        ("Ｆｕｌｌ－ｗｉｄｔｈ", "en", "fullwidth"),
        ("U.S. $5", "en", "us 5"),
        ("An toàn là trên hết.", "vi", "an toàn là trên hết"),
        ("《战国无双3》 是 由光荣…", "zh", "战国无双3是由光荣"),
    ],
)
def test_answers_are_normalised_as_in_squad(text: str, language: str, expected: str) -> None:
    assert normalise_answer(text, language) == expected


@pytest.mark.parametrize(
    ("text", "answer", "language", "expected"),
    [
        ("It lies in the region of Normandy.", "Normandy", "en", True),
        ("It was built by the Normans.", "Norman", "en", False),
        ("A 10th-century castle", "10th", "en", True),
        ("It has 2010 rooms.", "10", "en", False),
        ("Roughly 1,000 people", "1000", "en", True),
        ("Đội thủ thua 308 điểm.", "308 điểm", "vi", True),
        ("Đội thủ thua 3080 điểm.", "308", "vi", False),
        ("由光荣 和 ω-force 开发。", "光荣和ω-force", "zh", True),
        ("2008年开发", "2", "zh", False),
        ("共有2人", "2", "zh", True),
        ("Anything at all", "…", "en", False),
    ],
)
def test_an_answer_is_contained_as_whole_words(
    text: str, answer: str, language: str, *, expected: bool
) -> None:
    assert contains_answer(text, [answer], language) is expected


def test_any_of_the_answers_will_do() -> None:
    assert contains_answer("They met in Paris.", ["London", "Paris"], "en")
    assert not contains_answer("They met in Paris.", [], "en")


def test_token_f1_is_the_best_over_the_answers() -> None:
    # Three tokens said, two wanted, two shared: 2 * 2 / (3 + 2).
    assert token_f1("in Normandy, France", ["the Rhine", "Normandy, France"], "en") == 0.8
    assert token_f1("Paris", ["London"], "en") == 0
    # Four characters said, two wanted, both shared: 2 * 2 / (4 + 2).
    assert token_f1("光荣公司", ["光荣"], "zh") == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [("Three words here.", "en", 3), ("điểm số cao", "vi", 3), ("共有 2 人。", "zh", 5)],
)
def test_length_counts_what_the_language_separates(text: str, language: str, expected: int) -> None:
    assert length(text, language) == expected


def test_percentiles_interpolate_between_measurements() -> None:
    # p95 of five lies at place 0.95 * 4 = 3.8, so between 4 and 5.
    measured = percentiles([5, 1, 4, 2, 3])
    assert measured.p50 == 3
    assert measured.p95 == pytest.approx(4.8)


def test_stages_are_measured_where_they_ran_and_summed_where_no_total_is_given() -> None:
    measured = stages([{"embed": 3, "find": 1}, {"find": 5}])
    assert measured["embed"] == Percentiles(3, 3)
    assert measured["find"].p50 == 3
    assert measured["find"].p95 == pytest.approx(4.8)
    assert measured["total"].p50 == 4.5
    assert stages([{"find": 1, "total": 9}])["total"] == Percentiles(9, 9)


def test_a_ratio_is_taken_over_all_questions_together() -> None:
    estimate = ratio([(1, 2), (0, 1), (3, 3), (0, 0)])
    assert estimate is not None
    assert estimate.value == pytest.approx(4 / 6)
    assert estimate.questions == 3
    assert estimate.low <= estimate.value <= estimate.high


def test_nothing_counted_is_no_estimate() -> None:
    assert ratio([(0, 0)]) is None
    assert ratio([]) is None
    assert median([]) is None


def test_the_interval_of_a_mean_is_the_one_that_theory_gives() -> None:
    estimate = ratio([(i % 2, 1) for i in range(400)])
    assert estimate is not None
    half_width = 1.96 * sqrt(0.25 / 400)
    assert estimate.value == 0.5
    assert estimate.low == pytest.approx(0.5 - half_width, abs=0.01)
    assert estimate.high == pytest.approx(0.5 + half_width, abs=0.01)


def test_no_spread_leaves_no_interval() -> None:
    assert ratio([(1, 1)] * 5) == Estimate(1, 1, 1, 5)
    assert median([7, 7, 7]) == Estimate(7, 7, 7, 3)


def test_the_bootstrap_is_the_same_at_every_call() -> None:
    shares = [(i % 3, 2) for i in range(50)]
    assert ratio(shares) == ratio(shares)


def test_a_median_lies_inside_its_interval() -> None:
    estimate = median(list(range(101)))
    assert estimate is not None
    assert estimate.value == 50
    # Order statistics give ranks 50 +- 0.98 * sqrt(101) for a median.
    assert estimate.low == pytest.approx(40, abs=3)
    assert estimate.high == pytest.approx(60, abs=3)
