"""A passage as statements: what can answer, and the words that stand over it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.answering.reading.statements import statements

Expected = list[tuple[str, list[str]]]

SECTION = """# Returns

An aerator that was never unpacked can be sent back. We keep 12 % of the price.

Call the desk first."""

FAQ = """How do I wipe the controller?

Hold BACK and STAR together. The screen turns blue.

Can I use alcohol?
Never use alcohol."""

TABLE = """Spare parts

Part | Price in EUR
Probe cap | 18
Gearbox | Lasts 24 months. Wear is excluded. | 310"""

# What a passage holds of a table that began in the one before.
REST = """Gearbox | 310
Motor | none in stock

Ask the desk."""

LABELLED = """Prices

Model: D7-4 | Price (EUR): 745
Model: D7-SOL | Price (EUR): 1235"""

LIST = """To reset:
- hold the button
- wait for the tone

Then call us."""

VIETNAMESE = """Nghỉ phép

Nhân viên được nghỉ mười hai ngày. Đơn gửi cho trưởng nhóm."""

CHINESE = """年假

员工每年有十天年假。须提前两周申请。

可以延期吗？可以。"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            SECTION,
            [
                ("An aerator that was never unpacked can be sent back.", ["# Returns"]),
                ("We keep 12 % of the price.", []),
                ("Call the desk first.", []),
            ],
        ),
        (
            FAQ,
            [
                ("Hold BACK and STAR together.", ["How do I wipe the controller?"]),
                ("The screen turns blue.", []),
                ("Never use alcohol.", ["Can I use alcohol?"]),
            ],
        ),
        (
            TABLE,
            [
                ("Probe cap | 18", ["Spare parts", "Part | Price in EUR"]),
                (
                    "Gearbox | Lasts 24 months. Wear is excluded. | 310",
                    ["Spare parts", "Part | Price in EUR"],
                ),
            ],
        ),
        (
            REST,
            [("Gearbox | 310", []), ("Motor | none in stock", []), ("Ask the desk.", [])],
        ),
        (
            LABELLED,
            [
                ("Model: D7-4 | Price (EUR): 745", ["Prices"]),
                ("Model: D7-SOL | Price (EUR): 1235", ["Prices"]),
            ],
        ),
        (
            LIST,
            [
                ("- hold the button", ["To reset:"]),
                ("- wait for the tone", ["To reset:"]),
                ("To reset:\n- hold the button\n- wait for the tone", []),
                ("Then call us.", []),
            ],
        ),
        (
            VIETNAMESE,
            [
                ("Nhân viên được nghỉ mười hai ngày.", ["Nghỉ phép"]),
                ("Đơn gửi cho trưởng nhóm.", []),
            ],
        ),
        (
            CHINESE,
            [
                ("员工每年有十天年假。", ["年假"]),
                ("须提前两周申请。", []),
                ("可以。", ["可以延期吗？"]),
            ],
        ),
        ("It depends:\n\nOn the day.", [("On the day.", ["It depends:"])]),
        ("One line without an end", [("One line without an end", [])]),
        ("Probe cap | 18", [("Probe cap | 18", [])]),
        ("", []),
        (" \n\n ", []),
    ],
    ids=[
        "section",
        "faq",
        "table",
        "rest",
        "labelled",
        "list",
        "vi",
        "zh",
        "lead",
        "line",
        "row",
        "empty",
        "blank",
    ],
)
def test_statements(text: str, expected: Expected) -> None:
    found = [
        (text[each.start : each.end], [text[start:end] for start, end in each.above])
        for each in statements(text)
    ]
    assert found == expected


def test_a_heading_of_two_sentences_stands_whole_over_what_follows() -> None:
    text = "Version 2! What changed\n\nThe fan is quiet."
    (statement,) = statements(text)
    assert [text[start:end] for start, end in statement.above] == ["Version 2! What changed"]


BENEFITS = """Benefits

What we pay for:

A laptop. Choose one.
A phone
一张桌子

Ask twice."""


def test_a_list_is_read_by_its_items_and_as_a_whole() -> None:
    found = statements(BENEFITS)
    assert [(BENEFITS[each.start : each.end], each.whole) for each in found] == [
        ("A laptop.", False),
        ("Choose one.", False),
        ("A phone", False),
        ("一张桌子", False),
        ("What we pay for:\n\nA laptop. Choose one.\nA phone\n一张桌子", True),
        ("Ask twice.", False),
    ]
    above = [[BENEFITS[start:end] for start, end in each.above] for each in found]
    lead = ["Benefits", "What we pay for:"]
    # The second sentence of an item follows from the first.
    assert above == [lead, [], lead, lead, ["Benefits"], []]


