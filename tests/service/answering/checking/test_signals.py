"""What is measured of a sentence and a span: words, denials, opposites, names, numbers in place."""

import pytest

from service.answering.checking.calibration import WORDS
from service.answering.checking.signals import Signals, measure
from service.answering.checking.statement import Statement

NOTHING = Statement.of("", "en")


def signals(span: str, sentence: str, language: str = "en", above: str = "") -> Signals:
    return measure(
        Statement.of(sentence, language),
        Statement.of(span, language),
        Statement.of(above, language),
    )


def test_the_signals_of_a_sentence_and_a_span() -> None:
    found = signals("Every parent gets 15 weeks of paid leave.", "Parents get 15 weeks of holiday.")
    # parent get 15 week | holiday; of parent ... week all four are the sentence's
    assert found.coverage == pytest.approx(4 / 5)
    assert found.density == 1.0
    assert found.unsaid == pytest.approx(0.6931471805599453)  # log 2: one word
    assert (found.personal, found.asks, found.swapped, found.wrong) == (0, 0, 0, 0)


def test_the_probability_is_the_logistic_function_of_the_weighted_signals() -> None:
    found = Signals(1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    assert WORDS.probability(found) == pytest.approx(0.898439, abs=1e-6)


@pytest.mark.parametrize(
    ("language", "span", "sentence"),
    [
        ("en", "Staff may bring dogs to the office.", "Staff may not bring dogs to the office."),
        ("en", "The lift does not stop at night.", "The lift stops at night."),
        ("en", "Interns are paid.", "Interns are unpaid."),
        ("en", "The waste should never have left.", "The waste should never have not left."),
        ("vi", "Nhân viên được mang chó vào.", "Nhân viên không được mang chó vào."),
        ("vi", "Đơn chưa được duyệt.", "Đơn được duyệt."),
        ("zh", "员工可以带狗进办公室。", "员工不可以带狗进办公室。"),
        ("zh", "申请没有通过审核。", "申请通过审核。"),
    ],
)
def test_a_denial_on_one_side_is_wrong(language: str, span: str, sentence: str) -> None:
    assert signals(span, sentence, language).wrong
    assert not signals(span, span, language).wrong
    assert not signals(sentence, sentence, language).wrong


@pytest.mark.parametrize(
    ("language", "span", "sentence"),
    [
        ("en", "The lift is not available at night.", "The lift is unavailable at night."),
        ("en", "Not only staff but also guests may park.", "Staff and guests may park."),
        ("en", "The shop has no parking, and it opens at nine.", "The shop opens at nine."),
        ("vi", "Không gian làm việc mở cửa lúc 8 giờ.", "Nơi làm việc mở cửa lúc 8 giờ."),
        ("zh", "该公司不仅生产汽车，还生产飞机。", "该公司生产汽车。"),
    ],
)
def test_the_same_said_without_the_same_denial_is_not_wrong(
    language: str, span: str, sentence: str
) -> None:
    assert not signals(span, sentence, language).wrong


@pytest.mark.parametrize(
    ("language", "span", "sentence"),
    [
        ("en", "Visitors must wear a badge.", "Visitors may wear a badge."),
        ("en", "Register before the trip.", "Register after the trip."),
        ("vi", "Thời gian tối đa là một giờ.", "Thời gian tối thiểu là một giờ."),
        ("zh", "密码必须每月更换。", "密码可以每月更换。"),
    ],
)
def test_an_opposite_is_wrong(language: str, span: str, sentence: str) -> None:
    assert signals(span, sentence, language).wrong


@pytest.mark.parametrize(
    ("span", "sentence", "wrong"),
    [
        ("The plan was signed by Anna Berg in Oslo.", "It was signed by Anna Berg.", False),
        ("The plan was signed by Anna Berg in Oslo.", "It was signed by Paul Berg.", True),
        ("The plan covers the United States.", "The plan covers the US.", False),
        ("The plan was made in Britain.", "It is a British plan.", False),
        ("Beyoncé sang there.", "There sang Beyonce.", False),
        ("Video is sent as MPEG-2.", "Video is sent as MPEG-4.", True),
    ],
)
def test_a_name_that_nobody_named_is_wrong(span: str, sentence: str, wrong: bool) -> None:  # noqa: FBT001
    assert bool(signals(span, sentence).wrong) is wrong


def test_the_title_names_too() -> None:
    span, said = "Every parent gets 15 weeks.", "At Acme Corp every parent gets 15 weeks."
    assert signals(span, said).wrong
    assert not signals(span, said, above="Acme Corp handbook").wrong


def test_a_number_that_counts_something_else_there_is_wrong() -> None:
    span = "Parents get 15 weeks of paid leave and 4 days of unpaid holiday, asked 4 weeks ahead."
    assert signals(span, "Parents get 4 weeks of paid leave.").wrong
    assert not signals(span, "Parents get 15 weeks of paid leave.").wrong


def test_a_name_in_the_place_of_another_is_seen() -> None:
    span = "In 1973 Simon allocated the oil for 1974, while Kissinger negotiated peace in Sinai."
    assert signals(span, "In 1973 Kissinger allocated the oil for 1974.").swapped
    assert not signals(span, "Then Kissinger negotiated peace in Sinai.").swapped


@pytest.mark.parametrize(
    ("span", "sentence", "swapped"),
    [
        ("The old hall was built by a guild. In 1950 Anna Berg sold the land.",
         "The old hall was built by Anna Berg.", True),
        ("In 1950 Anna Berg sold the land. The old hall was built by a guild.",
         "The old hall was built by Anna Berg.", True),
        ("In 1950 we met Anna Berg. She built the old hall with a guild.",
         "Anna Berg built the old hall with a guild.", False),
        ("The old hall was built by Anna Berg. It has a roof.",
         "The old hall was built by Anna Berg and has a roof.", False),
    ],
)  # fmt: skip
def test_a_name_out_of_another_sentence_needs_a_word_that_points_to_it(
    span: str,
    sentence: str,
    swapped: bool,  # noqa: FBT001
) -> None:
    assert bool(signals(span, sentence).swapped) is swapped


def test_what_nobody_said_and_what_asks_is_seen() -> None:
    span = "The canteen opens at nine."
    assert signals(span, "I think the canteen opens at nine.").personal
    assert signals(span, "The canteen opens at nine?").asks
    assert signals("我觉得食堂九点开门。", "我觉得食堂九点开门。", "zh").personal == 0


def test_ideographs_count_by_their_neighbours() -> None:
    apart = signals("员工在年底放长假。", "年假", "zh")
    together = signals("员工有年假。", "年假", "zh")
    assert apart.coverage == pytest.approx(0.5)
    assert together.coverage == 1.0
