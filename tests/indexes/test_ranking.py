"""Rankings: in order, led by what was looked at closely, and not filled by one document."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from indexes.ranking import Ranking

SCORES = st.lists(st.floats(0, 1, width=32), max_size=30)


def ranking(scores: list[float]) -> Ranking:
    values = np.array(scores, np.float32)
    return Ranking(np.arange(len(scores)), values, {"dense": values})


def firsts(found: Ranking, owners: NDArray[np.int64]) -> list[int]:
    """Documents in the order in which they first appear."""
    rows = found.best(len(found.rows)).rows
    return list(dict.fromkeys(owners[rows].tolist()))


def test_equal_scores_stand_in_the_order_of_their_rows() -> None:
    found = ranking([0.5, 0.9, 0.5, 0.1]).best(3)
    assert found.rows.tolist() == [1, 0, 2]
    np.testing.assert_allclose(found.legs["dense"], [0.9, 0.5, 0.5])


def test_a_head_leads_with_its_new_scores() -> None:
    ordered = ranking([0.2, 0.8, 0.6, 0.4]).best(4)
    head = ordered.best(2)
    late = np.array([0.3, 0.7], np.float32)
    looked = Ranking(head.rows, head.scores, {**head.legs, "late": late})
    led = ordered.led_by(looked, np.array([0.5, 0.9], np.float32))
    assert led.rows.tolist() == [1, 2, 3, 0]
    # .4 and .2 before, now from the lowest of the head.
    np.testing.assert_allclose(led.scores, [0.5, 0.9, 0.5, 0.3], atol=1e-6)
    np.testing.assert_allclose(led.legs["late"], [0.3, 0.7, np.nan, np.nan])
    np.testing.assert_allclose(led.legs["dense"], [0.8, 0.6, 0.4, 0.2])
    assert led.best(4).rows.tolist() == [2, 1, 3, 0]
    worthless = ordered.led_by(looked, np.array([0, 1], np.float32))
    assert worthless.best(4).rows.tolist() == [2, 1, 3, 0]


def test_a_head_may_be_all_or_nothing() -> None:
    empty = ranking([])
    assert len(empty.led_by(empty, np.empty(0, np.float32)).rows) == 0
    whole = ranking([0.5, 0.1])
    assert whole.led_by(whole, np.array([0.3, 0.4], np.float32)).best(2).rows.tolist() == [1, 0]


def test_a_long_document_makes_room() -> None:
    owners = np.array([1, 1, 1, 1, 1, 2])
    found = ranking([0.9, 0.88, 0.86, 0.84, 0.82, 0.7]).diversified(owners)
    expected = [0.9, 0.88, 0.86, 0.84 * 0.8, 0.82 * 0.64, 0.7]
    np.testing.assert_allclose(found.scores, expected, rtol=1e-6)
    assert found.best(4).rows.tolist() == [0, 1, 2, 5]


@given(SCORES, st.data())
def test_documents_first_appear_in_the_same_order(scores: list[float], data: st.DataObject) -> None:
    size = len(scores)
    owners = np.array(data.draw(st.lists(st.integers(0, 4), min_size=size, max_size=size)), int)
    plain = ranking(scores)
    varied = plain.diversified(owners)
    assert (varied.scores <= plain.scores).all()
    assert firsts(varied, owners) == firsts(plain, owners) or len(set(scores)) < size
