"""Which questions are the same, and which look alike and are not, in three languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.answering.caching.form import form_of
from service.answering.caching.likeness import same_form, same_question, traces

SAME = {
    "en": [
        ("Who founded Acme?", "who founded acme"),
        ("Who founded Acme?", "Could you please tell me who founded Acme? Thanks!"),
        ("Who founded Acme?", "Hi, quick question: who founded Acme?"),
        ("What is the leave policy?", "What's the leave policy?"),
        ("What is the leave policy?", "Could you tell me what the leave policy is?"),
        ("When did Denmark join the EU?", "I would like to know when Denmark joined the EU."),
        ("What does SLA mean?", "Do you know what SLA means?"),
        ("Is the office open on Monday?", "Can you tell me if the office is open on Monday?"),
        ("In what country is Normandy located?", "What country is Normandy situated in?"),
        ("Normandy is located in what country?", "In what country is Normandy located?"),
        ("In what year did Poland join?", "What year did Poland join?"),
        ("In 2007, which team did Petric join?", "Which team did Petric join in 2007?"),
        ("How many kids were born?", "How many children were born?"),
        ("Who met the two presidents?", "Who met the 2 presidents?"),
        ("Cats can eat what?", "What can cats eat?"),
        ("The tax was raised by whom?", "By whom was the tax raised?"),
        ("What are data and metrics for?", "What are metrics and data for?"),
        ("Who is paid 1,000 dollars?", "Who is paid 1000 dollars?"),
        ("How do I log in?", "how do I sign in"),
        ("Why can't I log in?", "Why can not I log in?"),
        ("Where is “the vault”?", 'Where is "the vault"?'),
        ("Is it free!", "Is it free?"),
        ("Hello!What is free?", "What is free?"),
        ("What is the port - please?", "What is the port?"),
        ("A guest may park where?", "a guest may park where?"),
    ],
    "vi": [
        ("Ai là giám đốc của công ty?", "Giám đốc của công ty là ai?"),
        ("Ai là giám đốc của công ty?", "Cho tôi hỏi ai là giám đốc của công ty ạ?"),
        ("Ai là giám đốc của công ty?", "Ai la giam doc cua cong ty"),
        ("Tại sao giá tăng?", "Xin hỏi, vì sao giá tăng? Xin cảm ơn."),
        ("Công ty thành lập năm nào?", "cong ty thanh lap nam nao"),
        ("Vào năm nào Lan sinh Hoa?", "Lan sinh Hoa vào năm nào?"),
        ("Vào năm 2007, ai lãnh đạo Apple?", "Ai lãnh đạo Apple vào năm 2007?"),
        ("Điều hòa ở đâu?", "Điều hoà ở chỗ nào?"),
    ],
    "zh": [
        ("徐陵的祖父是谁？", "请问谁是徐陵的祖父"),
        ("徐陵的祖父是谁？", "你好，能告诉我徐陵的祖父是谁吗？".replace("吗", "呢")),
        ("英土战争何时发生？", "英土战争什么时候发生？谢谢！"),
        ("张三在2007年加盟哪个球队？", "2007年，张三加盟哪个球队？"),
        ("英土战争是在哪一年？", "哪年英土战争?"),
        ("如何申請年假？", "怎么申请年假？"),
        ("我想知道公司的地址在哪里", "公司的地址在哪儿？"),
        ("价格是１００元吗？", "价格是 100 元吗"),
    ],
}
DIFFERENT = {
    "en": [
        ("Who acquired Acme?", "Who did Acme acquire?"),
        ("Did Acme acquire Beta?", "Did Beta acquire Acme?"),
        ("Who flew from Paris to London?", "Who flew from London to Paris?"),
        ("Who was hired by Tom?", "Who was Tom hired by?"),
        ("Which team won in 2007?", "Which team won in 2008?"),
        ("Which two teams won?", "Which three teams won?"),
        ("Who may work from home?", "Who may not work from home?"),
        ("Why can I log in?", "Why can't I log in?"),
        ("What happens before the audit?", "What happens after the audit?"),
        ("What is the minimum wage?", "What is the maximum wage?"),
        ("Do all employees get leave?", "Do some employees get leave?"),
        ("What must I do?", "What can I do?"),
        ("When is it open?", "When was it open?"),
        ("How far in miles?", "How far in kilometres?"),
        ("What is due on Monday?", "What is due on Tuesday?"),
        ("What is error E-104?", "What is error E-105?"),
        ("What does IT do?", "What does it do?"),
        ("Is x != y?", "Is x = y?"),
        ("what does the operator != do", "what does the operator = do"),
        ("What does !done mean?", "What does done mean?"),
        ("What does !~ mean?", "What does ~ mean?"),
        ("What does ? match?", "What does . match?"),
        ("what does the flag -p do", "what does the flag -P do"),
        ("What does `-p` do?", "What does `-P` do?"),
        ("What does -v print?", "What does --v print?"),
        ("-P does what?", "-p does what?"),
        ("what is plan b", "what is plan B"),
        ("R is what?", "r is what?"),
        ("How much do US staff earn?", "How much do us staff earn?"),
        ("How much do US staff earn?", "how much do us staff earn?"),
        ("Who likes Turkey?", "Who likes turkey?"),
        ("Who met a few people?", "Who met few people?"),
        ("What is 10²?", "What is 102?"),
        ("What is 1½?", "What is 11/2?"),
        ("Is it -5 degrees?", "Is it 5 degrees?"),
        ("What is 5!?", "What is 5?"),
        ("What is 3.14?", "What is 314?"),
        ("Is C++ used?", "Is C used?"),
        ("Who knows Ann's boss?", "Who knows Ann's friend's boss?"),
        ("Which company owns Hi-tech Systems?", "Which company owns tech Systems?"),
        ("Hi-tech companies are where?", "Tech companies are where?"),
        ("In Paris, who owns firms with shops?", "Who owns firms with shops in Paris?"),
        ("Can I ask my manager for leave?", "My manager for leave?"),
        ("Do I need to know Bob?", "Bob?"),
        ("What is “big data”?", "What is “large data”?"),
        ("Who sang Big in Japan?", "Who sang Large in Japan?"),
        ("Who leads sales and marketing, respectively?", "Who leads marketing and sales?"),
        ("What's happened?", "What is happened?"),
        ("Cats can eat what?", "What cats can eat?"),
        ("Time is measured in what?", "What time is measured?"),
        ("Can you help when the server is down?", "When is the server down?"),
        ("What is the ratio of men and women?", "What is the ratio of women and men?"),
        ("Who runs New York and London?", "Who runs New London and York?"),
    ],
    "vi": [
        ("Ai mua công ty Acme của Beta?", "Ai mua công ty Beta của Acme?"),
        ("Ai được nghỉ phép?", "Ai không được nghỉ phép?"),
        ("Giá trước năm 2020?", "Giá sau năm 2020?"),
        ("Ai có ba con?", "Ai có hai con?"),
        ("Khi nào anh về?", "Anh về khi nào?"),
        ("Ai bán hàng?", "Ai bán hãng?"),
        ("Ai bảy tuổi?", "Ai bay tuoi?"),
        ("Ai ở phía nam?", "Ai o phia nam"),
        ("Bà nào ở đây?", "Ba nao o day"),
        ("Dạ dày là gì?", "Dày là gì?"),
        ("Tôi muốn làm gì?", "Tôi cần làm gì?"),
        ("Ai biết mật khẩu nào?", "mật khẩu nào?"),
        ("Có ai biết mật khẩu không?", "Anh có biết mật khẩu không?"),
        ("Thực hiện tại đâu?", "Thực hiện nay đâu?"),
        ("Cờ -p để làm gì?", "Cờ -P để làm gì?"),
    ],
    "zh": [
        ("曹操打败了谁？", "谁打败了曹操？"),
        ("A公司收购了B公司吗？", "B公司收购了A公司吗？"),
        ("2007年谁离开了？", "2008年谁离开了？"),
        ("从北京到上海多远？", "从上海到北京多远？"),
        ("谁有权限？", "谁没有权限？"),
        ("会议前做什么？", "会议后做什么？"),
        ("项目什么时候开始？", "项目什么时候结束？"),
        ("三个人够吗？", "四个人够吗？"),
        ("2007年成立的公司总裁是谁？", "成立的公司在2007年总裁是谁？"),
        ("查理是谁？", "理是谁？"),
        ("要了解财务需要什么？", "财务需要什么？"),
        ("怎么没有暖气？", "如何没有暖气？"),
        ("问答是什么？", "答是什么？"),
        ("大家知道密码吗？", "有人知道密码吗？"),
        ("我想知道密码。", "密码。"),
        ("选项-p是什么？", "选项-P是什么？"),
    ],
}


@pytest.mark.parametrize(
    ("language", "one", "other"), [(code, *pair) for code, pairs in SAME.items() for pair in pairs]
)
def test_other_words_for_the_same(language: str, one: str, other: str) -> None:
    assert same_question(one, other, language)
    assert same_question(other, one, language)
    assert traces(form_of(one, language)) & traces(form_of(other, language))


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [(code, *pair) for code, pairs in DIFFERENT.items() for pair in pairs],
)
def test_the_same_words_for_another(language: str, one: str, other: str) -> None:
    assert not same_question(one, other, language, lambda _: True)
    assert not same_question(other, one, language, lambda _: True)


def test_a_typing_error_needs_words_that_are_known() -> None:
    asked, typed = "Who signs the certificate?", "Who signs the certifciate?"
    words = {"who", "signs", "the", "certificate"}
    assert not same_question(asked, typed, "en")
    assert same_question(asked, typed, "en", words.__contains__)
    assert not same_question(asked, typed, "en", (words | {"certifciate"}).__contains__)
    assert not same_question(asked, "Who singss the certifciate?", "en", words.__contains__)


def test_other_languages_only_lose_their_marks() -> None:
    assert same_question("Wo ist das Büro?", "Wo  ist das Büro", "de")
    assert not same_question("Wo ist das Büro?", "Bitte, wo ist das Büro?", "de")
    assert not same_question("Wo sind Sie?", "Wo waren Sie?", "de")


def test_nothing_asks_nothing() -> None:
    assert not same_question("", "", "en")
    assert not same_question("?!", "?", "zh")


WORDS = """
please who what is the in 2007 , Paris and Acme acquired not by when us US if could you tell me
Ai là gì vào năm nào cho tôi hỏi ạ không 谁 是 2007年 的 请问 在 什么时候 ？ ? " “ ” 《 》 ² - ! 's
"""
PIECES = st.sampled_from(WORDS.split())
QUESTIONS = st.lists(PIECES, max_size=9).map(" ".join) | st.text(max_size=30)
LANGUAGES = st.sampled_from(["en", "vi", "zh", "fr", "und"])


@given(QUESTIONS, LANGUAGES)
def test_a_question_is_the_same_as_itself(question: str, language: str) -> None:
    form = form_of(question, language)
    assert same_form(form, form) == bool(form.words)


@given(QUESTIONS, QUESTIONS, LANGUAGES, st.sets(PIECES))
def test_likeness_goes_both_ways_and_leaves_a_trace(
    one: str, other: str, language: str, words: set[str]
) -> None:
    same = same_question(one, other, language, words.__contains__)
    assert same == same_question(other, one, language, words.__contains__)
    if same:
        assert traces(form_of(one, language)) & traces(form_of(other, language))
