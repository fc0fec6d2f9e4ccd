"""Drafts against the passages they point at: verdicts, footnotes, and every quote to the letter."""

from dataclasses import replace

import pytest

from indexes.embedder import Embedder
from indexes.errors import SnapshotCorrupt
from indexes.search import LocalIndex
from indexes.types import Box
from service.answering.checking.checker import Checker
from service.answering.checking.verify import Verifier
from service.answering.types import Citation, Draft, Evidence, Method, Verdict
from tests.service.answering.checking.office import (
    CHINESE,
    EMOJI,
    ENTRIES,
    EVERYONE,
    LEAVE,
    MANUAL,
    PARTIAL,
    PAY,
    SUPPORTED,
    UNSUPPORTED,
    VIETNAMESE,
    check,
    check_one,
    chosen,
)


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
    assert sentence.verdict is SUPPORTED
    assert [check.method for check in sentence.checks] == [Method.WORDS]
    assert citation.quote == quote


def test_what_is_added_makes_support_less(
    index: LocalIndex, everything: dict[str, Evidence]
) -> None:
    evidence = chosen(everything, LEAVE)
    most = Draft("Every parent gets 15 weeks of paid holiday leave.", (1,))
    few = Draft("Parents get 15 long warm vacation trips.", (1,))
    checked = [ready.sentence for ready in check(index, evidence, most, few)]
    assert [each.verdict for each in checked] == [PARTIAL, UNSUPPORTED]
    assert [each.citations for each in checked] == [(1,), ()]
    assert 0.4 <= checked[0].score < 0.75


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
    partly = "The travel allowance is 40 euros."
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
    ("language", "passage", "texts", "answer"),
    [
        (
            "en",
            EMOJI,
            ["😀 Cake is served daily.", "🎂🎂", "At 6.30 café au lait."],
            "😀 Cake is served daily. 🎂🎂\n\nAt 6.30 café au lait.",
        ),
        (
            "vi",
            VIETNAMESE,
            ["Đơn gửi cho trưởng nhóm trước 2 tuần.", "Nghỉ phép 12 ngày."],
            "Đơn gửi cho trưởng nhóm trước 2 tuần. Nghỉ phép 12 ngày.",
        ),
        (
            "zh",
            CHINESE,
            ["员工每年有10天年假。", "𠀀字也算一个", "没有。"],
            "员工每年有10天年假。𠀀字也算一个\n\n没有。",
        ),
    ],
)
def test_sentences_stand_in_the_joined_answer(
    index: LocalIndex,
    everything: dict[str, Evidence],
    language: str,
    passage: str,
    texts: list[str],
    answer: str,
) -> None:
    drafts = [Draft(text, (1,)) for text in texts]
    ready = check(index, chosen(everything, passage), *drafts, language=language)
    checked = [each.sentence for each in ready]
    assert [answer[each.start : each.end] for each in checked] == texts
    assert checked[0].verdict is SUPPORTED
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
    forged = replace(evidence, text=LEAVE.replace("15", "51"))
    with pytest.raises(SnapshotCorrupt, match="snapshots verify"):
        check(index, [forged], Draft("Every parent gets 51 weeks of paid leave.", (1,)))


def test_without_evidence_nothing_is_supported(index: LocalIndex) -> None:
    sentence, citations = check_one(index, [], Draft("Every parent gets 15 weeks.", (1,)))
    assert (sentence.verdict, citations) == (UNSUPPORTED, ())


def test_two_cited_passages_support_a_sentence_together(
    index: LocalIndex, everything: dict[str, Evidence]
) -> None:
    said = "Every parent gets 15 weeks of paid leave and the leave pay is the full salary."
    evidence = chosen(everything, LEAVE, PAY)
    sentence, citations = check_one(index, evidence, Draft(said, (1, 2)))
    assert sentence.verdict is SUPPORTED
    assert [each.verdict for each in sentence.checks] == [PARTIAL, PARTIAL]
    assert [citation.quote for citation in citations] == [
        "Every parent gets 15 weeks of paid leave.",
        "Leave pay is the full salary.",
    ]
    assert check_one(index, evidence, Draft(said, (1,)))[0].verdict is not SUPPORTED


def test_a_span_of_several_chunks_is_cited_by_the_chunk_that_it_begins_in(
    index: LocalIndex, everything: dict[str, Evidence]
) -> None:
    document, chunks = ENTRIES[0]
    first, second = (everything[chunk.text].hit for chunk in chunks)
    wide = Evidence(1, document.text, 0, len(document.text), (first, second))
    sentence, (citation,) = check_one(
        index, [wide], Draft("The office closes at 6.30 on Fridays.", (1,))
    )
    assert sentence.verdict is SUPPORTED
    assert citation.chunk_id == chunks[1].id
    assert document.text[citation.start : citation.end] == citation.quote


def test_similarity_decides_where_the_embedder_reads(
    index: LocalIndex, everything: dict[str, Evidence], embedder: Embedder
) -> None:
    evidence = chosen(everything, LEAVE)
    said = Draft("Each parent receives 15 weeks of paid leave.", (1,))
    verifier = Verifier(
        evidence,
        "en",
        lambda identity: index.catalog.document(identity, EVERYONE),
        checker=Checker(embedder),
    )
    (ready,) = verifier.check(iter([said]))
    assert [check.method for check in ready.sentence.checks] == [Method.MEANING]
    (plain,) = check(index, evidence, said)
    assert ready.sentence.score != plain.sentence.score
