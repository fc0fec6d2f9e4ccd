"""What compares texts, what a passage is found by, and what a question asks for."""

import unicodedata
from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from indexes.language import analyze, index_terms, normalise, query_terms
from tests.indexes.language.texts import TEXT


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
        # Wherever its tone mark is typed, a syllable is the same.
        ("hòa thủy khỏe", "vi", "hoà thuỷ khoẻ"),
        # Chinese: bigrams, cut at function words; a character alone stays.
        ("服务器", "zh", "服务 务器"),
        ("员工的年假是多少天？", "zh", "员工 年假 天"),
        ("公司", "zh", "公司"),
        ("好", "zh", "好"),
        # Beyond the basic plane a character is still one character.
        ("𠀀𠀁字", "zh", "𠀀𠀁 𠀁字"),
        ("東京タワー", "ja", "东京 京タ タワ ワー"),
        # Traditional characters are the Simplified ones.
        ("資料庫的連線", "zh", "资料 料库 连线"),
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


LANGUAGES = st.sampled_from(["en", "vi", "zh", "und"])


@given(TEXT, LANGUAGES)
@example("Nghỉ phép được duyệt", "vi")
@example("İstanbul's ﬁle-name v1.2, Beyoncé", "en")
def test_the_terms_do_not_depend_on_how_letters_are_composed(text: str, language: str) -> None:
    decomposed = unicodedata.normalize("NFD", text)
    assert analyze(decomposed, language) == analyze(text, language)
    assert index_terms(decomposed, language) == index_terms(text, language)
    assert query_terms(decomposed, language) == query_terms(text, language)


@given(TEXT, LANGUAGES)
def test_no_term_is_empty_or_holds_white_space(text: str, language: str) -> None:
    assert all(term and term.split() == [term] for term in index_terms(text, language))
    assert all(term and term.split() == [term] for term in query_terms(text, language))


@given(TEXT, LANGUAGES)
@example("useEffect ERR_CONN Nghỉ phép 服务器", "vi")
def test_a_passage_is_found_by_each_of_its_words(text: str, language: str) -> None:
    assert not Counter(analyze(text, language)) - Counter(index_terms(text, language))


@given(TEXT, LANGUAGES)
def test_what_a_question_asks_for_weighs_something(text: str, language: str) -> None:
    assert all(weight > 0 for weight in query_terms(text, language).values())


@given(st.lists(st.sampled_from("leave days of the employees booking".split())))
def test_a_question_of_plain_english_words_counts_them(words: list[str]) -> None:
    question = " ".join(words)
    assert query_terms(question, "en") == Counter(analyze(question, "en"))


def test_what_was_read_before_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["Reset ERR_CONN_RESET, useEffect", "Nghỉ phép", "申請年假", "reset useEffect"] * 2
    expected = [index_terms(text, "vi") for text in texts]
    monkeypatch.setattr("indexes.language.terms._REMEMBERED", 2)
    assert [index_terms(text, "vi") for text in texts] == expected


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


def score(question: tuple[str, str], passage: tuple[str, str]) -> float:
    """The weight of what ``passage`` holds of ``question``; each a text and its language."""
    held = set(index_terms(*passage))
    return sum(weight for term, weight in query_terms(*question).items() if term in held)


@pytest.mark.parametrize(
    ("question", "passages"),
    [
        # An exact match before one of parts, that before none.
        (
            ("ERR_CONN_RESET", "en"),
            ["See ERR_CONN_RESET.", "Conn reset is an err", "Reset it", "Ask us"],
        ),
        (("v1.29.3", "en"), ["Since 1.29.3 it is", "Since 1.29 it is", "Since 2.30 it is"]),
        (("KB-2041", "en"), ["(KB-2041)", "article 2041", "article 2042"]),
        (("useEffect", "en"), ["call useEffect()", "the use of an effect", "the event"]),
        (("kube-apiserver", "en"), ["`kube-apiserver`:", "the apiserver", "the scheduler"]),
        (("config.yaml", "en"), ["/etc/app/config.yaml", "a YAML file", "a TOML file"]),
        (("192.168.0.1", "en"), ["at 192.168.0.1:80", "at 192.168.7.2", "at 10.9.8.7"]),
        (("C++", "en"), ["in C++, too", "in C", "in Go"]),
        (("jane.doe@example.com", "en"), ["<jane.doe@example.com>", "Jane Doe", "Joe"]),
        (("https://docs.example.com/a", "en"), ["(https://docs.example.com/a)", "docs", "page"]),
        # Vietnamese: the exact word, the word without marks, another word of the same letters.
        (("nghỉ phép", "vi"), ["được nghỉ phép", "duoc nghi phep", "được làm"]),
        (("nghỉ phép", "vi"), ["được nghỉ phép", "bị nghi phép", "được làm"]),
        # Typed without marks, two neighbours before two syllables apart.
        (("nghi phep", "vi"), ["đơn nghỉ phép", "nghỉ có phép", "đơn nghỉ", "đơn từ"]),
        (("使用電腦", "zh"), ["他使用电脑", "电脑", "他"]),
    ],
)
def test_an_exact_match_ranks_first(question: tuple[str, str], passages: list[str]) -> None:
    scores = [score(question, (passage, question[1])) for passage in passages]
    assert scores == sorted(set(scores), reverse=True)
    assert scores[-1] == 0


