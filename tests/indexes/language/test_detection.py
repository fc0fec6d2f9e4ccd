"""Which language a text is in, and how sure that is."""

import json
import unicodedata
from pathlib import Path

import pytest

from indexes.language import Detection, detect, identify
from indexes.language.folding import without_marks


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("What is the notice period for leaving the company?", "en"),
        ("Nhân viên được nghỉ bao nhiêu ngày mỗi năm?", "vi"),
        ("VPN bị ngắt kết nối", "vi"),
        ("cà phê sữa", "vi"),
        # Without its diacritics.
        ("Nhan vien duoc nghi bao nhieu ngay moi nam?", "vi"),
        ("doi mat khau email", "vi"),
        ("cai dat Docker", "vi"),
        ("tin nhan", "vi"),
        # English whose words might be Vietnamese syllables.
        ("set up chat bot", "en"),
        ("top up", "en"),
        ("pho bo restaurant menu", "en"),
        ("What does the EU not do?", "en"),
        ("hi", "en"),
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


def test_a_page_of_english_words_needs_no_closer_look() -> None:
    english = "You have four weeks from the day that your child is born, and they are paid. " * 3
    assert identify(english) == Detection("en", 1.0)
    german = "Der Antrag ist vier Wochen vor dem ersten Tag bei der Leitung einzureichen. " * 4
    quoting = german + "The form is called 'You and the child'."
    assert identify(quoting).language == "de"
    annotated = f"<!-- {english} -->\n这个页面说明产假的申请流程和注意事项。"
    assert identify(annotated) != Detection("en", 1.0)


def test_the_first_paragraphs_decide() -> None:
    assert detect("The annual report is out. " * 100 + "年假" * 5_000) == "en"


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("员工有多少天年假？", 1, 1),
        ("Nhân viên được nghỉ bao nhiêu ngày?", 1, 1),
        ("Nhan vien duoc nghi bao nhieu ngay?", 0.55, 1),
        ("What is the notice period for leaving the company?", 0.8, 1),
        ("set up bot", 0, 0.5),
        ("123", 0, 0),
    ],
)
def test_how_sure_it_is(text: str, least: float, most: float) -> None:
    assert least <= identify(text).confidence <= most
    assert identify(text).language == detect(text)


DATA = Path(__file__).resolve().parents[4] / "shared" / "data"


def questions(name: str) -> list[str]:
    path = DATA / name / "queries.jsonl"
    if not path.is_file():
        pytest.skip(f"../shared/data/{name} is not here")
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in lines][::4]


@pytest.mark.parametrize("name", ["squad2-en", "scifact", "handbook-sourcegraph"])
def test_english_questions_are_not_taken_for_vietnamese(name: str) -> None:
    asked = questions(name)
    assert sum(detect(text) == "vi" for text in asked) < 0.005 * len(asked)


def test_vietnamese_questions_are_known_without_their_marks() -> None:
    asked = [without_marks(text.lower()) for text in questions("xquad-vi")]
    assert sum(detect(text) == "vi" for text in asked) > 0.95 * len(asked)


@pytest.mark.parametrize(
    "text",
    [
        "What is Nguyễn's phone number?",
        "Who is Trần Thị Bình?",
        "When does the Hà Nội office open?",
        "email of Phạm Thu Hà",
        "Đà Nẵng office opening hours",
        "Huế office opening hours",
        "Does Nguyễn Minh Tuấn approve travel requests for the sales team?",
    ],
)
def test_a_question_is_in_the_language_of_what_it_says_of_a_vietnamese_name(text: str) -> None:
    assert detect(text) == "en"


@pytest.mark.parametrize(
    "text",
    [
        "Nguyễn Văn An là ai?",
        "Hà Nội ở đâu?",
        "Quy Định Nghỉ Phép Năm",
        "QUY CHẾ LAO ĐỘNG CÔNG TY TNHH MINH ANH",
        "Cài Microsoft Teams",
        "Đăng nhập Google Workspace",
        "Ai thay Lê Văn Nam",
        "xe di Đà Nẵng may gio",
    ],
)
def test_vietnamese_with_names_stays_vietnamese(text: str) -> None:
    assert detect(text) == "vi"
