"""Answers are given again within their key, while they hold, and within the cache's bounds."""

from collections.abc import Iterator
from dataclasses import replace
from threading import Barrier, Thread

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from indexes.types import Chunk, DocumentInfo, Filters, Hit
from service.answering.caching.cache import AnswerCache, Key, Told
from service.answering.types import Answer, Citation, Evidence, Release, Silence

TEXT = "Every parent gets twenty weeks of paid leave. Nobody else does."
QUOTE = "Every parent gets twenty weeks of paid leave."
QUESTION = "How many weeks of leave does a parent get?"
POLITE = "Hello, how many weeks of leave does a parent get? Thanks!"
OTHER = "How many days of leave does a parent get?"
KEY = Key(
    collection="hr",
    snapshot="s1",
    groups=frozenset({"*", "staff"}),
    filters=Filters(),
    top_k=8,
    writer="extractive 1",
    release=Release.STRICT,
    masked=False,
)
ELSEWHERE = [
    replace(KEY, collection="it"),
    replace(KEY, snapshot="s2"),
    replace(KEY, groups=frozenset({"*"})),
    replace(KEY, groups=frozenset({"*", "staff", "hr"})),
    replace(KEY, filters=Filters(path_prefix="hr/")),
    replace(KEY, filters=Filters(date_from="2024-01-01")),
    replace(KEY, top_k=9),
    replace(KEY, writer="extractive 2"),
    replace(KEY, release=Release.FLAG),
    replace(KEY, masked=True),
]


def evidence(text: str = TEXT, start: int = 0, document: str = "d1") -> tuple[Evidence, ...]:
    info = DocumentInfo(
        id=document,
        collection="hr",
        source="wiki",
        path="leave.md",
        uri="leave.md",
        title="Leave",
        type="md",
        language="en",
        content_hash="",
        updated_at=None,
        groups=frozenset({"*"}),
    )
    end = start + len(text)
    hit = Hit(1, 1.0, Chunk(f"{document}-0", document, 0, text, start, end, None, ()), info)
    return (Evidence(1, text, start, end, (hit,)),)


def answer(text: str = QUOTE, start: int = 0) -> Answer:
    info = evidence()[0].document
    return Answer(
        text=text,
        abstained=False,
        reason=None,
        language="en",
        sentences=(),
        citations=(Citation(1, info, "d1-0", (), QUOTE, start, start + len(QUOTE), None),),
        snapshot="s1",
        generator="extractive",
        timings_ms={"total": 1.0},
        question=QUESTION,
    )


