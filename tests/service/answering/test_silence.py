"""Why there is no answer: every reason in every language, naming words of the question alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.answering.silence import reason
from service.answering.types import Silence

LANGUAGES = ["en", "vi", "zh"]
NAMING = {Silence.NOT_COVERED, Silence.KIND_MISSING, Silence.UNCERTAIN}


@pytest.mark.parametrize("silence", Silence)
def test_every_silence_has_its_own_words_in_each_language(silence: Silence) -> None:
    said = [reason(silence, ["Strider"], language) for language in LANGUAGES]
    assert len(set(said)) == len(LANGUAGES)
    for text in said:
        assert text[-1] in ".。"
        assert ("Strider" in text) == (silence in NAMING)
        assert "{" not in text


def test_no_two_silences_sound_alike() -> None:
    for language in LANGUAGES:
        assert len({reason(silence, ["Strider"], language) for silence in Silence}) == len(Silence)


def test_english_for_other_languages() -> None:
    for silence in Silence:
        assert reason(silence, ["Strider"], "fr") == reason(silence, ["Strider"], "en")


@pytest.mark.parametrize(
    ("words", "language", "named"),
    [
        (["Strider"], "en", "“Strider”."),
        (["Strider", "2031"], "en", "“Strider” or “2031”."),
        (["a", "b", "c", "d"], "en", "“a”, “b” or “c”."),
        (["Kiên Giang", "2031"], "vi", "“Kiên Giang” hay “2031”."),
        (["湛江", "油泵"], "zh", "“湛江”或“油泵”。"),
    ],
)
def test_words_are_listed(words: list[str], language: str, named: str) -> None:
    assert reason(Silence.NOT_COVERED, words, language).endswith(named)


def test_without_a_word_to_name_it_touches_on_this() -> None:
    for language in LANGUAGES:
        bare = reason(Silence.NOT_COVERED, [], language)
        assert bare == reason(Silence.UNCERTAIN, [], language)


@given(st.sampled_from(list(Silence)), st.lists(st.text(max_size=20), max_size=5))
def test_any_words_are_taken_as_they_are(silence: Silence, words: list[str]) -> None:
    said = reason(silence, words, "en")
    if silence in NAMING:
        assert all(f"“{word}”" in said for word in words[:3])
