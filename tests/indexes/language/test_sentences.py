"""Where the sentences of a text end."""

import pytest
from hypothesis import example, given

from indexes.language import sentences
from tests.indexes.language.texts import TEXT


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
