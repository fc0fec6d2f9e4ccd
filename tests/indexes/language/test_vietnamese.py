"""Vietnamese syllables, and what is typed without their marks."""

import json
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given

from indexes.language import normalise
from indexes.language.folding import without_marks
from indexes.language.vietnamese import (
    BARE_STOP_WORDS,
    ENGLISH_TOO,
    STOP_WORDS,
    SYLLABLES,
    bare_share,
    with_tone_on_vowel,
)
from tests.indexes.language.texts import TEXT

PAGES = Path(__file__).resolve().parents[4] / "shared" / "data" / "xquad-vi" / "corpus.jsonl"


@pytest.mark.parametrize(
    "word",
    "nghiêng người khuya khuỷu quyết quỳnh giếng giữ gì giúp yêu ngoằn thuở uống ghế kẻ cả "
    "huơ chuếnh toong xoèn quẹt đường phở".split(),
)
def test_a_syllable_is_legal(word: str) -> None:
    assert without_marks(word) in SYLLABLES


@pytest.mark.parametrize("word", "ka ce nge ngha gha ghe wi zu fa strong what error ing".split())
def test_a_syllable_is_spelt_by_rule(word: str) -> None:
    assert (word in SYLLABLES) == (word == "ghe")


def test_stop_words_and_english_words_are_syllables() -> None:
    assert BARE_STOP_WORDS <= SYLLABLES
    assert ENGLISH_TOO <= SYLLABLES
    assert {with_tone_on_vowel(word) for word in STOP_WORDS} == STOP_WORDS


def test_nearly_all_marked_words_of_real_pages_are_legal() -> None:
    if not PAGES.is_file():
        pytest.skip("../shared/data/xquad-vi is not here")
    lines = PAGES.read_text("utf-8").splitlines()
    words = re.findall(
        r"[^\W\d_]+", normalise(" ".join(json.loads(line)["text"] for line in lines))
    )
    marked = [word for word in words if without_marks(word) != word]
    assert sum(without_marks(word) in SYLLABLES for word in marked) > 0.995 * len(marked)


@pytest.mark.parametrize(
    ("word", "moved"),
    [
        ("hòa", "hoà"),
        ("hoà", "hoà"),
        ("khỏe", "khoẻ"),
        ("thủy", "thuỷ"),
        ("hòan", "hoàn"),
        ("qúy", "quý"),
        ("của", "của"),
        ("mùa", "mùa"),
    ],
)
def test_the_tone_stands_on_the_main_vowel(word: str, moved: str) -> None:
    assert with_tone_on_vowel(word) == moved


@pytest.mark.parametrize(
    ("word", "bare"), [("đường", "duong"), ("łódź", "lodz"), ("straße", "strasse"), ("año", "ano")]
)
def test_marks_come_off(word: str, bare: str) -> None:
    assert without_marks(word) == bare


@given(TEXT)
def test_marks_come_off_however_they_are_composed(text: str) -> None:
    folded = normalise(text)
    bare = without_marks(folded)
    assert without_marks(bare) == bare
    assert without_marks(unicodedata.normalize("NFD", folded)) == bare


@pytest.mark.parametrize(
    ("words", "share"),
    [
        ("nghi phep", 1.0),
        ("nghi", 0.0),  # one syllable says too little
        ("set up", 0.0),
        ("tin nhan", 1.0),  # "tin" is English too
        ("cai dat Docker", 2 / 3),
        ("a b c nghi phep", 1.0),
        ("Kubernetes cluster", 0.0),
    ],
)
def test_the_share_of_syllables(words: str, share: float) -> None:
    assert bare_share(words.split()) == pytest.approx(share)