def unit(*values: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    vector = np.array(values, np.float32)
    return vector / np.linalg.norm(vector)


@pytest.fixture
def cache() -> AnswerCache:
    kept = AnswerCache(entries=10, megabytes=1)
    kept.remember(KEY, QUESTION, "en", None, answer())
    return kept


def similar(cache: AnswerCache, question: str, key: Key = KEY) -> Answer | None:
    return cache.similar(key, question, "en", None, evidence())


def test_the_same_words_are_given_the_same_answer(cache: AnswerCache) -> None:
    assert cache.same(KEY, QUESTION) == replace(answer(), cached="exact")
    assert cache.same(KEY, f"  {QUESTION.replace(' ', '  ')[:-1]} ？") is not None
    assert cache.same(KEY, POLITE) is None


def test_what_was_told_is_kept_with_its_answer(cache: AnswerCache) -> None:
    assert cache.told(KEY, QUESTION) is None
    held = cache.size
    cache.keep_told(KEY, QUESTION, b"x" * 1000)
    assert cache.told(KEY, QUESTION) == Told(
        QUESTION, replace(answer(), cached="exact"), b"x" * 1000
    )
    assert held + 1000 < cache.size < held + 1500
    cache.keep_told(KEY, QUESTION, b"")
    assert held < cache.size < held + 500
    assert len(cache) == 1
    assert cache.same(KEY, QUESTION) == replace(answer(), cached="exact")
    cache.forget("hr", but="s2")
    assert cache.told(KEY, QUESTION) is None
    assert cache.size == 0


@pytest.mark.parametrize("key", ELSEWHERE)
def test_nothing_is_told_under_another_key(cache: AnswerCache, key: Key) -> None:
    cache.keep_told(KEY, QUESTION, b"told")
    assert cache.told(key, QUESTION) is None
    cache.keep_told(key, QUESTION, b"told there")
    assert cache.told(key, QUESTION) is None


def test_what_was_told_repeats_its_question_to_the_letter(cache: AnswerCache) -> None:
    cache.keep_told(KEY, QUESTION, b"told")
    spaced = f" {QUESTION}"
    assert cache.same(KEY, spaced) is not None
    assert cache.told(KEY, spaced) is None
    cache.keep_told(KEY, spaced, b"told with a space")
    told = cache.told(KEY, spaced)
    assert told is not None
    assert told.body == b"told with a space"
    assert cache.told(KEY, QUESTION) is None


def test_what_was_told_makes_others_go() -> None:
    cache = AnswerCache(entries=9, megabytes=0.1)
    for question in ("first", "second"):
        cache.remember(KEY, question, "en", None, answer())
    cache.keep_told(KEY, "second", b"x" * 99_000)
    assert cache.same(KEY, "first") is None
    assert cache.told(KEY, "second") is not None
    cache.remember(KEY, "second", "en", None, answer())
    assert cache.told(KEY, "second") is None


def test_other_words_for_the_same_are_given_it_too(cache: AnswerCache) -> None:
    assert similar(cache, POLITE) == replace(answer(), cached="similar")
    assert similar(cache, OTHER) is None


def test_a_typing_error_is_told_by_the_words_of_the_collection() -> None:
    cache = AnswerCache(entries=10, megabytes=1)
    cache.remember(KEY, "Who signs the certificate?", "en", None, answer())
    typed = "Who signs the certifciate?"
    assert cache.similar(KEY, typed, "en", None, evidence()) is None
    known = {"who", "signs", "certificate"}.__contains__
    assert cache.similar(KEY, typed, "en", None, evidence(), known) is not None


@pytest.mark.parametrize("key", ELSEWHERE)
def test_nothing_is_found_under_another_key(cache: AnswerCache, key: Key) -> None:
    assert cache.same(key, QUESTION) is None
    assert similar(cache, QUESTION, key) is None
    assert similar(cache, POLITE, key) is None


@pytest.mark.parametrize(
    "today",
    [
        (),
        evidence("Nobody gets leave any more, and no parent ever did."),
        evidence(document="d2"),
        evidence(start=1),
        evidence(TEXT[1:], start=1),
        evidence(QUOTE[:-1]),
        # From its end, the quote would stand where it was from the document's start.
        evidence(f"{QUOTE} Yes.", start=len(QUOTE) + 5),
    ],
)
def test_a_quote_must_stand_in_the_evidence_of_today(
    cache: AnswerCache, today: tuple[Evidence, ...]
) -> None:
    assert cache.similar(KEY, POLITE, "en", None, today) is None


def test_a_quote_may_stand_in_a_wider_passage() -> None:
    cache = AnswerCache(entries=10, megabytes=1)
    cache.remember(KEY, QUESTION, "en", None, answer(start=9))
    assert cache.similar(KEY, POLITE, "en", None, evidence(f"On 1 May. {TEXT}", start=-1))
    assert cache.similar(KEY, POLITE, "en", None, evidence(f"Leave. {TEXT}", start=2))


def test_vectors_that_disagree_tell_two_questions_apart() -> None:
    cache = AnswerCache(entries=10, megabytes=1)
    cache.remember(KEY, QUESTION, "en", unit(1, 0), answer())
    assert cache.similar(KEY, POLITE, "en", unit(1, 0.2), evidence()) is not None
    assert cache.similar(KEY, POLITE, "en", unit(0, 1), evidence()) is None
    assert cache.similar(KEY, POLITE, "en", None, evidence()) is not None


@pytest.mark.parametrize(
    "alone",
    [
        replace(answer(), abstained=True, silence=Silence.NOT_COVERED),
        replace(answer(), citations=()),
    ],
)
def test_what_cannot_be_checked_again_is_given_to_the_same_words_alone(alone: Answer) -> None:
    cache = AnswerCache(entries=10, megabytes=1)
    cache.remember(KEY, QUESTION, "en", None, alone)
    assert cache.same(KEY, QUESTION) == replace(alone, cached="exact")
    assert similar(cache, POLITE) is None
    assert similar(cache, QUESTION) is None


def test_where_two_different_questions_fit_neither_does() -> None:
    cache = AnswerCache(entries=10, megabytes=1)
    cache.remember(KEY, "Ai bán hàng ở đây?", "vi", None, answer())
    assert cache.similar(KEY, "Ai ban hang o day?", "vi", None, evidence()) is not None
    cache.remember(KEY, "Ai bán hãng ở đây?", "vi", None, answer())
    assert cache.similar(KEY, "Ai ban hang o day?", "vi", None, evidence()) is None


def test_a_question_in_another_language_is_another_one(cache: AnswerCache) -> None:
    assert cache.similar(KEY, QUESTION, "fr", None, evidence()) is None


def test_old_snapshots_are_forgotten_and_not_learnt_again(cache: AnswerCache) -> None:
    new, it = replace(KEY, snapshot="s2"), replace(KEY, collection="it")
    cache.remember(new, QUESTION, "en", None, answer())
    cache.remember(it, QUESTION, "en", None, answer())
    cache.forget("hr", but="s2")
    assert cache.same(KEY, QUESTION) is None
    assert cache.same(new, QUESTION) is not None
    assert cache.same(it, QUESTION) is not None
    cache.remember(KEY, QUESTION, "en", None, answer())
    assert cache.same(KEY, QUESTION) is None
    assert similar(cache, POLITE) is None
    cache.forget("hr", but="s1")
    assert len(cache) == 1
    cache.remember(KEY, QUESTION, "en", None, answer())
    assert cache.same(KEY, QUESTION) is not None


def test_the_one_asked_for_longest_ago_goes_first() -> None:
    cache = AnswerCache(entries=2, megabytes=1)
    cache.remember(KEY, "first", "en", None, answer())
    cache.remember(KEY, "second", "en", None, answer())
    assert similar(cache, "please, first") is not None
    cache.remember(KEY, "third", "en", None, answer())
    assert cache.same(KEY, "second") is None
    assert cache.same(KEY, "first") is not None
    cache.remember(KEY, "fourth", "en", None, answer())
    assert cache.same(KEY, "third") is None
    assert similar(cache, "please, third") is None
    assert cache.same(KEY, "first") is not None


def test_an_answer_counts_for_its_whole_size() -> None:
    cache = AnswerCache(entries=100, megabytes=0.1)
    cache.remember(KEY, "small", "en", None, answer())
    held = cache.size
    assert 1000 < held < 10_000
    cache.remember(KEY, "small", "en", None, answer())
    assert cache.size == held
    cache.remember(KEY, "long", "en", None, answer("word " * 10_000))
    assert cache.size - held > 50_000
    cache.remember(KEY, "too long", "en", None, answer("word " * 30_000))
    assert cache.same(KEY, "too long") is None
    assert cache.same(KEY, "small") is not None
    cache.remember(KEY, "longer", "en", None, answer("word " * 12_000))
    assert cache.same(KEY, "long") is None
    assert cache.same(KEY, "longer") is not None


def test_a_cache_of_nothing_keeps_nothing() -> None:
    for cache in (AnswerCache(entries=0, megabytes=1), AnswerCache(entries=1, megabytes=0)):
        cache.remember(KEY, QUESTION, "en", None, answer())
        assert cache.same(KEY, QUESTION) is None
        assert (len(cache), cache.size) == (0, 0)


GROUPS = st.frozensets(st.sampled_from(["*", "staff", "hr"]))
KEYS = st.builds(
    Key,
    collection=st.sampled_from(["hr", "it"]),
    snapshot=st.sampled_from(["s1", "s2"]),
    groups=GROUPS,
    filters=st.builds(Filters, path_prefix=st.sampled_from(["", "a/"]), tags=GROUPS),
    top_k=st.sampled_from([8, 9]),
    writer=st.sampled_from(["a", "b"]),
    release=st.sampled_from(Release),
    masked=st.booleans(),
)


@given(KEYS, KEYS)
def test_no_hit_across_keys(one: Key, other: Key) -> None:
    cache = AnswerCache(entries=10, megabytes=1)
    cache.remember(one, QUESTION, "en", None, answer())
    for question in (QUESTION, POLITE):
        assert (similar(cache, question, other) is not None) == (one == other)
    assert (cache.same(other, QUESTION) is not None) == (one == other)


@given(st.text(max_size=40), st.sampled_from(["en", "vi", "zh", "und"]))
def test_the_same_question_always_hits_exactly(question: str, language: str) -> None:
    cache = AnswerCache(entries=1, megabytes=1)
    cache.remember(KEY, question, language, None, answer())
    assert cache.same(KEY, question) == replace(answer(), cached="exact")


class Kept(RuleBasedStateMachine):
    """A small cache, used in any order, beside what it was told last under each key."""

    def __init__(self) -> None:
        super().__init__()
        self.cache = AnswerCache(entries=3, megabytes=0.05)
        self.told: dict[tuple[Key, str], str] = {}
        self.current: dict[str, str] = {}

    questions = st.sampled_from(["who is Ann", "who is Bob", "please, who is Ann", "where is Ann"])

    @rule(key=KEYS, question=questions, length=st.integers(0, 30_000))
    def remember(self, key: Key, question: str, length: int) -> None:
        text = f"{question} {'x' * length}"
        self.cache.remember(key, question, "en", None, answer(text))
        self.told[key, question] = text

    @rule(key=KEYS, question=questions)
    def ask(self, key: Key, question: str) -> None:
        found = self.cache.same(key, question)
        if found:
            assert found.text == self.told[key, question]
        alike = self.cache.similar(key, question, "en", None, evidence())
        if alike:
            assert alike.text in {text for (held, _), text in self.told.items() if held == key}
            assert asked_politely(alike.text.rstrip("x ")) == asked_politely(question)

    @rule(collection=st.sampled_from(["hr", "it"]), snapshot=st.sampled_from(["s1", "s2"]))
    def forget(self, collection: str, snapshot: str) -> None:
        self.cache.forget(collection, but=snapshot)
        self.current[collection] = snapshot

    @invariant()
    def bounds_hold(self) -> None:
        assert len(self.cache) <= 3
        assert self.cache.size <= 0.05 * (1 << 20)
        assert (self.cache.size == 0) == (len(self.cache) == 0)

    @invariant()
    def nothing_is_left_of_old_snapshots(self) -> None:
        for key, question in self.told:
            if self.current.get(key.collection, key.snapshot) != key.snapshot:
                assert self.cache.same(key, question) is None


def asked_politely(question: str) -> str:
    return f"please, {question.removeprefix('please, ')}"


TestKept = Kept.TestCase
TestKept.settings = settings(max_examples=40, stateful_step_count=25)


def test_threads_share_a_cache() -> None:
    cache = AnswerCache(entries=5, megabytes=1)
    together = Barrier(4)
    wrong: list[str] = []

    def use(number: int) -> None:
        together.wait()
        for question in rounds(number):
            cache.remember(KEY, question, "en", None, answer(question))
            found = similar(cache, f"please {question}")
            if found and found.text != question:
                wrong.append(found.text)
            cache.forget("hr", but="s1")

    threads = [Thread(target=use, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert len(cache) == 5
    cache.forget("hr", but="s2")
    assert (len(cache), cache.size) == (0, 0)


def rounds(number: int) -> Iterator[str]:
    for turn in range(100):
        yield f"who is {(turn * 7 + number) % 12}"
