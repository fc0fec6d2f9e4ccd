"""Answers as the service tells them, made by hand: the events, and the whole."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from indexes.types import Chunk, DocumentInfo, Hit, chunk_id, document_id
from service.answering.layout import joined, separator
from service.answering.types import (
    Answer,
    Check,
    Citation,
    Event,
    Evidence,
    EvidenceFound,
    Method,
    Nearest,
    Sentence,
    SentenceReady,
    Silence,
    Usage,
    Verdict,
)
from service.dialects.links import Links
from service.dialects.openai_chat import Reply

SNAPSHOT = "20261121T090000000000Z-0123456789ab"
LINKS = Links("https://wiki.example")
REPLY = Reply("req-1", 1_700_000_000, "wiki", LINKS)


@dataclass(frozen=True, slots=True)
class Quoted:
    """Words of a document: ``text`` from ``start`` on."""

    text: str
    document: DocumentInfo
    start: int
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """The events of an answer; the last is the answer."""

    events: tuple[Event, ...]
    answer: Answer


def document(path: str, title: str = "", kind: str = "md", language: str = "en") -> DocumentInfo:
    return DocumentInfo(
        id=document_id("wiki", "docs", path),
        collection="wiki",
        source="docs",
        path=path,
        uri=f"file:///docs/{path}",
        title=title,
        type=kind,
        language=language,
        content_hash="0" * 64,
        updated_at="2026-01-02T03:04:05Z",
        groups=frozenset({"*"}),
    )


LEAVE = document("guide/leave.md", "Parental leave")
TRAVEL = document("guide/travel.pdf", "Travel", "pdf")
ANNUAL = document("vi/nghi-phep.md", "Nghỉ phép", language="vi")
HOLIDAYS = document("zh/年假.md", "年假", language="zh")

_WEEKS = Quoted("Every parent gets twenty weeks of paid parental leave. 🎉", LEAVE, 16)
_ASKED = Quoted("Leave is requested from the team lead.", LEAVE, 80)
_TRAINS = Quoted("Trains are booked through the travel desk.", TRAVEL, 0, page=3)
_DAYS = Quoted("Nhân viên được nghỉ phép mười hai ngày mỗi năm. 😀", ANNUAL, 11)
_TEN = Quoted("员工每年有十天年假。", HOLIDAYS, 4)
_MORE = Quoted("工作满十年的员工有十五天年假👍🏽。", HOLIDAYS, 14)

# For each language what is said, sentence by sentence, and the words it rests on.
SAID: dict[str, tuple[tuple[str, tuple[Quoted, ...]], ...]] = {
    "en": (
        (_WEEKS.text, (_WEEKS, _TRAINS)),
        (_ASKED.text, (_ASKED,)),
        ("Trains are booked at the desk.", (_TRAINS,)),
    ),
    "vi": ((_DAYS.text, (_DAYS,)), ("Tàu được đặt qua bàn du lịch 🚆.", (_TRAINS, _DAYS))),
    "zh": ((_TEN.text, (_TEN,)), (_MORE.text, (_MORE, _TEN))),
}


def told(language: str) -> Told:
    """The answer in ``language`` of ``SAID``."""
    return tell(SAID[language], language)


def tell(said: Sequence[tuple[str, Sequence[Quoted]]], language: str = "en") -> Told:
    labels: dict[Quoted, Citation] = {}
    ready: list[SentenceReady] = []
    end = 0
    for text, quotes in said:
        known = len(labels)
        for quoted in quotes:
            labels.setdefault(quoted, citation(len(labels) + 1, quoted))
        cited = tuple(dict.fromkeys(labels[quoted].label for quoted in quotes))
        start = end + (len(separator(ready[-1].sentence.text, language)) if ready else 0)
        end = start + len(text)
        checks = tuple(Check(label, Verdict.SUPPORTED, 1.0, Method.QUOTE) for label in cited)
        sentence = Sentence(text, start, end, checks, Verdict.SUPPORTED, 1.0)
        ready.append(SentenceReady(sentence, tuple(labels.values())[known:]))
    answer = Answer(
        text=joined([text for text, _ in said], language),
        abstained=False,
        reason=None,
        language=language,
        sentences=tuple(each.sentence for each in ready),
        citations=tuple(labels.values()),
        snapshot=SNAPSHOT,
        generator="extractive",
        timings_ms={"total": 1.0},
        question="How long is parental leave?",
    )
    return Told((EvidenceFound((), SNAPSHOT, answer.question), *ready, answer), answer)


WORDS = "Twenty weeks\nor so [1]."


def abstained(*documents: DocumentInfo) -> Told:
    """No answer; the ``documents`` come nearest."""
    evidence = tuple(
        Evidence(number, WORDS, 0, len(WORDS), (hit(info, WORDS, 0),))
        for number, info in enumerate(documents, 1)
    )
    answer = replace(
        told("en").answer,
        text="",
        abstained=True,
        reason="The documents touch on this, but do not answer it.",
        silence=Silence.NOT_COVERED,
        sentences=(),
        citations=(),
        evidence=evidence,
        nearest=tuple(Nearest(info, WORDS, 0, len(WORDS), None) for info in documents),
    )
    return Told((EvidenceFound(evidence, SNAPSHOT, answer.question), answer), answer)


def with_usage(made: Told) -> Told:
    answer = replace(made.answer, usage=Usage(120, 30), generator="writer-1b")
    return Told((*made.events[:-1], answer), answer)


def citation(label: int, quoted: Quoted) -> Citation:
    return Citation(
        label=label,
        document=quoted.document,
        chunk_id=chunk_id(quoted.document.id, 0),
        section=(quoted.document.title,),
        quote=quoted.text,
        start=quoted.start,
        end=quoted.start + len(quoted.text),
        page=quoted.page,
    )


def hit(
    info: DocumentInfo, text: str, start: int, score: float = 0.5, page: int | None = None
) -> Hit:
    chunk = Chunk(
        id=chunk_id(info.id, 0),
        document_id=info.id,
        ordinal=0,
        text=text,
        start=start,
        end=start + len(text),
        page=page,
        section=(info.title, "Details"),
    )
    return Hit(1, score, chunk, info)


_QUOTED = [_WEEKS, _ASKED, _TRAINS, _DAYS, _TEN, _MORE]
# Sentences of any characters, brackets and characters outside the basic plane among them.
_CHARACTERS = st.sampled_from("ab c.[]12doc年假。ệ😀👍🏽\u2028\x85é") | st.characters(codec="utf-8")
ANSWERS = st.builds(
    tell,
    st.lists(
        st.tuples(
            st.text(_CHARACTERS, min_size=1, max_size=12),
            st.lists(st.sampled_from(_QUOTED), max_size=3),
        ),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from(["en", "vi", "zh"]),
)