@pytest.mark.parametrize(
    ("question", "passage"),
    [
        # Found by a part, whatever the case and the separators.
        (("effect", "en"), ("Call useEffect once.", "en")),
        (("server", "en"), ("HTTPServer", "en")),
        (("useeffect", "en"), ("useEffect", "en")),
        (("nodejs", "en"), ("Node.js", "en")),
        (("node js", "en"), ("NodeJS", "en")),
        (("wifi", "en"), ("Wi-Fi", "en")),
        (("1000 people", "en"), ("1,000 guests", "en")),
        (("Kubernetes 1.29", "en"), ("v1.29.3", "en")),
        (("2041", "en"), ("KB2041", "en")),
        (("16GB", "en"), ("16 GB", "en")),
        # Names from elsewhere, typed without their accents.
        (("beyonce", "en"), ("Beyoncé", "en")),
        (("Zurich", "en"), ("Büro Zürich", "de")),
        (("the Da Nang office", "en"), ("văn phòng Đà Nẵng", "vi")),
        (("Nguyen", "en"), ("Ask Nguyễn Văn An", "en")),
        # Vietnamese without marks, on either side, and with the marks at another place.
        (("nghi phep", "vi"), ("Nghỉ phép", "vi")),
        (("nghỉ", "vi"), ("nghi", "vi")),
        (("hòa", "vi"), ("hoà", "vi")),
        (("don hang", "vi"), ("Đơn hàng", "vi")),
        # Chinese: a single character in a longer word, one script for the other.
        (("猫", "zh"), ("小猫咪", "zh")),
        (("資料庫", "zh"), ("数据与资料库", "zh")),
        (("Kubernetes", "zh"), ("使用Kubernetes部署", "zh")),
        (("Kubernetes 部署", "zh"), ("使用kubernetes部署", "zh")),
    ],
)
def test_a_passage_is_found(question: tuple[str, str], passage: tuple[str, str]) -> None:
    assert score(question, passage) > 0


@pytest.mark.parametrize(
    ("question", "passage"),
    [
        # English words are not taken for Vietnamese syllables.
        (("man can set", "en"), ("mạn cạn sệt", "vi")),
        # A version is no number, and half a number no number.
        (("123", "en"), ("1.2.3", "en")),
        (("100", "en"), ("1,000", "en")),
        # Function words find nothing, with or without marks.
        (("của những", "vi"), ("Nhà của những người", "vi")),
        (("cua nhung", "vi"), ("Cua những", "vi")),
        (("什麼是", "zh"), ("什么是什么", "zh")),
    ],
)
def test_a_passage_is_not_found(question: tuple[str, str], passage: tuple[str, str]) -> None:
    assert score(question, passage) == 0


def test_what_a_question_without_marks_finds_weighs_less_where_some_are_typed() -> None:
    typed, bare = query_terms("nghỉ phép năm", "vi"), query_terms("nghi phep nam", "vi")
    assert typed["nghỉ"] == bare["nghi"] == 1
    assert typed["~nghi"] < bare["~nghi"]
    assert typed["~nghi~phep"] < bare["~nghi~phep"]


def test_a_part_counts_once_in_a_passage() -> None:
    assert Counter(index_terms("useEffect useEffect useEffect", "en")) == {
        "useeffect": 3,
        "use": 1,
        "effect": 1,
    }
