"""What holds of every draft: quotes are the document's, its sentences pass, other numbers never."""

import re

from hypothesis import assume, given
from hypothesis import strategies as st

from indexes.language import sentences
from indexes.search import LocalIndex
from service.answering.layout import joined
from service.answering.types import Draft, Evidence
from tests.service.answering.checking.office import (
    ENTRIES,
    EVERYONE,
    PASSAGES,
    SUPPORTED,
    UNSUPPORTED,
    check,
    check_one,
    chosen,
)

SENTENCES = [
    (text[start:end], language)
    for (_, chunks), language in zip(ENTRIES, ("en", "en", "en", "vi", "zh", "en"), strict=True)
    for text in (chunk.text for chunk in chunks)
    for start, end in sentences(text)
    if any(character.isalnum() for character in text[start:end])
]


@given(st.sampled_from(SENTENCES))
def test_a_sentence_of_the_evidence_is_always_supported(
    index: LocalIndex, everything: dict[str, Evidence], said: tuple[str, str]
) -> None:
    text, language = said
    sentence, (citation, *_) = check_one(
        index, chosen(everything, *PASSAGES), Draft(text, tuple(range(1, 20))), language
    )
    assert (sentence.verdict, sentence.score) == (SUPPORTED, 1.0)
    assert citation.quote == text


NUMBERED = [(text, language) for text, language in SENTENCES if re.search(r"\d", text)]


@given(st.sampled_from(NUMBERED), st.integers(0, 9), st.data())
def test_another_number_is_never_supported(
    index: LocalIndex,
    everything: dict[str, Evidence],
    said: tuple[str, str],
    digit: int,
    data: st.DataObject,
) -> None:
    text, language = said
    place = data.draw(st.sampled_from([m.start() for m in re.finditer(r"\d", text)]))
    assume(text[place] != str(digit))
    changed = f"{text[:place]}{digit}{text[place + 1 :]}"
    evidence = chosen(everything, *PASSAGES)
    sentence, citations = check_one(index, evidence, Draft(changed, (1, 2, 3)), language)
    assert sentence.verdict is UNSUPPORTED
    assert citations == ()


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
    evidence = chosen(everything, *order)
    ready = check(index, evidence, *drafts, language=language)
    answer = joined([draft.text for draft in drafts], language)
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
        assert 0 <= sentence.score <= 1
