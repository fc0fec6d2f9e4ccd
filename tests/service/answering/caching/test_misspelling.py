"""Typing errors, told from other words."""

import pytest

from service.answering.caching.misspelling import is_misspelt
from service.answering.caching.wording import Word

KNOWN = frozenset("government station certificate mask planning plane nghiệp trường united".split())


def misspelt(right: str, wrong: str, language: str = "en", *, capital: bool | None = False) -> bool:
    one, other = Word(right, capital), Word(wrong, capital)
    found = is_misspelt(one, other, language, KNOWN.__contains__)
    assert found == is_misspelt(other, one, language, KNOWN.__contains__)
    return found


@pytest.mark.parametrize(
    ("right", "wrong", "language"),
    [
        ("government", "govenrment", "en"),
        ("government", "goverrnment", "en"),
        ("planning", "planninng", "en"),
        ("trường", "trườgn", "vi"),
        ("nghiệp", "nnghiệp", "vi"),
    ],
)
def test_slips_of_the_fingers(right: str, wrong: str, language: str) -> None:
    assert misspelt(right, wrong, language)


@pytest.mark.parametrize(
    ("right", "wrong", "language"),
    [
        ("station", "statin", "en"),  # a letter left out makes other words
        ("government", "govermment", "en"),  # a wrong letter too
        ("planning", "planing", "en"),  # of "plane"
        ("mask", "maks", "en"),  # too short
        ("government", "ogvernment", "en"),  # the first letter
        ("government", "governmetn", "en"),  # the last letter
        ("trường", "trường2", "vi"),
        ("trường", "trưòng", "vi"),
        ("government", "govenrment", "fr"),
        ("government", "governance", "en"),
    ],
)
def test_other_words(right: str, wrong: str, language: str) -> None:
    assert not misspelt(right, wrong, language)


def test_names_and_quotes_are_taken_to_the_letter() -> None:
    assert not misspelt("government", "govenrment", capital=True)
    assert not misspelt("government", "govenrment", capital=None)
    quoted = Word("govenrment", capital=False, quoted=True)
    assert not is_misspelt(Word("government", capital=False), quoted, "en", KNOWN.__contains__)


def test_neither_or_both_known_are_two_words() -> None:
    for known in (frozenset[str](), frozenset({"certificate", "certifciate"})):
        one, other = Word("certificate", capital=False), Word("certifciate", capital=False)
        assert not is_misspelt(one, other, "en", known.__contains__)
