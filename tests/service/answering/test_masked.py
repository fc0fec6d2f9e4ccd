"""Personal data hidden in all that an answer shows, with every offset still true."""

from dataclasses import replace

from indexes.types import Hit
from service.answering.masked import Mask, shown
from service.answering.types import (
    Answer,
    Caution,
    Check,
    Citation,
    Evidence,
    EvidenceFound,
    Method,
    Nearest,
    Sentence,
    SentenceReady,
    Verdict,
)
from tests.indexes.documents import make_document, make_entry

NAME = "Ana"
TEXT = "Call Ana. Ana answers."
ADDRESS = "https://wiki.example/1"
DOCUMENT, (CHUNK,) = make_entry(
    make_document("Ana.md", TEXT, title="Ana's page", authors=("Ana",), uri=ADDRESS)
)
HIT = Hit(1, 1.0, replace(CHUNK, section=("Staff", "Ana")), DOCUMENT.info)
EVIDENCE = (Evidence(1, TEXT, 0, len(TEXT), (HIT,), (DOCUMENT.info,)),)
CITATION = Citation(
    1, DOCUMENT.info, CHUNK.id, ("Staff", "Ana"), TEXT[:9], 0, 9, None, cells=("Ana!A1",)
)
CHECKS = (Check(1, Verdict.SUPPORTED, 1.0, Method.QUOTE),)
SENTENCES = (
    Sentence(TEXT[:9], 0, 9, CHECKS, Verdict.SUPPORTED, 1.0),
    Sentence(TEXT[10:], 10, len(TEXT), CHECKS, Verdict.SUPPORTED, 1.0),
)
ANSWER = Answer(
    text=TEXT,
    abstained=False,
    reason=None,
    language="en",
    sentences=SENTENCES,
    citations=(CITATION,),
    snapshot="s",
    generator="extractive",
    timings_ms={},
    evidence=EVIDENCE,
    cautions=(Caution(1, "override", TEXT),),
    nearest=(Nearest(DOCUMENT.info, TEXT[:9], 0, 9, None),),
)
EVENTS = (EvidenceFound(EVIDENCE, "s"), SentenceReady(SENTENCES[0], (CITATION,)), ANSWER)


def hide(text: str, language: str = "en") -> str:
    assert language == "en"
    return text.replace(NAME, "█" * len(NAME))


def test_nothing_that_is_shown_holds_it() -> None:
    shown = list(Mask(hide, "en").over(EVENTS))
    assert [type(event) for event in shown] == [type(event) for event in EVENTS]
    assert NAME in repr(EVENTS)
    assert NAME not in repr(shown)


def test_the_address_that_opens_a_document_stays() -> None:
    address = "https://wiki.example/Ana"
    named = shown(replace(DOCUMENT.info, uri=address), hide)
    assert (named.title, named.path, named.uri) == ("███'s page", "███.md", address)


def test_offsets_stay_true() -> None:
    answer = list(Mask(hide, "en").over(EVENTS))[-1]
    assert isinstance(answer, Answer)
    assert answer.text == hide(TEXT)
    for sentence in answer.sentences:
        assert answer.text[sentence.start : sentence.end] == sentence.text
    (citation,) = answer.citations
    assert len(citation.quote) == citation.end - citation.start


def test_a_sentence_is_hidden_by_itself_wherever_the_whole_would_be_hidden_otherwise() -> None:
    across = replace(
        ANSWER, text="ab", sentences=(replace(SENTENCES[0], text="b", start=1, end=2),)
    )
    (answer,) = Mask(lambda text, _: text.replace("ab", "██"), "en").over([across])
    assert isinstance(answer, Answer)
    assert answer.text[1:2] == answer.sentences[0].text == "b"
