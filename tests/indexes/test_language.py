"""What language a text is in, the terms it is found by, and where its sentences end."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from indexes.language import analyze, detect, normalise, sentences

TEXT = st.text(
    st.characters(exclude_categories=["Cs"])
    | st.sampled_from(list('.!?…。！？；”"’)\n\n  aAbB1đ年。'))
)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("What is the notice period for leaving the company?", "en"),
        ("Nhân viên được nghỉ bao nhiêu ngày mỗi năm?", "vi"),
        ("VPN bị ngắt kết nối", "vi"),
        ("cà phê sữa", "vi"),
        ("员工有多少天年假？", "zh"),
        ("请假", "zh"),
        ("これは日本語の文章です。", "ja"),
        ("Wie lange dauert der Urlaub in diesem Jahr?", "de"),
        # Identifiers and commands are mostly names: English is the best guess.
        ("server_timeout=30 ERR_CONN", "en"),
        ("kubectl apply -f x.yaml", "en"),
        # Mixed text is in the language of most of its letters.
        ("年假 policy of the whole ACME company", "en"),
        ("如何重启VPN服务器", "zh"),
        ("Chính sách nghỉ phép (annual leave policy)", "vi"),
        ("", "und"),
        ("123 + 456 = ?", "und"),
        ("🙂🙂", "und"),
    ],
)
def test_the_language_of_a_text(text: str, language: str) -> None:
    assert detect(text) == language
    assert detect(unicodedata.normalize("NFD", text)) == language


def test_the_first_paragraphs_decide() -> None:
    assert detect("The annual report is out. " * 100 + "年假" * 5_000) == "en"


@pytest.mark.parametrize(
    ("text", "language", "terms"),
    [
        # English: stems, no stop words.
        ("The employees were running the Companies' meetings!", "en", "employe run compani meet"),
        ("the of and", "en", ""),
        ("snake_case v1.2 e-mail", "en", "snake case v1 2 e mail"),
        # What looks alike is alike: full width, ligatures, capitals.
        ("Ｆｕｌｌ ｗｉｄｔｈ ﬁle", "en", "full width file"),
        # Vietnamese: syllables with their diacritics, no stop words.
        ("Nhân viên được nghỉ phép mười hai ngày", "vi", "nhân viên nghỉ phép mười hai"),
        ("ma má mà mả mã mạ", "vi", "ma má mả mã mạ"),
        # Chinese: bigrams, cut at function words; a character alone stays.
        ("服务器", "zh", "服务 务器"),
        ("员工的年假是多少天？", "zh", "员工 年假 天"),
        ("公司", "zh", "公司"),
        ("好", "zh", "好"),
        # Beyond the basic plane a character is still one character.
        ("𠀀𠀁字", "zh", "𠀀𠀁 𠀁字"),
        ("東京タワー", "ja", "東京 京タ タワ ワー"),
        # Mixed: English words take their stem in any language.
        ("我们的VPN服务器在Hà Nội, running", "zh", "vpn 服务 务器 hà nội run"),
        ("Reset máy chủ: restarting servers", "vi", "reset máy chủ restart server"),
        # Stop words are those of the text's own language.
        ("trả lời về việc nghỉ", "und", "trả lời về việc nghỉ"),
        ("trả lời về việc nghỉ", "vi", "trả lời nghỉ"),
        ("", "en", ""),
        ("…—!? _", "en", ""),
    ],
)
def test_the_terms_of_a_text(text: str, language: str, terms: str) -> None:
    assert analyze(text, language) == terms.split()


@given(TEXT, st.sampled_from(["en", "vi", "zh", "und"]))
@example("Nghỉ phép được duyệt", "vi")
def test_the_terms_do_not_depend_on_how_letters_are_composed(text: str, language: str) -> None:
    composed = analyze(unicodedata.normalize("NFC", text), language)
    assert analyze(unicodedata.normalize("NFD", text), language) == composed
    assert analyze(text, language) == composed


@given(TEXT, st.sampled_from(["en", "vi", "zh", "und"]))
def test_no_term_is_empty_or_holds_white_space(text: str, language: str) -> None:
    assert all(term and term.split() == [term] for term in analyze(text, language))


@pytest.mark.parametrize(
    ("question", "asked_in", "passage", "written_in"),
    [
        ("How are meetings booked?", "en", "A meeting is booked by the desk.", "en"),
        ("nghỉ phép", "vi", "Đơn xin nghỉ phép gửi cho trưởng nhóm.", "vi"),
        ("如何申请年假？", "zh", "员工申请年假须提前两周。", "zh"),
        ("server restarts", "en", "Máy chủ (server) restarting mỗi đêm", "vi"),
        ("VPN timeout", "en", "VPN的timeout是三十秒", "zh"),
    ],
)
def test_a_passage_is_found_by_the_terms_of_its_question(
    question: str, asked_in: str, passage: str, written_in: str
) -> None:
    asked = set(analyze(question, asked_in))
    assert asked
    assert asked <= set(analyze(passage, written_in))


def test_normalise_folds_width_case_and_composition() -> None:
    assert normalise("ＡBＣ Nghỉ") == normalise("abc nghi\u0309") == "abc nghỉ"


@pytest.mark.parametrize(
    "expected",
    [
        ["Leave is granted.", "Ask your lead!", "When?", "Soon"],
        # Abbreviations and initials end no sentence.
        ["Dr. Smith met Mr. J. Doe.", "They left."],
        ["See e.g. Fig. 3 for details.", "Next one."],
        ["The U.S. office opened.", "It grew."],
        ["Họ gặp nhau ở TP. Hồ Chí Minh.", "Sau đó họ về."],
        # Nor do decimals, versions and names of files.
        ["It costs 3.14 dollars.", "Version 2.5 reads a.toml and b.md."],
        ["Giá là 1.000.000 đồng.", "Hết."],
        # Closing quotes belong to the sentence they close.
        ['She said "Stop."', "Then she left."],
        ["(It is so.)", "“Is it?”", "Yes."],
        ["Wait… what?", "No."],
        ["Really?!", "Yes... maybe."],
    ],
)
def test_sentences_apart_by_a_space(expected: list[str]) -> None:
    text = " ".join(expected)
    assert [text[start:end] for start, end in sentences(text)] == expected


@pytest.mark.parametrize(
    "expected",
    [
        ["员工有年假。", "须提前申请！", "几天？", "十天"],
        ["他说：“好。”", "然后走了。"],
        ["（见附件。）", "「是吗？」", "第一；", "第二。"],
        ["等等。。。", "好"],
        ["圆周率是3.14。", "完"],
    ],
)
def test_chinese_sentences_need_no_space(expected: list[str]) -> None:
    text = "".join(expected)
    assert [text[start:end] for start, end in sentences(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- one item\n- two items\n\n  Last line", ["- one item", "- two items", "Last line"]),
        ("Name | Days\nAn | 12\n", ["Name | Days", "An | 12"]),
        ("1. Open it. Read it.\n2. Close it.", ["1. Open it.", "Read it.", "2. Close it."]),
        ("Steps:\n10. Reboot\n", ["Steps:", "10. Reboot"]),
        ("It was built in 1999. It grew.", ["It was built in 1999.", "It grew."]),
        ("first line\nof two", ["first line", "of two"]),
        ("", []),
        (" \n\t ", []),
    ],
)
def test_lines_are_never_joined(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in sentences(text)] == expected


@given(TEXT)
@example("a. B.\u3000\x85 c。”d")
def test_sentences_cover_all_but_white_space(text: str) -> None:
    spans = sentences(text)
    position = 0
    for start, end in spans:
        assert text[position:start].strip() == ""
        assert position <= start < end
        assert text[start:end] == text[start:end].strip()
        position = end
    assert text[position:].strip() == ""
