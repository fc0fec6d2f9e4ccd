"""A question taken apart: how much of its rarity some terms hold, and what its tokens weigh."""

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.embedder import Embedder, TokenVectors
from indexes.search import LocalIndex
from service.answering.reading.expectation import Expectation
from service.answering.reading.question import Asked, take_apart
from tests.indexes.documents import LIBRARY
from tests.indexes.embedded import write

CHUNKS = sum(len(chunks) for _, chunks in LIBRARY)
QUESTION = "How many weeks of parental leave does a zebra get?"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> LocalIndex:
    return LocalIndex.open(
        write(tmp_path_factory.mktemp("library"), LIBRARY, embedder)[0], embedder
    )


def asked(rarity: dict[str, float]) -> Asked:
    nothing = np.zeros(0, np.float32)
    return Asked(
        text="",
        expectation=Expectation.ANYTHING,
        subject="",
        several=False,
        joint=False,
        terms=tuple(rarity),
        rarity=rarity,
        vectors=None,
        token_weights=nothing,
        token_rarity=nothing,
    )


def test_coverage_is_the_share_of_rarity() -> None:
    question = asked({"invad": 0.5, "norman": 0.3, "weather": 0.2})
    assert question.coverage({"invad", "weather", "other"}) == pytest.approx(0.7)
    assert question.coverage({"other"}) == 0.0
    assert question.coverage({"invad", "norman", "weather"}) == 1.0


def test_a_power_lets_the_rarest_term_count_more() -> None:
    question = asked({"invad": 0.5, "norman": 0.3, "weather": 0.2})
    assert question.coverage({"invad"}, power=1) == pytest.approx(0.5)
    assert question.coverage({"invad"}, power=2) == pytest.approx(0.25 / 0.38)
    assert question.coverage({"weather"}, power=2) == pytest.approx(0.04 / 0.38)


@pytest.mark.parametrize(
    ("term", "others", "share"),
    [
        ("invad", {"invad"}, 1.0),
        ("invad", {"invadopod"}, 0.7),  # five letters alike
        ("invasion", {"invade"}, 0.35),  # four
        ("invasion", {"inventory"}, 0.0),  # three
        ("invad", {"inva"}, 0.35),
        ("invad", {"inv"}, 0.0),  # the other word is too short
        ("inva", {"invade"}, 0.35),
        ("inv", {"invade"}, 0.0),  # and here the term itself
        ("invasion", {"invade", "invasive"}, 0.7),  # the best likeness counts
        ("nghỉphép", {"nghỉphéptrả"}, 0.0),  # letters say nothing outside ASCII
        ("员工年假", {"员工年假表"}, 0.0),
    ],
)
def test_another_form_of_a_word_counts_in_part(term: str, others: set[str], share: float) -> None:
    assert asked({term: 0.4}).soft_coverage(others) == pytest.approx(share)
    assert asked({term: 0.4, "rest": 0.6}).soft_coverage(others) == pytest.approx(0.4 * share)


def test_the_likeness_of_each_term_stands_in_its_place() -> None:
    question = asked({"norman": 0.3, "invasion": 0.5, "weather": 0.2, "norm": 0.1})
    assert question.likeness(["norman", "invade"]) == (1.0, 0.35, 0.0, 0.35)
    assert question.likeness([]) == (0.0,) * 4
    assert question.share((1.0, 0.35, 0.0, 0.0)) == pytest.approx((0.3 + 0.5 * 0.35) / 1.1)


@pytest.mark.parametrize(
    ("question", "several", "joint"),
    [
        ("What are the steps of an incident?", True, False),
        ("How do I book a train?", True, False),
        ("Which options does a parent have?", True, False),
        ("What is the daily allowance?", False, False),
        ("Who leads the desk?", False, False),
        ("What is the difference between paid and unpaid leave?", False, True),
        ("Do both teams use the same VPN?", False, True),
        ("Which offices are older than the one in Hanoi?", False, True),
        ("Những giấy tờ nào cần nộp?", True, False),
        ("Nghỉ phép khác gì nghỉ ốm?", False, True),
        ("Ai duyệt đơn nghỉ phép?", False, False),
        ("需要哪些文件？", True, False),
        ("年假和病假有什么区别？", False, True),
        ("年假有多少天？", False, False),
    ],
)
def test_what_kind_of_answer_is_asked_for(
    index: LocalIndex,
    question: str,
    several: bool,  # noqa: FBT001
    joint: bool,  # noqa: FBT001
) -> None:
    found = take_apart(question, "en", index, None)
    assert (found.several, found.joint) == (several, joint)


