"""Elements as hostile or careless documents hold them, for property tests."""

import unicodedata

from hypothesis import strategies as st

from ingestion.types import Element, Kind

WORDS = (
    *(
        "leave",
        "parental",
        "the",
        "a",
        "Nghỉ",
        "phép",
        "được",
        "员工",
        "每年有二十五天假期",
        "休假。",
    ),
    *("Dr.", "e.g.", "3.14", "…", "。", ",", ",,,", ";", "!?", "(", '"', "|", " | ", "-", "#"),
    *("😀", "👩‍👩‍👧", "𠮷", "\U0001d4d0", "ﬁ", "한국어", "नमस्ते", "ﷺ", "\u0301", "\u200b", "\u00ad"),
    *("\x00", "\x0b", "\x1f", "\x85", "\x9f", "\ufeff", "\ufffe", "\ud800", "\r\n", "\r"),
    *("\n", "\n\n", "\n\n\n", "\t", " ", "  ", "\u3000", "\u00a0", "\u2028"),
    *("x" * 150, "aGVs/bG8+" * 20, "antidisestablishmentarianism"),
    *("Repeated sentence. ", "The same again, and again; "),
)


def texts(most: int = 60) -> st.SearchStrategy[str]:
    """Words of many scripts, broken and repeated, or any characters at all."""
    words = st.lists(st.sampled_from(WORDS), max_size=most)
    spaced = st.builds(str.join, st.sampled_from(["", " ", "\n"]), words)
    repeated = st.builds(lambda text, times: text * times, spaced, st.integers(1, 8))
    anything = st.text(st.characters(), max_size=most)
    decomposed = st.builds(lambda text: unicodedata.normalize("NFD", text), spaced)
    return st.one_of(spaced, repeated, anything, decomposed)


HEADINGS = ("", "Leave", "Parental leave", "休假", "Nghỉ phép", "Long " * 40, "한국어 " * 40)


def sections() -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(HEADINGS), max_size=3).map(tuple)


def elements() -> st.SearchStrategy[Element]:
    """An element of any kind, maybe on a page."""
    return st.builds(
        Element,
        kind=st.sampled_from(Kind),
        text=texts(),
        page=st.none() | st.integers(1, 3),
        section=sections(),
    )