def test_a_heading_or_a_question_over_a_list_is_no_part_of_it() -> None:
    for lead in ("Laptops", "What do I get?"):
        text = f"{lead}\n\none laptop\none bag"
        *_, whole = statements(text)
        assert whole.whole
        assert text[whole.start : whole.end] == "one laptop\none bag"
        assert [text[start:end] for start, end in whole.above] == [lead]


def test_a_line_that_leads_ends_the_list_before_it() -> None:
    text = "one\ntwo\nAlso:\nthree\nfour\nLast:\nfive\n\nThe end."
    wholes = [text[each.start : each.end] for each in statements(text) if each.whole]
    assert wholes == ["one\ntwo", "Also:\nthree\nfour"]


@pytest.mark.parametrize(("item", "fits"), [("word " * 29, 4), ("词" * 48, 4)])
def test_a_long_list_is_read_by_its_items_alone(item: str, fits: int) -> None:
    for items in (fits, fits + 1):
        found = statements("\n".join([item.strip()] * items))
        assert any(each.whole for each in found) == (items == fits)
        assert sum(not each.whole for each in found) == items


def test_of_stacked_headings_the_last_two_count() -> None:
    text = "Handbook\n\nLeave\n\nParents\n\nTwenty weeks are paid."
    (statement,) = statements(text)
    assert [text[start:end] for start, end in statement.above] == ["Leave", "Parents"]


def test_a_heading_stands_over_its_first_sentence_only() -> None:
    assert [len(each.above) for each in statements("Leave\n\nTwenty weeks. Paid.\n\nAsk.")] == [
        1,
        0,
        0,
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Leave\n\nParents",  # a heading that nothing follows heads nothing
        "What is it?\n\nWho knows?",
        "What is it? Who knows?",
        "是什么？",
    ],
)
def test_where_nothing_else_is_there_every_line_counts(text: str) -> None:
    assert statements(text)


@pytest.mark.parametrize(
    "line",
    [
        "on and on " * 9 + "again",
        "还有" * 15 + "字",
    ],
)
def test_a_long_line_is_no_heading(line: str) -> None:
    assert [(each.start, each.above) for each in statements(f"{line}\n\nThe end.")] == [
        (0, ()),
        (len(line) + 2, ()),
    ]


HEADINGS = st.sampled_from(["Leave", "# Returns", "Bảng giá", "年假", "2. Probes", "VPN-4021"])
QUESTIONS = st.sampled_from(["How long?", "Bao lâu?", "多久？", '"Why?"'])
ROWS = st.lists(st.sampled_from(["a | b", "Cap | 18. Sold.", "键 | 值"]), min_size=2, max_size=4)
BLOCKS = st.one_of(
    HEADINGS.map(lambda text: ("heading", text)),
    QUESTIONS.map(lambda text: ("question", text)),
    ROWS.map(lambda rows: ("table", "\n".join(rows))),
    st.sampled_from(["It is so. Yes!", "Đúng vậy.", "是的。对。", "- one\n- two"]).map(
        lambda text: ("prose", text)
    ),
)


@given(st.lists(BLOCKS, min_size=1, max_size=6).filter(lambda found: found[-1][0] == "prose"))
def test_headings_questions_and_first_rows_are_above_but_never_statements(
    blocks: list[tuple[str, str]],
) -> None:
    text = "\n\n".join(block for _, block in blocks)
    found = {(each.start, each.end) for each in statements(text)}
    at = 0
    for kind, block in blocks:
        lines = block.split("\n")
        if kind in {"heading", "question"}:
            assert not any(start < at + len(block) and at < end for start, end in found)
        if kind == "table":
            # A passage may begin amidst a table: then its first row is like the others.
            amidst = at == 0 and any(map(str.isdigit, lines[0]))
            assert ((at, at + len(lines[0])) in found) == amidst
            assert (at + len(lines[0]) + 1, at + len(lines[0]) + 1 + len(lines[1])) in found
        if kind == "prose":
            assert any(at == start for start, _ in found)
        at += len(block) + 2


@given(
    st.lists(
        st.text(max_size=12)
        | st.sampled_from(["\n\n", "\n", " | ", "a | b\n", "? ", "。", ". ", "Title\n\n", "😀"]),
        max_size=16,
    ).map("".join)
)
def test_statements_are_trimmed_pieces_of_the_text_in_order(text: str) -> None:
    found = statements(text)
    assert bool(found) == bool(text.strip())
    end_before = 0
    for each in found:
        assert 0 <= each.start < each.end <= len(text)
        assert each.whole or end_before <= each.start
        assert text[each.start : each.end] == text[each.start : each.end].strip()
        end_before = each.end
        if each.whole:
            items = [one for one in found if not one.whole and each.start <= one.start < each.end]
            assert items[-1].end == each.end
            assert len({text.count("\n", 0, one.start) for one in items}) > 1
        for start, end in each.above:
            assert 0 <= start < end <= each.start
            assert text[start:end] == text[start:end].strip()
