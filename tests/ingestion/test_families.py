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


def test_versions_need_be_alike_by_a_third_only() -> None:
    texts = {
        "a": text(0, 200),
        "b": text(70, 200),  # about .48
        "c": text(300, 100),  # nothing of either
    }
    sketches = {name: signature(each, "en") for name, each in texts.items()}
    assert families(sketches) == {}
    assert families(sketches, [("b", "a"), ("b", "c")]) == {"a": "a", "b": "a"}
    assert families(sketches, [("a", "z")]) == {}


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


CLAUSES = {
    "en": (
        "Clause {} on the {}th point stays as it is, word for word.",
        "Rule {}: now pay {} euros.",
    ),
    "vi": ("Điều {} về điểm thứ {} được giữ nguyên từng chữ.", "Khoản {}: nay trả {} nghìn đồng."),
    "zh": ("第{}条关于事项{}的规定保持不变,照旧执行。", "第{}款:现在每次支付{}元人民币。"),
}


def revised(language: str, revision: int) -> str:
    """A paper of twenty clauses, of which every third is of its revision."""
    kept, changed = CLAUSES[language]
    return "\n\n".join(
        kept.format(n, n) if n % 3 else changed.format(n, n + revision * 1_000) for n in range(20)
    )


@pytest.mark.parametrize(
    ("language", "older", "newer"),
    [
        ("en", "leave-2023.md", "leave-2025.md"),
        ("en", "leave v2.md", "leave v3.md"),
        ("vi", "nghỉ phép 2023.md", "nghỉ phép 2025.md"),
        ("vi", "nội quy (cũ).md", "nội quy.md"),
        ("zh", "休假制度2023.md", "休假制度2025.md"),
        ("zh", "休假制度（第二版）.md", "休假制度（第三版）.md"),
    ],
)
def test_a_revision_is_a_version_and_the_name_tells_the_newer(
    library: Library, language: str, older: str, newer: str
) -> None:
    for name, revision, moment in ((newer, 2, 1_000), (older, 1, 2_000)):
        os.utime(library.write(name, revised(language, revision)), (moment, moment))
    assert library.run().duplicates == ((newer, older),)


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "minutes 2026-03-03.md", "minutes 2026-03-10.md"),
        ("en", "release 5.3.md", "release 5.4.md"),
        ("vi", "kế hoạch tuần 15.md", "kế hoạch tuần 16.md"),
        ("vi", "báo cáo 2024.md", "báo cáo 2025.md"),
        ("zh", "2026年1月排班.md", "2026年2月排班.md"),
        ("zh", "会议纪要2024.md", "会议纪要2025.md"),
    ],
)
def test_what_is_written_anew_each_time_is_no_version(
    library: Library, language: str, one: str, other: str
) -> None:
    library.write(one, revised(language, 1))
    library.write(other, revised(language, 2))
    assert library.run().duplicates == ()
