"""What kind of thing a question asks for, and whether a sentence has one to offer."""

import pytest

from service.answering.reading.expectation import Expectation, expects, offers

DATE, NUMBER, PERSON, PLACE, ANYTHING = (
    Expectation.DATE,
    Expectation.NUMBER,
    Expectation.PERSON,
    Expectation.PLACE,
    Expectation.ANYTHING,
)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("When was the mill built?", DATE),
        ("Until when are spare parts available?", DATE),
        ("In which year did the bakery move?", DATE),
        ("WHAT DATE is the meeting?", DATE),
        ("How many weeks of leave does a parent get?", NUMBER),
        ("How long is the guarantee?", NUMBER),
        ("What percentage of the price do we keep?", NUMBER),
        ("Who stands in for the duty manager?", PERSON),
        ("To whom is a lost laptop reported?", PERSON),
        ("Whose signature is needed?", PERSON),
        ("What should I do when it rings?", ANYTHING),
        ("How many people came when the mill burned?", NUMBER),
        ("Who was there when it rang?", PERSON),
        ("Does the fan run when it is cold?", ANYTHING),
        ("Where do we meet?", PLACE),
        ("In which city was the mill built?", PLACE),
        ("How do I reset it?", ANYTHING),
        ("Why does the fan stop?", ANYTHING),
        ("What does the whole thing cost?", ANYTHING),  # "whole" is not "who"
        ("Khi nào nhà máy mở cửa?", DATE),
        ("Tết 2027 nghỉ từ ngày nào?", DATE),
        ("Bao giờ mới có lại máy?", DATE),
        ("Nhà ăn phục vụ lúc mấy giờ?", DATE),
        ("Năm nào công ty thành lập?", DATE),
        ("Xe nâng chạy nhanh nhất bao nhiêu?", NUMBER),
        ("Cho nghỉ thêm mấy ngày?", NUMBER),
        ("Bao lâu phải lau một lần?", NUMBER),
        ("Ai phụ trách dây chuyền?", PERSON),
        ("Có được dùng cồn không?", ANYTHING),
        ("Phòng họp ở đâu?", PLACE),
        ("Nhà máy nằm nơi nào?", PLACE),
        ("Khi nao nha may mo cua?", DATE),  # typed without marks
        ("Bao gio moi co lai may?", DATE),
        ("Co bao nhieu ngay nghi?", NUMBER),
        ("Phong hop o dau?", PLACE),
        ("Tại sao quạt dừng khi nào nóng?", ANYTHING),
        ("Máy chạy khi nào nóng phải không?", ANYTHING),
        ("Hai máy nào giống nhau?", ANYTHING),  # "hai" is not "ai"
        ("公司什么时候成立？", DATE),
        ("哪年开始生产？", DATE),
        ("会议是几月几日？", DATE),
        ("员工有多少天年假？", NUMBER),
        ("可以分享给几个工人？", NUMBER),
        ("皮带多久换一次？", NUMBER),
        ("谁是主管？", PERSON),
        ("会议室在哪里？", PLACE),
        ("仓库在何处？", PLACE),
        ("为什么什么时候都响？", ANYTHING),
        ("有几个人吗？", ANYTHING),
        ("管子要用什么材料？", ANYTHING),
        ("", ANYTHING),
    ],
)
def test_what_a_question_asks_for(question: str, expected: Expectation) -> None:
    assert expects(question) is expected


def test_the_letters_ai_ask_for_nobody() -> None:
    assert expects("Which AI model runs here?") is ANYTHING
    assert expects("Máy này do ai sửa?") is PERSON


@pytest.mark.parametrize(
    ("sentence", "expected", "offered"),
    [
        ("The mill was built in 1873.", DATE, True),
        ("Spare parts are sold until 2027-06-30.", DATE, True),
        ("They hand over every Wednesday at 10:00.", DATE, True),
        ("It was founded in the 19th century.", DATE, True),
        ("The mill is built of oak.", DATE, False),
        ("The gearbox holds 1.4 litres.", DATE, False),
        ("Room 4021 is closed.", DATE, False),
        ("Nhà máy nghỉ từ thứ Tư ngày 03/02/2027.", DATE, True),
        ("Nhà máy nghỉ lễ.", DATE, False),
        ("公司成立于一九八七年。", DATE, True),
        ("每周三交接。", DATE, True),
        ("公司在湛江。", DATE, False),
        ("Every parent gets twelve weeks.", NUMBER, True),
        ("Every parent gets twenty-five weeks.", NUMBER, True),
        ("There are sixteen machines.", NUMBER, True),
        ("The canteen is closed.", NUMBER, False),
        ("The relay is set to 3.8 A.", NUMBER, True),
        ("HALF of the deposit is kept.", NUMBER, True),
        ("The oil looks like milk.", NUMBER, False),
        ("Nhân viên được nghỉ mười ngày.", NUMBER, True),
        ("Tuyệt đối không dùng cồn.", NUMBER, False),
        ("员工每年有十天年假。", NUMBER, True),
        ("用镀锌钢管。", NUMBER, False),
        ("The line is run by Khoa.", PERSON, True),
        ("The line is run by the duty manager.", PERSON, False),
        ("Người phụ trách là ông Khoa.", PERSON, True),
        ("主管是李明。", PERSON, True),
        ("Do tổ trưởng ở đây phụ trách.", PERSON, False),
        ("We meet in the canteen.", PLACE, True),
        ("Go to Lemvig.", PLACE, True),
        ("It is loud.", PLACE, False),
        ("Họp ở tầng ba.", PLACE, True),
        ("Rất ồn.", PLACE, False),
        ("工厂位于湛江。", PLACE, True),
        ("很吵。", PLACE, False),
        ("Nothing at all.", ANYTHING, True),
        ("", ANYTHING, True),
        ("", DATE, False),
        ("", NUMBER, False),
        ("由总部统一安排。", NUMBER, False),
        ("统一安排三辆车。", NUMBER, True),
        ("2. Tell the driver.", NUMBER, False),
        ("2. Tell both drivers.", NUMBER, True),
        ("She has led the depot since 2023.", NUMBER, False),
        ("Reviewed on 2026-03-01 by the board.", NUMBER, False),
        ("Since 2023 there have been 41 of them.", NUMBER, True),
        ("", PERSON, False),
    ],
)
def test_what_a_sentence_offers(sentence: str, expected: Expectation, *, offered: bool) -> None:
    assert offers(sentence, expected, "") is offered


def test_a_name_that_the_question_brought_answers_nothing() -> None:
    question = "Who runs the line in Lemvig?"
    assert not offers("The line in Lemvig is run well.", PERSON, question)
    assert offers("The line in Lemvig is run by Mette.", PERSON, question)


def test_the_first_word_of_a_sentence_is_no_name_by_its_capital() -> None:
    assert not offers("Machines are run by the staff.", PERSON, "Who runs the machines?")


def test_a_date_or_number_that_the_question_brought_answers_nothing() -> None:
    assert not offers("In 2015 the mill burned.", NUMBER, "How many mills burned in 2015?")
    assert offers("In 2015 two mills burned.", NUMBER, "How many mills burned in 2015?")
    assert not offers("The 1873 mill burned.", DATE, "When did the 1873 mill burn?")
    assert offers("The 1873 mill burned in 1921.", DATE, "When did the 1873 mill burn?")
