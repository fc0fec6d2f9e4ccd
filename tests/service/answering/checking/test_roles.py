"""Who did it, to whom, and what stands in whose place: reversed, exchanged, borrowed, replaced."""

import pytest

from service.answering.checking.signals import Signals, measure
from service.answering.checking.statement import Statement


def signals(span: str, sentence: str, language: str) -> Signals:
    return measure(
        Statement.of(sentence, language), Statement.of(span, language), Statement.of("", language)
    )


ROLES = [
    ("en", "Orion Foods acquired Delta Dairy.", "Delta Dairy acquired Orion Foods."),
    ("en", "Orion Foods acquired Delta Dairy.", "Orion Foods was acquired by Delta Dairy."),
    ("en", "Managers approve the requests of staff.", "Staff approve the requests of managers."),
    ("en", "The line runs from Arno to Tessa.", "The line runs from Tessa to Arno."),
    ("en", "The north hall is longer than the south wing.",
     "The south wing is longer than the north hall."),
    ("vi", "Công ty Hoa Sen mua lại Công ty Minh Phát.",
     "Công ty Minh Phát mua lại Công ty Hoa Sen."),
    ("vi", "Tây Sơn đánh bại Thanh.", "Tây Sơn bị Thanh đánh bại."),
    ("vi", "Sông Lam dài hơn sông Gianh.", "Sông Gianh dài hơn sông Lam."),
    ("zh", "曹操在官渡击败了袁绍。", "袁绍在官渡击败了曹操。"),
    ("zh", "曹操在官渡击败了袁绍。", "曹操在官渡被袁绍击败。"),
    ("zh", "解析器将网页转换为表格。", "解析器将表格转换为网页。"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "span", "sentence"), ROLES)
def test_the_roles_of_two_words_reversed_are_wrong(language: str, span: str, sentence: str) -> None:
    assert signals(span, sentence, language).wrong
    assert not signals(sentence, sentence, language).wrong


@pytest.mark.parametrize(
    ("language", "span", "sentence"),
    [
        ("en", "Orion Foods acquired Delta Dairy.", "Delta Dairy was acquired by Orion Foods."),
        ("en", "Oslo is the capital of Norway.", "The capital of Norway is Oslo."),
        ("en", "Oslo is the capital of Norway.", "Norway's capital is Oslo."),
        ("en", "Ann taught Lena in Turin.", "In Turin, Ann taught Lena."),
        ("en", "Every parent gets paid leave.", "Paid leave of every parent."),
        ("en", "Ann married Karl.", "Karl married Ann."),
        ("en", "The north hall is longer than the south wing.",
         "The south wing is shorter than the north hall."),
        ("en", "The job runs before the index is built.",
         "Before the index is built, the job runs."),
        ("vi", "Tây Sơn đánh bại Thanh.", "Thanh bị Tây Sơn đánh bại."),
        ("vi", "Nhân viên được nghỉ phép 12 ngày.", "Nhân viên có 12 ngày nghỉ phép."),
        ("zh", "曹操在官渡击败了袁绍。", "袁绍在官渡被曹操击败。"),
        ("zh", "曹操在官渡击败了袁绍。", "在官渡，曹操击败了袁绍。"),
        ("zh", "北京是中国的首都。", "中国的首都是北京。"),
    ],
)  # fmt: skip
def test_the_same_roles_in_another_order_or_voice_are_not_wrong(
    language: str, span: str, sentence: str
) -> None:
    found = signals(span, sentence, language)
    assert (found.wrong, found.swapped) == (0, 0)


@pytest.mark.parametrize(
    ("language", "span", "sentence"),
    [
        ("en", "The rising was put down by the Crown. The Huguenots had fled before.",
         "The rising was put down by the Huguenots."),
        ("en", "In the west the electorate of Alba voted, and the Parliament of Mona was convened.",
         "In the west the electorate of Mona voted, and the Parliament of Alba was convened."),
        ("vi", "Giới học giả không tin Hồi giáo chỉ là lý tưởng, như John Esposito.",
         "Giới học giả không tin John Esposito chỉ là lý tưởng."),
    ],
)  # fmt: skip
def test_a_name_in_the_very_place_of_another_is_swapped(
    language: str, span: str, sentence: str
) -> None:
    assert signals(span, sentence, language).swapped
    assert not signals(sentence, sentence, language).swapped


@pytest.mark.parametrize(
    ("language", "span", "sentence"),
    [
        ("en", "Every employee may work at home three days. Contractors must stay on site.",
         "Contractors may work at home three days."),
        ("en", "The old contract allowed overtime at will, but the new contract requires a form.",
         "The old contract requires a form."),
        ("zh", "远方集团于2016年收购了明德科技。2018年，明德科技在成都建立了工厂。",
         "2018年，远方集团在成都建立了工厂。"),
    ],
)  # fmt: skip
def test_a_part_of_another_clause_is_displaced(language: str, span: str, sentence: str) -> None:
    assert signals(span, sentence, language).displaced
    assert not signals(span, span, language).displaced


@pytest.mark.parametrize(
    ("language", "span", "sentence"),
    [
        ("en", "Parental leave lasts 15 weeks. Requests must be made 4 weeks ahead.",
         "Requests for parental leave must be made 4 weeks ahead."),
        ("en", "Acme was founded in Oslo in 1990. It employs 40 people.",
         "Acme employs 40 people."),
        ("en", "Set the limit to 30 seconds for reads and to 2 minutes for writes.",
         "For writes the limit is 2 minutes."),
    ],
)  # fmt: skip
def test_what_replaces_nothing_is_not_displaced(language: str, span: str, sentence: str) -> None:
    found = signals(span, sentence, language)
    assert (found.displaced, found.swapped) == (0, 0)
