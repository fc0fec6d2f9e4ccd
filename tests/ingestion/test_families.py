"""Near-duplicates are found, and what only looks alike is not."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.families import SIMILAR, families, signature
from tests.ingestion.library import Library

WORDS = [f"word{n}" for n in range(400)]


def text(start: int, length: int = 300) -> str:
    return " ".join(WORDS[start : start + length])


def family_of(*texts: str, language: str = "en") -> list[set[int]]:
    """Which of the texts form a family, by their places."""
    signatures = {f"{n:02d}": signature(each, language) for n, each in enumerate(texts)}
    found: dict[str, set[int]] = {}
    for identity, leader in families(signatures).items():
        found.setdefault(leader, set()).add(int(identity))
    assert all(min(members) == int(leader) for leader, members in found.items())
    return list(found.values())


def test_a_signature_is_the_same_everywhere() -> None:
    made = signature("The quick brown fox jumps over the lazy dog.", "en")
    assert len(made) == 512
    assert made[:8].hex() == "7bc43e9105d8fc44"
    assert signature("", "en") == signature("。", "zh") == b""


@pytest.mark.parametrize(
    ("language", "original", "copy"),
    [
        ("en", text(0), text(0) + " and one more sentence at the end"),
        ("vi", "Nhân viên được nghỉ phép mười hai ngày mỗi năm. " * 9, None),
        ("zh", "员工每年有二十五天假期,须提前两周向主管申请。" * 9, None),
    ],
)
def test_a_copy_with_a_small_change_is_family(
    language: str, original: str, copy: str | None
) -> None:
    other = copy or f"{original} {original[:5]}"
    assert family_of(original, "Something else entirely.", other, language=language) == [{0, 2}]


def test_texts_that_share_half_are_strangers() -> None:
    assert family_of(text(0, 200), text(100, 200)) == []


def test_short_texts_are_family_only_when_they_say_the_same() -> None:
    assert family_of("Room 12 is closed.", "Room 12 is closed!", "Room 13 is closed.") == [{0, 1}]


def test_a_chain_is_one_family() -> None:
    edits = [f"{text(0)} {'extra ' * n}" for n in range(4)]
    assert family_of(*edits) == [{0, 1, 2, 3}]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 300))
def test_the_estimate_follows_the_similarity(changed: int) -> None:
    first, second = text(0, 300), " ".join([*WORDS[:changed], *WORDS[:300][changed:][::-1]])
    pair = family_of(first, second)
    shingles = [
        {tuple(words[i : i + 3]) for i in range(len(words) - 2)}
        for words in (first.split(), second.split())
    ]
    similarity = len(shingles[0] & shingles[1]) / len(shingles[0] | shingles[1])
    if similarity > SIMILAR + 0.1:
        assert pair == [{0, 1}]
    elif similarity < SIMILAR - 0.12:
        assert pair == []


def test_a_run_finds_the_family_and_prefers_the_newest(library: Library) -> None:
    policy = "# Leave\n\n" + " ".join(f"Rule {n} about leave is here." for n in range(40))
    for name, changed, moment in (("old", "", 1_000), ("new", "\n\nRevised.", 2_000)):
        file = library.write(f"{name}.md", policy + changed)
        os.utime(file, (moment, moment))
    library.write("alone.md", "# Travel\n\nTrains are booked through the desk.")
    report = library.run()
    assert report.duplicates == (("new.md", "old.md"),)
    published = library.published()
    leader = published["new.md"][0].info.family
    assert leader == published["old.md"][0].info.family != ""
    assert published["alone.md"][0].info.family == ""
    (library.root / "old.md").unlink()
    assert library.run().duplicates == ()
    assert library.published()["new.md"][0].info.family == ""
