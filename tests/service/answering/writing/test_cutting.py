"""How what a model writes as text is cut into Drafts, however it arrives."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.answering.types import Draft
from service.answering.writing.cutting import Cutter, cut
from tests.service.answering.writing.briefs import KNOWN, drafts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Leave is paid [1].", drafts(("Leave is paid.", (1,)))),
        ("Leave is paid. [1]", drafts(("Leave is paid.", (1,)))),
        ("Leave is paid.[1] It is long.", drafts(("Leave is paid.", (1,)), ("It is long.", ()))),
        ("Paid.[1]Long.[2]", drafts(("Paid.", (1,)), ("Long.", (2,)))),
        ("Paid [2][3]. Long [1, 2].", drafts(("Paid.", (2, 3)), ("Long.", (1, 2)))),
        ("Paid [3] [1] .", drafts(("Paid.", (3, 1)))),
        ("Paid [1-3] and [1;2] so on [2–3].", drafts(("Paid and so on.", (1, 2, 3)))),
        ("Paid【1】. Long［2］.", drafts(("Paid.", (1,)), ("Long.", (2,)))),
        ("Paid [1], and long [2].", drafts(("Paid, and long.", (1, 2)))),
        ("[2] Leave is paid.", drafts(("Leave is paid.", (2,)))),
        ("Paid. [1][9] Long.\n[2]\nYes.", drafts(("Paid.", (1,)), ("Long.", (2,)), ("Yes.", ()))),
        ("Paid [9]. Long [1, 9].", drafts(("Paid.", ()), ("Long.", (1,)))),
        ("Paid.\n[9] Long.", drafts(("Paid.", ()), ("Long.", ()))),
        ("Error [404] means absent [1].", drafts(("Error [404] means absent.", (1,)))),
        ("The [sic] act [2024] holds [1].", drafts(("The [sic] act [2024] holds.", (1,)))),
        ("Paid [1]. Long [2", drafts(("Paid.", (1,)), ("Long", ()))),
        ("It costs 3.5 per cent [1].", drafts(("It costs 3.5 per cent.", (1,)))),
        ("From 2024. It is due.", drafts(("From 2024.", ()), ("It is due.", ()))),
        ("Ask Mr. Smith, e.g. on Monday [1].", drafts(("Ask Mr. Smith, e.g. on Monday.", (1,)))),
        ("1. Open it. [1]\n2. Save [2].", drafts(("1. Open it.", (1,)), ("2. Save.", (2,)))),
        ("- paid [1]\n* long [2]", drafts(("paid", (1,)), ("long", (2,)))),
        ("Is it? Yes! [1]", drafts(("Is it?", ()), ("Yes!", (1,)))),
        ("He said “It is paid.” [1] Good.", drafts(("He said “It is paid.”", (1,)), ("Good.", ()))),
        ("Paid [1]. ... Long [2].", drafts(("Paid.", (1,)), ("Long.", (2,)))),
        ("Phí là 3.5 đồng [1]. Hết.", drafts(("Phí là 3.5 đồng.", (1,)), ("Hết.", ()))),
        ("Ở TP. Hồ Chí Minh [2].", drafts(("Ở TP. Hồ Chí Minh.", (2,)))),
        ("有薪。[1]很长！【2】谁？", drafts(("有薪。", (1,)), ("很长！", (2,)), ("谁？", ()))),
        ("他说“有薪。”[1]很长。", drafts(("他说“有薪。”", (1,)), ("很长。", ()))),
        ("有薪；很长。[1]", drafts(("有薪；很长。", (1,)))),
        ("<think>Hm. So.</think>\nPaid [1].", drafts(("Paid.", (1,)))),
        ("<think>Hm. So. And", []),
        ("<reasoning>Hm [1].</reasoning>Paid [1].", drafts(("Paid.", (1,)))),
        ("Paid【1†handbook.md】. Long [2†p. 3].", drafts(("Paid.", (1,)), ("Long.", (2,)))),
        ("[1]", []),
        ("", []),
    ],
)
def test_an_answer_is_cut_into_sentences_and_numbers(text: str, expected: list[Draft]) -> None:
    assert cut(text, KNOWN) == expected
    assert streamed(list(text)) == expected


def streamed(pieces: list[str]) -> list[Draft]:
    cutter = Cutter(KNOWN)
    ready = [draft for piece in pieces for draft in cutter.feed(piece)]
    return ready + cutter.close(cut_short=False)


answers = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *("Leave is paid", "It", "3", "1", "Mr", "TP", "e.g", "有薪", "a", "É", "<think>"),
                *(
                    ". ",
                    ".",
                    "! ",
                    "?",
                    "。",
                    "；",
                    "！",
                    "…",
                    "\n",
                    " ",
                    "  ",
                    ", ",
                    "”",
                    ")",
                    "- ",
                ),
                *("[1]", " [2]", "[9]", "[1, 3]", "[", "]", "【2】", " [404] ", "[1-", "</think>"),
            ]
        ),
        st.text(max_size=3),
    ),
    max_size=25,
).map("".join)


@given(answers, st.data())
def test_drafts_do_not_depend_on_how_the_stream_was_split(text: str, data: st.DataObject) -> None:
    places = st.lists(st.integers(0, len(text)), max_size=8).map(sorted)
    bounds = [0, *data.draw(places), len(text)]
    pieces = [text[start:end] for start, end in pairwise(bounds)]
    assert streamed(pieces) == streamed(list(text)) == cut(text, KNOWN)


RECORDED = (
    "Parental leave is 20 weeks [1]. Ask e.g. Mr. Le. [2][3]\n它是有薪的。【1】Đúng vậy [2, 9]."
)


@pytest.mark.parametrize("place", range(len(RECORDED) + 1))
def test_a_recorded_answer_split_anywhere_gives_the_same_drafts(place: int) -> None:
    assert streamed([RECORDED[:place], RECORDED[place:]]) == drafts(
        ("Parental leave is 20 weeks.", (1,)),
        ("Ask e.g. Mr. Le.", (2, 3)),
        ("它是有薪的。", (1,)),
        ("Đúng vậy.", (2,)),
    )


def test_a_sentence_is_ready_when_the_next_begins() -> None:
    cutter = Cutter(KNOWN)
    assert cutter.feed("Leave is paid.") == []
    assert cutter.feed(" [1") == []
    assert cutter.feed("] ") == []
    assert cutter.feed("I") == drafts(("Leave is paid.", (1,)))
    assert cutter.close(cut_short=False) == drafts(("I", ()))


@pytest.mark.parametrize(
    ("text", "count"), [("Paid. It is lo", 1), ("Paid. It is long. [1", 2), ("Paid", 0), ("", 0)]
)
def test_a_sentence_that_was_cut_short_is_left_out(text: str, count: int) -> None:
    cutter = Cutter(KNOWN)
    assert len([*cutter.feed(text), *cutter.close(cut_short=True)]) == count