def test_nothing_asked_is_never_covered() -> None:
    for nothing in (asked({}), asked({"the": 0.0})):
        assert nothing.coverage({"the"}) == nothing.soft_coverage({"the"}) == 0.0


TERMS = st.text("abc年", min_size=1, max_size=6)


@given(
    st.dictionaries(TERMS, st.floats(0.01, 1), min_size=1, max_size=5),
    st.sets(TERMS, max_size=5),
    st.integers(1, 3),
)
def test_coverages_are_shares(rarity: dict[str, float], terms: set[str], power: int) -> None:
    question = asked(rarity)
    assert 0 <= question.coverage(terms, power) <= 1 + 1e-9
    assert question.coverage(terms) - 1e-9 <= question.soft_coverage(terms) <= 1 + 1e-9
    assert question.coverage(set(rarity), power) == pytest.approx(1)
    assert question.coverage(terms) <= question.coverage(terms | {"a"}) + 1e-9


def test_rarity_is_that_of_the_collection(index: LocalIndex) -> None:
    question = take_apart(QUESTION, "en", index, None)
    assert question.terms == ("mani", "week", "parent", "leav", "zebra", "get")
    assert question.expectation is Expectation.NUMBER
    # "week" is in four chunks of the library, "zebra" in none; few chunks count as 300.
    assert CHUNKS < 300
    four = log(1 + (300 - 4 + 0.5) / 4.5) / log(1 + (300 + 0.5) / 0.5)
    assert question.rarity["week"] == pytest.approx(four)
    assert question.rarity["zebra"] == 1.0
    assert 0 < question.rarity["parent"] < question.rarity["get"] < 1


def test_a_term_said_twice_counts_once(index: LocalIndex) -> None:
    question = take_apart("leave, leave, paid leave", "en", index, None)
    assert question.terms == ("leav", "leav", "paid", "leav")
    assert list(question.rarity) == ["leav", "paid"]


def test_tokens_of_content_words_weigh_fully(index: LocalIndex, embedder: Embedder) -> None:
    (vectors,) = embedder.embed_tokens([QUESTION])
    question = take_apart(QUESTION, "en", index, vectors)
    words = [QUESTION[start:end] for start, end in vectors.spans]
    weights = dict(zip(words, question.token_weights.tolist(), strict=True))
    rarity = dict(zip(words, question.token_rarity.tolist(), strict=True))
    assert {word for word, weight in weights.items() if weight == 0.25} == set(
        "How of does a ?".split()
    )
    assert {word for word, weight in weights.items() if weight == 1.0} == set(
        "many weeks parental leave zebra get".split()
    )
    assert rarity["of"] == rarity["?"] == 0.0
    assert rarity["zebra"] == 1.0
    assert rarity["weeks"] == pytest.approx(question.rarity["week"])


@pytest.mark.parametrize(
    ("question", "language", "terms"),
    [
        # Two patterns find one word, and both leave what stands behind it.
        ("工厂几年开始生产？", "zh", ["工厂", "开始", "始生", "生产"]),
        ("皮带多久换一次？", "zh", ["皮带", "换一", "一次"]),
        ("Máy bao nhiêu tiền?", "vi", ["máy", "tiền"]),
        ("How many weeks?", "en", ["mani", "week"]),
    ],
)
def test_what_only_asks_is_no_term(
    index: LocalIndex, question: str, language: str, terms: list[str]
) -> None:
    assert [*take_apart(question, language, index, None).terms] == terms


@pytest.mark.parametrize(
    ("question", "language", "counting"),
    [
        ("How many weeks of leave are there?", "en", True),
        ("How is leave requested, and how long is it?", "en", False),
        ("Nhân viên được nghỉ mấy ngày?", "vi", True),
        ("Nhân viên được nghỉ mấy ngày, đơn gửi cho ai?", "vi", False),
        ("员工每年有几天年假？", "zh", True),
        ("员工每年有几天年假，向谁申请？", "zh", False),
        ("公司是几年成立的？", "zh", True),
        ("Who has a probe?", "en", False),
    ],
)
def test_a_question_counts_where_it_asks_nothing_else(
    index: LocalIndex,
    question: str,
    language: str,
    counting: bool,  # noqa: FBT001
) -> None:
    assert (take_apart(question, language, index, None).quantity is not None) is counting


def test_without_vectors_there_are_no_tokens(index: LocalIndex) -> None:
    question = take_apart("员工有多少天年假？", "zh", index, None)
    assert question.terms == ("员工", "年假")
    assert question.token_weights.shape == question.token_rarity.shape == (0,)
    empty = take_apart("", "und", index, TokenVectors(np.zeros((0, 384), np.float32), ()))
    assert empty.terms == ()
    assert empty.token_weights.shape == (0,)
