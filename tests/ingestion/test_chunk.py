"""Chunks: exact offsets, nothing lost, nothing twice, sizes that the embedder reads."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.embedder import Embedder
from indexes.passage import header, passage
from indexes.types import Chunk, Document, chunk_id
from ingestion.canonical import canonical
from ingestion.chunk import Chunker, ChunkSettings
from ingestion.types import Element, Kind
from tests.indexes.documents import make_document
from tests.ingestion.elements import HEADINGS, elements, sections, texts

# A header may leave too little room: then this much of the passage is cut all the same.
LEAST_ROOM = 48
USUAL = ChunkSettings()
SMALL = ChunkSettings(max_tokens=60, min_tokens=12)


def cut(
    embedder: Embedder,
    given: Sequence[Element],
    chunking: ChunkSettings = USUAL,
    title: str = "Handbook",
) -> tuple[Document, list[Chunk]]:
    body = canonical(given)
    document = make_document("a.md", body.text, body.placements, title=title)
    chunker = Chunker(embedder.count_tokens, embedder.max_tokens, chunking)
    return document, chunker.chunks(document, body.spans)


def heading(text: str, *above: str) -> Element:
    return Element(Kind.HEADING, text, section=(*above, text))


def paragraph(text: str, *section: str) -> Element:
    return Element(Kind.TEXT, text, section=section)


def sentences_of(count: int, words: int = 10) -> str:
    return " ".join(f"Sentence {n} {'holds words ' * words}here." for n in range(count))


def held(document: Document, chunks: Sequence[Chunk]) -> None:
    """What holds of the chunks of any document."""
    end = 0
    for ordinal, chunk in enumerate(chunks):
        assert document.text[chunk.start : chunk.end] == chunk.text
        assert document.text[end : chunk.start].strip() == ""
        assert chunk.text.strip()
        end = chunk.end
        assert (chunk.ordinal, chunk.id) == (ordinal, chunk_id(document.info.id, ordinal))
        assert chunk.page == document.page_at(chunk.start)
    assert document.text[end:].strip() == ""


def readable(embedder: Embedder, document: Document, chunks: Sequence[Chunk]) -> None:
    """The embedder reads every passage to its end, unless a header leaves it no room."""
    for chunk in chunks:
        taken, size = embedder.count_tokens(
            [
                header(document.info, chunk.section),
                passage(document.info, chunk.section, chunk.text),
            ]
        )
        assert size <= max(embedder.max_tokens, taken + LEAST_ROOM)


@given(st.lists(elements(), max_size=12), st.sampled_from(HEADINGS))
def test_any_document_is_cut_whole(
    embedder: Embedder, given_elements: list[Element], title: str
) -> None:
    for chunking in (USUAL, SMALL):
        document, chunks = cut(embedder, given_elements, chunking, title)
        held(document, chunks)
        readable(embedder, document, chunks)


@given(st.lists(texts(20), min_size=1, max_size=12), sections(), st.sampled_from(Kind))
def test_one_long_element_is_cut_whole(
    embedder: Embedder, rows: list[str], section: tuple[str, ...], kind: Kind
) -> None:
    element = Element(kind, "\n".join(row * 5 for row in rows), section=section)
    document, chunks = cut(embedder, [element], SMALL)
    held(document, chunks)
    readable(embedder, document, chunks)


def test_nothing_has_no_chunks(embedder: Embedder) -> None:
    assert cut(embedder, [])[1] == []
    assert cut(embedder, [paragraph("\x00 ")])[1] == []


def test_headings_stay_with_the_text_below_them(embedder: Embedder) -> None:
    given_elements = [
        heading("Leave"),
        heading("Parental", "Leave"),
        paragraph(sentences_of(4), "Leave", "Parental"),
        heading("Sick", "Leave"),
        paragraph(sentences_of(5), "Leave", "Sick"),
    ]
    _, chunks = cut(embedder, given_elements)
    assert [chunk.text.partition("Sentence")[0] for chunk in chunks] == [
        "Leave\n\nParental\n\n",
        "Sick\n\n",
    ]
    assert [chunk.section for chunk in chunks] == [("Leave", "Parental"), ("Leave", "Sick")]


@pytest.mark.parametrize("kind", [Kind.TEXT, Kind.TABLE, Kind.CODE])
def test_a_heading_stays_with_the_beginning_of_a_long_text(embedder: Embedder, kind: Kind) -> None:
    ten_tokens = "one two three four five six seven eight nine."
    text = "\n".join([ten_tokens] * 40)  # two chunks, full to the last token
    document, chunks = cut(embedder, [heading("Rows"), Element(kind, text, section=("Rows",))])
    readable(embedder, document, chunks)
    assert [chunk.text.count(ten_tokens) for chunk in chunks] == [20, 20]
    assert chunks[0].text.startswith("Rows\n\none two")


def test_a_heading_does_not_push_the_text_below_it_over_the_limit(embedder: Embedder) -> None:
    long = " ".join(f"heading{n}" for n in range(40))
    given_elements = [
        paragraph("Too short to be a chunk of its own."),
        heading(long),
        paragraph(" ".join(["word"] * 190), long),
    ]
    document, chunks = cut(embedder, given_elements)
    held(document, chunks)
    readable(embedder, document, chunks)


def test_a_table_is_a_chunk_of_its_own(embedder: Embedder) -> None:
    table = "\n".join(f"item {n} | price {n}" for n in range(20))
    given_elements = [
        heading("Prices"),
        paragraph(sentences_of(3), "Prices"),
        Element(Kind.TABLE, table, section=("Prices",)),
        paragraph(sentences_of(3), "Prices"),
    ]
    _, chunks = cut(embedder, given_elements)
    assert [chunk.text for chunk in chunks][1] == table
    assert len(chunks) == 3


def test_a_long_table_is_cut_between_rows(embedder: Embedder) -> None:
    rows = [f"item {n} | costs {n * 7} | by the dozen {n}" for n in range(80)]
    _, chunks = cut(embedder, [Element(Kind.TABLE, "\n".join(rows))])
    assert len(chunks) > 3
    assert [row for chunk in chunks for row in chunk.text.split("\n")] == rows


def test_a_row_that_is_too_long_is_cut_at_its_sentences(embedder: Embedder) -> None:
    rows = ["a | b", f"long | {sentences_of(12)}\u3000", "\u200b", "c | d"]
    document, chunks = cut(embedder, [Element(Kind.TABLE, "\n".join(rows))])
    held(document, chunks)
    inner = [chunk.text for chunk in chunks[1:-1]]
    assert inner
    assert all(text.endswith("here.") for text in inner)
    assert chunks[0].text == "a | b" or chunks[0].text.endswith("here.")


def test_small_sections_are_joined(embedder: Embedder) -> None:
    given_elements = [
        element
        for n in range(3)
        for element in (heading(f"Question {n}"), paragraph(f"Answer {n}.", f"Question {n}"))
    ]
    _, chunks = cut(embedder, given_elements)
    (only,) = chunks
    assert only.text.startswith("Question 0\n\nAnswer 0.\n\nQuestion 1")
    assert only.section == ()


def test_a_chunk_is_labelled_by_what_all_of_it_stands_under(embedder: Embedder) -> None:
    above = ("Releases", "5.3.2")
    given_elements = [
        heading("Releases"),
        heading("5.3.2", "Releases"),
        heading("Security", *above),
        paragraph("The library was replaced.", *above, "Security"),
        heading("Fixed", *above),
        paragraph("The export of invoices works.", *above, "Fixed"),
    ]
    older = [
        heading("5.3.0", "Releases"),
        heading("New", "Releases", "5.3.0"),
        paragraph("Dispatchers sign in in two steps.", "Releases", "5.3.0", "New"),
    ]
    assert [chunk.section for chunk in cut(embedder, given_elements)[1]] == [above]
    assert [chunk.section for chunk in cut(embedder, given_elements + older)[1]] == [("Releases",)]


def test_a_longer_label_of_several_sections_leaves_them_room(embedder: Embedder) -> None:
    long = "部门职责与日常工作管理办法总则及附则" * 8
    given_elements = [
        paragraph("short", long, "one", "two"),
        paragraph(" ".join(["word"] * 190), long, "one", "three"),
        paragraph("short", long, "four", "five"),
        paragraph(" ".join(["word"] * 190), long, "six", "seven"),
    ]
    document, chunks = cut(embedder, given_elements)
    held(document, chunks)
    readable(embedder, document, chunks)


@pytest.mark.parametrize("kind", [Kind.TEXT, Kind.LIST_ITEM])
@pytest.mark.parametrize(
    "lead",
    [
        "How long is the trial period?",
        'He asked: "How long?"',
        "Bring these:",
        "Thời gian thử việc là bao lâu?",
        "Hồ sơ gồm:",
        "试用期有多长？",
        "请携带以下材料：",
    ],
)
def test_what_leads_to_something_stands_with_it(embedder: Embedder, kind: Kind, lead: str) -> None:
    answer = sentences_of(4)
    given_elements = [
        paragraph(sentences_of(6), "FAQ"),
        Element(kind, lead, section=("FAQ",)),
        paragraph(answer, "FAQ"),
    ]
    document, chunks = cut(embedder, given_elements)
    held(document, chunks)
    assert [chunk.text for chunk in chunks[1:]] == [f"{lead}\n\n{answer}"]


def test_what_leads_to_a_table_stands_with_its_headings(embedder: Embedder) -> None:
    table = Element(Kind.TABLE, "item 1 | price 1\nitem 2 | price 2", section=("Shop", "Prices"))
    given_elements = [
        heading("Shop"),
        paragraph(sentences_of(3), "Shop"),
        heading("Prices", "Shop"),
        paragraph("What is sold:", "Shop", "Prices"),
        table,
    ]
    _, chunks = cut(embedder, given_elements)
    assert chunks[-1].text == f"Prices\n\nWhat is sold:\n\n{table.text}"


@pytest.mark.parametrize(
    "following",
    [
        paragraph(" ".join(["word"] * 199), "FAQ"),  # no room for both
        heading("Next"),
        paragraph(sentences_of(4), "Next"),
    ],
)
def test_a_question_is_not_left_alone(embedder: Embedder, following: Element) -> None:
    long = sentences_of(6)
    given_elements = [paragraph(long, "FAQ"), paragraph("Why?", "FAQ"), following]
    document, chunks = cut(embedder, given_elements)
    held(document, chunks)
    assert chunks[0].text == f"{long}\n\nWhy?"


def test_sections_that_are_large_enough_are_not_joined(embedder: Embedder) -> None:
    given_elements = [
        paragraph(sentences_of(3), "One"),
        paragraph("Short.", "Two"),
    ]
    _, chunks = cut(embedder, given_elements)
    assert [chunk.section for chunk in chunks] == [("One",), ("Two",)]


@pytest.mark.parametrize(
    "sentence",
    [
        "员工每年有二十五天带薪假期,经理应在三个工作日内书面答复。",
        "Nhân viên được nghỉ phép mười hai ngày mỗi năm, báo trước hai tuần. ",
        "Staff get twenty-five days a year, e.g. in summer, and Dr. Lan signs. ",
    ],
)
def test_long_text_is_cut_at_its_sentences_even_where_they_repeat(
    embedder: Embedder, sentence: str
) -> None:
    document, chunks = cut(embedder, [paragraph(sentence * 40)])
    held(document, chunks)
    readable(embedder, document, chunks)
    assert len(chunks) > 2
    for chunk in chunks:
        assert chunk.text.startswith(sentence[:6])
        assert chunk.text.endswith(sentence.strip()[-6:])


def test_code_with_blank_lines_is_cut_without_loss(embedder: Embedder) -> None:
    function = "def f():\n" + "    call(argument)  # First this. Then that.\n" * 60
    document, chunks = cut(embedder, [Element(Kind.CODE, f"{function}\n\n\n{function}" * 2)])
    held(document, chunks)
    readable(embedder, document, chunks)


def test_pages_follow_the_first_character(embedder: Embedder) -> None:
    given_elements = [
        Element(Kind.TEXT, sentences_of(6), page=number, section=(str(number),))
        for number in (1, 2, 5)
    ]
    _, chunks = cut(embedder, given_elements)
    assert [chunk.page for chunk in chunks] == [1, 2, 5]


def test_the_same_elements_give_the_same_chunks(embedder: Embedder) -> None:
    given_elements = [heading("休假"), paragraph(sentences_of(40), "休假")]
    assert cut(embedder, given_elements) == cut(embedder, given_elements)
