"""Drafts against the passages they point at: verdicts, footnotes, and every quote to the letter."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.embedder import Embedder
from indexes.errors import SnapshotCorrupt
from indexes.search import LocalIndex
from indexes.types import Box, Filters, Mode, Placement, Scope
from service.answering.types import (
    Citation,
    Draft,
    Evidence,
    Sentence,
    SentenceReady,
    Verdict,
)
from service.answering.verify import Verifier
from tests.indexes.documents import Entry, make_document, make_entry
from tests.indexes.embedded import write

SUPPORTED, PARTIAL, UNSUPPORTED = Verdict.SUPPORTED, Verdict.PARTIAL, Verdict.UNSUPPORTED
EVERYONE = Scope.of([])

LEAVE = (
    "Every parent gets 15 weeks of paid leave. Leave is requested from the team lead "
    "4 weeks ahead. The office closes at 6.30 on Fridays."
)
PAY = "Leave pay is the full salary. The allowance is 40 euros."
EMOJI = "😀 Cake is served daily. 🎂🎂 The canteen serves café au lait at 6.30."
VIETNAMESE = "Nhân viên được nghỉ phép 12 ngày mỗi năm. Đơn gửi cho trưởng nhóm trước 2 tuần."
CHINESE = "员工每年有10天年假。年假须提前两周向主管申请。𠀀字也算一个。"
MANUAL = "Set the relay to 3.8 A.\n\nUse 1.4 litres of oil. Change it yearly."


def entry(path: str, text: str, language: str) -> Entry:
    return make_entry(make_document(path, text, language=language), ("Top", path))


ENTRIES = [
    # A paragraph first, so that the passages do not start where their documents do.
    entry("leave.md", f"About leave 😀\n\n{LEAVE}", "en"),
    entry("pay.md", f"About pay\n\n{PAY}", "en"),
    entry("canteen.md", EMOJI, "en"),
    entry("nghi-phep.md", VIETNAMESE, "vi"),
    entry("nianjia.md", f"年假\n\n{CHINESE}", "zh"),
    make_entry(
        make_document(
            "manual.pdf",
            MANUAL,
            (
                Placement(0, 23, 1, Box(1, 72, 72, 300, 84)),
                Placement(25, 47, 2, Box(2, 72, 72, 300, 84)),
                Placement(48, 63, 2, Box(2, 72, 90, 300, 102)),
            ),
        )
    ),
]
PASSAGES = [chunk.text for _, chunks in ENTRIES for chunk in chunks]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> LocalIndex:
    return LocalIndex.open(write(tmp_path_factory.mktemp("office"), ENTRIES, embedder)[0], embedder)


@pytest.fixture(scope="module")
def everything(index: LocalIndex) -> dict[str, Evidence]:
    """Every passage of the snapshot by its text, as a search gives it out."""
    found = index.search("leave", EVERYONE, Filters(), 100, Mode.HYBRID).hits
    assert len(found) == len(PASSAGES)
    return {hit.chunk.text: Evidence(0, hit) for hit in found}


def chosen(everything: dict[str, Evidence], *texts: str) -> list[Evidence]:
    return [replace(everything[text], number=number) for number, text in enumerate(texts, 1)]


def check(
    index: LocalIndex,
    evidence: Sequence[Evidence],
    *drafts: Draft,
    language: str = "en",
    separator: str = " ",
) -> list[SentenceReady]:
    verifier = Verifier(
        evidence, language, lambda identity: index.catalog.document(identity, EVERYONE), separator
    )
    return list(verifier.check(iter(drafts)))


def check_one(
    index: LocalIndex, evidence: Sequence[Evidence], draft: Draft, language: str = "en"
) -> tuple[Sentence, tuple[Citation, ...]]:
    (ready,) = check(index, evidence, draft, language=language)
    return ready.sentence, ready.citations


def test_what_stands_there_word_for_word_is_supported(
    index: LocalIndex, everything: dict[str, Evidence]
) -> None:
    said = "Leave is requested from the team lead 4 weeks ahead."
    sentence, (citation,) = check_one(index, chosen(everything, PAY, LEAVE), Draft(said, (2,)))
    assert (sentence.verdict, sentence.score, sentence.citations) == (SUPPORTED, 1.0, (1,))
    document = ENTRIES[0][0]
    assert citation == Citation(
        label=1,
        document=document.info,
        chunk_id=ENTRIES[0][1][1].id,
        section=("Top", "leave.md"),
        quote=said,
        start=document.text.index(said),
        end=document.text.index(said) + len(said),
        page=None,
    )
    assert document.text[citation.start : citation.end] == said


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("Paid leave of every parent: 15 weeks.", "Every parent gets 15 weeks of paid leave."),
        (
            "Every parent gets 15 weeks of paid leave, requested from the team lead 4 weeks ahead",
            LEAVE.removesuffix(" The office closes at 6.30 on Fridays."),
        ),
    ],
)
def test_what_is_said_in_other_words_quotes_as_little_as_says_it_all(
    index: LocalIndex, everything: dict[str, Evidence], text: str, quote: str
) -> None:
    sentence, (citation,) = check_one(index, chosen(everything, LEAVE), Draft(text, (1,)))
    assert (sentence.verdict, sentence.score) == (SUPPORTED, 1.0)
    assert citation.quote == quote


def test_support_is_the_share_of_words_that_the_quote_holds(
    index: LocalIndex, everything: dict[str, Evidence]
) -> None:
    evidence = chosen(everything, LEAVE)
    # everi parent get 15 week paid leav | holiday: 7 of 8
    most = Draft("Every parent gets 15 weeks of paid holiday leave.", (1,))
    # everi parent get 15 week | long warm vacat: 5 of 8
    some = Draft("Every parent gets 15 weeks of long warm vacation.", (1,))
    # parent get 15 | long warm vacat trip: 3 of 7
    few = Draft("Parents get 15 long warm vacation trips.", (1,))
    sentences = [ready.sentence for ready in check(index, evidence, most, some, few)]
    assert [each.verdict for each in sentences] == [SUPPORTED, PARTIAL, UNSUPPORTED]
    assert [each.score for each in sentences] == [0.875, 0.625, 0.0]
    assert [each.citations for each in sentences] == [(1,), (1,), ()]


@pytest.mark.parametrize(
    "text",
    [
        "Every parent gets 16 weeks of paid leave.",
        "Every parent gets 1 weeks of paid leave.",
        "5 weeks of paid leave.",  # in "15 weeks" to the letter
        "The office closes at 6.00 on Fridays.",
        "The office closes at 6 on Fridays.",
        "30 on Fridays.",  # in "6.30 on Fridays"
        "Leave is requested from the team lead 4 weeks ahead, not 3.",
    ],
)
def test_a_wrong_number_is_unsupported(
    index: LocalIndex, everything: dict[str, Evidence], text: str
) -> None:
    sentence, citations = check_one(index, chosen(everything, LEAVE, PAY), Draft(text, (1,)))
    assert (sentence.verdict, sentence.score, sentence.citations) == (UNSUPPORTED, 0.0, ())
    assert citations == ()


@pytest.mark.parametrize("text", ["ear", "eave", "is of the", " ", "?"])
def test_pieces_of_words_and_words_without_meaning_are_unsupported(
    index: LocalIndex, everything: dict[str, Evidence], text: str
) -> None:
    sentence, citations = check_one(index, chosen(everything, LEAVE), Draft(text, (1,)))
    assert (sentence.verdict, citations) == (UNSUPPORTED, ())


def test_words_inside_a_sentence_are_quoted_as_they_stand(
    index: LocalIndex, everything: dict[str, Evidence]
) -> None:
    _, (citation,) = check_one(index, chosen(everything, LEAVE), Draft("15 weeks", (1,)))
    assert citation.quote == "15 weeks"


@pytest.mark.parametrize("numbers", [(1,), (), (7,)])
def test_a_citation_moves_to_the_passage_that_says_it(
    index: LocalIndex, everything: dict[str, Evidence], numbers: tuple[int, ...]
) -> None:
    said = "The allowance is 40 euros."
    sentence, (citation,) = check_one(index, chosen(everything, LEAVE, PAY), Draft(said, numbers))
    assert (sentence.verdict, sentence.citations) == (SUPPORTED, (1,))
    assert (citation.document.path, citation.quote) == ("pay.md", said)


def test_a_citation_moves_only_to_full_support(
    index: LocalIndex, everything: dict[str, Evidence]
) -> None:
    evidence = chosen(everything, LEAVE, PAY)
    partly = "The allowance is 40 huge coins."
    assert check_one(index, evidence, Draft(partly, (2,)))[0].verdict is PARTIAL
    assert check_one(index, evidence, Draft(partly, (1,)))[0].verdict is UNSUPPORTED


def test_a_passage_that_does_not_say_it_is_not_cited_beside_one_that_does(
    index: LocalIndex, everything: dict[str, Evidence]
) -> None:
    said = Draft("Leave pay is the full salary.", (1, 2))
    sentence, (citation,) = check_one(index, chosen(everything, LEAVE, PAY), said)
    assert sentence.citations == (1,)
    assert citation.document.path == "pay.md"


def test_two_passages_that_say_it_are_both_cited(
    index: LocalIndex, everything: dict[str, Evidence]
) -> None:
    sentence, citations = check_one(index, chosen(everything, LEAVE, EMOJI), Draft("6.30", (1, 2)))
    assert sentence.citations == (1, 2)
    assert [citation.document.path for citation in citations] == ["leave.md", "canteen.md"]


def test_labels_count_up_in_order_of_use_and_a_span_has_one(
    index: LocalIndex, everything: dict[str, Evidence]
) -> None:
    ready = check(
        index,
        chosen(everything, LEAVE, PAY),
        Draft("The allowance is 40 euros.", (2,)),
        Draft("Nothing of the kind was written.", (1,)),
        Draft("Every parent gets 15 weeks of paid leave.", (1,)),
        Draft("The allowance is 40 euros.", (2,)),
        Draft("Euros of the allowance: 40!", (1,)),
        Draft("Leave pay is the full salary.", (2,)),
    )
    assert [each.sentence.citations for each in ready] == [(1,), (), (2,), (1,), (1,), (3,)]
    new = [[citation.label for citation in each.citations] for each in ready]
    assert new == [[1], [], [2], [], [], [3]]


@pytest.mark.parametrize(
    ("separator", "language", "passage", "texts"),
    [
        (" ", "en", EMOJI, ["😀 Cake is served daily.", "🎂🎂", "At 6.30 café au lait."]),
        (" ", "vi", VIETNAMESE, ["Đơn gửi cho trưởng nhóm trước 2 tuần.", "Nghỉ phép 12 ngày."]),
        ("", "zh", CHINESE, ["员工每年有10天年假。", "𠀀字也算一个。", "没有。"]),
    ],
)
def test_sentences_stand_in_the_joined_answer(
    index: LocalIndex,
    everything: dict[str, Evidence],
    separator: str,
    language: str,
    passage: str,
    texts: list[str],
) -> None:
    drafts = [Draft(text, (1,)) for text in texts]
    ready = check(
        index, chosen(everything, passage), *drafts, language=language, separator=separator
    )
    answer = separator.join(texts)
    sentences = [each.sentence for each in ready]
    assert [answer[each.start : each.end] for each in sentences] == texts
    assert sentences[0].verdict is SUPPORTED
    quotes = [citation.quote for each in ready for citation in each.citations]
    assert quotes[0] == texts[0]


@pytest.mark.parametrize(
    ("language", "passage", "text", "verdict"),
    [
        ("vi", VIETNAMESE, "Mỗi năm nhân viên được nghỉ phép 12 ngày.", SUPPORTED),
        ("vi", VIETNAMESE, "Mỗi năm nhân viên được nghỉ phép 14 ngày.", UNSUPPORTED),
        ("vi", VIETNAMESE, "Trưởng nhóm uống cà phê sữa đá ở ngoài phố.", UNSUPPORTED),
        ("zh", CHINESE, "年假须提前两周申请。", SUPPORTED),
        ("zh", CHINESE, "员工每年有12天年假。", UNSUPPORTED),
        ("zh", CHINESE, "公司在湛江有一座工厂。", UNSUPPORTED),
    ],
)
def test_verdicts_in_other_languages(
    index: LocalIndex,
    everything: dict[str, Evidence],
    language: str,
    passage: str,
    text: str,
    verdict: Verdict,
) -> None:
    sentence, _ = check_one(index, chosen(everything, passage), Draft(text, (1,)), language)
    assert sentence.verdict is verdict


def test_a_citation_of_a_pdf_has_its_page_and_boxes(
    index: LocalIndex, everything: dict[str, Evidence]
) -> None:
    first, second = MANUAL.split("\n\n")
    evidence = chosen(everything, first, second)
    relay, oil = check(
        index, evidence, Draft(first, (1,)), Draft("Change 1.4 litres of oil yearly.", (2,))
    )
    assert [(c.page, c.boxes) for c in relay.citations] == [(1, (Box(1, 72, 72, 300, 84),))]
    assert [(c.page, c.boxes) for c in oil.citations] == [
        (2, (Box(2, 72, 72, 300, 84), Box(2, 72, 90, 300, 102)))
    ]


def test_words_that_are_not_the_documents_are_refused(
    index: LocalIndex, everything: dict[str, Evidence]
) -> None:
    (evidence,) = chosen(everything, LEAVE)
    chunk = replace(evidence.hit.chunk, text=LEAVE.replace("15", "51"))
    forged = replace(evidence, hit=replace(evidence.hit, chunk=chunk))
    with pytest.raises(SnapshotCorrupt, match="snapshots verify"):
        check(index, [forged], Draft("Every parent gets 51 weeks of paid leave.", (1,)))


def test_without_evidence_nothing_is_supported(index: LocalIndex) -> None:
    sentence, citations = check_one(index, [], Draft("Every parent gets 15 weeks.", (1,)))
    assert (sentence.verdict, citations) == (UNSUPPORTED, ())


PIECES = st.sampled_from(
    sorted(
        {word for text in PASSAGES for word in text.split()} | set("年假。😀\n 5") | set(PASSAGES)
    )
)
TEXTS = st.one_of(
    st.sampled_from(PASSAGES).flatmap(
        lambda text: st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).map(
            lambda ends: text[min(ends) : max(ends)]
        )
    ),
    st.lists(PIECES, max_size=8).map(" ".join),
    st.text(max_size=30),
).filter(bool)
DRAFTS = st.lists(
    st.builds(Draft, TEXTS, st.lists(st.integers(-1, 9), max_size=3).map(tuple)), max_size=5
)


@given(DRAFTS, st.permutations(PASSAGES), st.sampled_from(["en", "vi", "zh", "und"]))
def test_whatever_the_draft_every_quote_is_the_documents(
    index: LocalIndex,
    everything: dict[str, Evidence],
    drafts: list[Draft],
    order: list[str],
    language: str,
) -> None:
    separator = "" if language == "zh" else " "
    evidence = chosen(everything, *order)
    ready = check(index, evidence, *drafts, language=language, separator=separator)
    answer = separator.join(draft.text for draft in drafts)
    assert [each.sentence.text for each in ready] == [draft.text for draft in drafts]
    citations = [citation for each in ready for citation in each.citations]
    assert [citation.label for citation in citations] == list(range(1, len(citations) + 1))
    assert len({(c.document.id, c.start, c.end) for c in citations}) == len(citations)
    for citation in citations:
        document = index.catalog.document(citation.document.id, EVERYONE)
        assert citation.quote == document.text[citation.start : citation.end] != ""
        assert citation.page == document.page_at(citation.start)
    known = 0
    for each in ready:
        sentence = each.sentence
        known += len(each.citations)
        assert answer[sentence.start : sentence.end] == sentence.text
        assert set(sentence.citations) <= set(range(1, known + 1))
        assert bool(sentence.citations) == (sentence.verdict is not UNSUPPORTED)
        assert (sentence.score >= 0.5) == bool(sentence.citations)
        assert (sentence.score >= 0.75) == (sentence.verdict is SUPPORTED)
