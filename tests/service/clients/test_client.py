"""The Python client against the service: the same footnotes, offsets, streams and refusals."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from typing import Any

import httpx
import pytest

from service.clients.client import AsyncFootnote, Footnote
from service.clients.errors import (
    ConnectionFailed,
    RateLimited,
    RequestRefused,
    WrongSettings,
)
from service.clients.protocol import document_text
from service.clients.types import (
    Answer,
    Citation,
    Event,
    EvidenceFound,
    Filters,
    SentenceReady,
    Turn,
)
from tests.service.clients.conftest import LIMIT
from tests.service.clients_of_others.questions import (
    LANGUAGES,
    QUESTIONS,
    UNANSWERABLE,
    footnotes,
)
from tests.service.server import serving
from tests.service.wiki import (
    COLLECTION,
    HIDDEN_ID,
    KEYS,
    LEAVE_ID,
    QUESTION,
    Wiki,
    key,
    keyed_settings,
)

Asked = Mapping[str, dict[str, Any]]


def shown(citations: Sequence[Citation]) -> list[tuple[int, str, int, int, str]]:
    return [(each.label, each.document_id, each.start, each.end, each.quote) for each in citations]


def refusal(client: Footnote, question: str, **options: Any) -> RequestRefused:
    with pytest.raises(RequestRefused) as caught:
        client.ask(question, **options)
    return caught.value


# ---- answers -----------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_is_what_ask_replies(footnote: Footnote, asked: Asked, language: str) -> None:
    answer = footnote.ask(QUESTIONS[language])
    reply = asked[language]
    assert shown(answer.citations) == footnotes(reply["citations"])
    assert answer.text == reply["answer"]
    assert answer.language == language
    assert answer.snapshot == reply["snapshot"]
    assert [list(each.citations) for each in answer.sentences] == [
        each["citations"] for each in reply["sentences"]
    ]
    assert [check.verdict for each in answer.sentences for check in each.checks] == [
        check["verdict"] for each in reply["sentences"] for check in each["checks"]
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_offsets_count_code_points(footnote: Footnote, language: str) -> None:
    answer = footnote.ask(QUESTIONS[language])
    for sentence in answer.sentences:
        assert answer.text[sentence.start : sentence.end] == sentence.text
    texts = {
        each.document_id: footnote.document_text(each.document_id) for each in answer.citations
    }
    for each in answer.citations:
        assert texts[each.document_id].text[each.start : each.end] == each.quote
    assert {text.snapshot for text in texts.values()} == {answer.snapshot}
    # Beyond the basic plane, where UTF-16 units would be off.
    assert any(ord(character) > 0xFFFF for text in texts.values() for character in text.text)


def test_the_three_lines_that_connect_it(base: str) -> None:
    with Footnote(base, key=KEYS["staff"]) as client:
        answer = client.ask(QUESTION)
        quotes = [(each.title, each.quote) for each in answer.citations]
    assert "twenty weeks" in answer.text
    assert quotes[0][0] == "Parental leave"


def test_every_option_reaches_the_service(footnote: Footnote) -> None:
    history = [Turn("user", QUESTION), Turn("assistant", "Twenty weeks.")]
    filters = Filters(path_prefix="guide/", type=("md",), language=("en",))
    answer = footnote.ask(
        "And how is it requested?",
        collection=COLLECTION,
        history=history,
        top_k=3,
        filters=filters,
        release="flag",
        mask=True,
    )
    assert "leave" in answer.question
    assert {each.path for each in answer.citations} == {"guide/leave.md"}
    assert footnote.ask(QUESTION, filters=Filters(path_prefix="nowhere/")).abstained
    assert footnote.ask(QUESTION, filters=Filters(tags=("absent",))).abstained
    assert footnote.ask(QUESTION, filters=Filters(date_from="9999-01-01")).abstained


def test_without_an_answer_it_says_why(footnote: Footnote) -> None:
    answer = footnote.ask(UNANSWERABLE)
    assert answer.abstained
    assert answer.text == ""
    assert answer.reason
    assert answer.silence
    assert answer.sentences == ()
    assert answer.citations == ()
    assert answer.nearest
    for found in answer.nearest:
        text = footnote.document_text(found.document_id).text
        assert found.quote == text[found.start : found.end] != ""


def test_a_misspelt_option_is_no_request(footnote: Footnote) -> None:
    with pytest.raises(TypeError, match="'topk'"):
        footnote.ask(QUESTION, topk=3)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="'stream'"):
        footnote.ask(QUESTION, stream=True)  # type: ignore[call-arg]


# ---- streams -----------------------------------------------------------------------------------


def together(events: Sequence[Event]) -> tuple[EvidenceFound, list[SentenceReady], Answer]:
    found, *ready, answer = events
    assert isinstance(found, EvidenceFound)
    assert isinstance(answer, Answer)
    return found, [each for each in ready if isinstance(each, SentenceReady)], answer


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_stream_has_the_same_footnotes(footnote: Footnote, asked: Asked, language: str) -> None:
    found, ready, answer = together(list(footnote.stream(QUESTIONS[language])))
    assert shown(answer.citations) == footnotes(asked[language]["citations"])
    assert tuple(each.sentence for each in ready) == answer.sentences
    assert tuple(citation for each in ready for citation in each.citations) == answer.citations
    assert found.request_id == answer.request_id
    passages = {(each.document_id, each.text) for each in found.evidence}
    for each in answer.citations:
        assert any(
            each.document_id == document and each.quote in text for document, text in passages
        )


def test_a_line_separator_in_a_text_ends_no_event(footnote: Footnote) -> None:
    question = "How is\u2028parental leave\u0085requested?"
    found, _, answer = together(list(footnote.stream(question)))
    assert found.question == answer.question == question


def test_a_stream_that_is_left_leaves_the_client_usable(footnote: Footnote) -> None:
    events = footnote.stream(QUESTION)
    assert isinstance(next(events), EvidenceFound)
    events.close()
    assert not footnote.ask(QUESTION).abstained


# ---- the rest ----------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_search_finds_what_search_replies(
    footnote: Footnote, service: httpx.Client, language: str
) -> None:
    body = {"query": QUESTIONS[language], "k": 3, "mode": "lexical"}
    reply = service.post("/search", json=body, headers=key("staff")).json()
    result = footnote.search(QUESTIONS[language], k=3, mode="lexical")
    assert result.snapshot == reply["snapshot"]
    assert [
        (hit.rank, hit.chunk_id, hit.text, hit.score, hit.section, hit.legs) for hit in result.hits
    ] == [
        (
            *(hit[name] for name in ("rank", "chunk_id", "text", "score")),
            tuple(hit["section"]),
            hit["legs"],
        )
        for hit in reply["hits"]
    ]


def test_a_passage_in_the_middle_stands_at_its_offsets(footnote: Footnote) -> None:
    hits = footnote.search("xe đạp màu đỏ", filters=Filters(path_prefix="long/")).hits
    assert max(hit.start for hit in hits) > 500
    text = footnote.document_text(hits[0].document_id).text
    assert [text[hit.start : hit.end] for hit in hits] == [hit.text for hit in hits]


def test_feedback_finds_its_answer(footnote: Footnote) -> None:
    answer = footnote.ask(QUESTION)
    stored = footnote.feedback(answer.request_id, "up", document_id=LEAVE_ID, comment="đúng 👍")
    assert stored.answer_known
    assert stored.request_id == answer.request_id
    assert not footnote.feedback("never-asked", "down").answer_known


def test_an_address_may_have_a_path_and_a_final_slash(base: str) -> None:
    with Footnote(f"{base}/", KEYS["staff"]) as client:
        assert client.document_text(LEAVE_ID).text
    # The path goes before that of each request, and there is nothing behind it here.
    with Footnote(f"{base}/search", KEYS["staff"]) as client:
        assert refusal(client, QUESTION).problem.status == 404


def test_an_id_is_one_part_of_the_path() -> None:
    assert document_text("a/b?c#é").path == "/documents/a%2Fb%3Fc%23%C3%A9/text"


# ---- refusals ----------------------------------------------------------------------------------


def test_a_caller_without_the_right_key(base: str) -> None:
    for wrong in (None, "wrong"):
        with Footnote(base, wrong) as client:
            error = refusal(client, QUESTION)
            assert error.problem.status == 401
            assert error.problem.kind == "urn:footnote:problem:unauthenticated"
            with pytest.raises(RequestRefused, match="401"):
                next(client.stream(QUESTION))


def test_what_is_not_there_or_not_for_this_caller(footnote: Footnote, base: str) -> None:
    error = refusal(footnote, QUESTION, collection="absent")
    assert error.problem.kind == "urn:footnote:problem:unknown-collection"
    assert error.problem.request_id
    for document in (HIDDEN_ID, "absent", "../readyz", "a b?c#d"):
        with pytest.raises(RequestRefused, match="404"):
            footnote.document_text(document)
    with Footnote(base, KEYS["hr"]) as client:
        assert "quatloos" in client.document_text(HIDDEN_ID).text


def test_a_body_over_the_limit(footnote: Footnote) -> None:
    history = [Turn("user", "多" * LIMIT)]
    assert refusal(footnote, QUESTION, history=history).problem.status == 413


def test_a_wrong_field_is_named(footnote: Footnote) -> None:
    error = refusal(footnote, QUESTION, top_k=0)
    assert error.problem.status == 422
    assert [each.field for each in error.problem.errors] == ["top_k"]
    assert "top_k" in str(error)
    # Half a surrogate pair cannot be UTF-8; the service is the one to say so.
    assert refusal(footnote, "Leave \ud83d?").problem.status == 422


def test_a_caller_that_asks_too_much_is_told_how_long_to_wait(library: Wiki) -> None:
    settings = keyed_settings(library.data_dir, rate_limit="1/hour")
    with serving(settings) as server, Footnote(str(server.base_url), KEYS["staff"]) as client:
        client.search(QUESTION)
        with pytest.raises(RateLimited) as caught:
            client.search(QUESTION)
        assert caught.value.retry_after is not None
        assert 0 < caught.value.retry_after <= 3600
        with pytest.raises(RateLimited):
            next(client.stream(QUESTION))


@pytest.mark.parametrize("address", ["", "footnote", "ftp://footnote", "http://", "http://[::1"])
def test_an_address_that_is_none(address: str) -> None:
    for kind in (Footnote, AsyncFootnote):
        with pytest.raises(WrongSettings):
            kind(address)


def test_a_key_that_no_header_can_carry() -> None:
    for wrong in ("khóa", "two\r\nlines"):
        with pytest.raises(WrongSettings) as caught:
            Footnote("http://127.0.0.1", wrong)
        assert wrong not in str(caught.value)


def test_nobody_is_there() -> None:
    with Footnote("http://127.0.0.1:9") as client:
        with pytest.raises(ConnectionFailed, match="POST /ask"):
            client.ask(QUESTION)
        with pytest.raises(ConnectionFailed):
            next(client.stream(QUESTION))


# ---- without blocking --------------------------------------------------------------------------


def test_asynchronously_all_is_the_same(footnote: Footnote, base: str, asked: Asked) -> None:
    async def run() -> None:
        async with AsyncFootnote(base, KEYS["staff"]) as client:
            answers = await asyncio.gather(*(client.ask(each) for each in QUESTIONS.values()))
            for language, answer in zip(QUESTIONS, answers, strict=True):
                assert shown(answer.citations) == footnotes(asked[language]["citations"])
                events = [event async for event in client.stream(QUESTIONS[language])]
                _, ready, streamed = together(events)
                assert streamed.citations == answer.citations
                assert tuple(each.sentence for each in ready) == answer.sentences
                found = await client.search(QUESTIONS[language], k=2)
                assert found == footnote.search(QUESTIONS[language], k=2)
            text = await client.document_text(LEAVE_ID)
            assert text == footnote.document_text(LEAVE_ID)
            assert (await client.feedback(answers[0].request_id, "up")).answer_known

    asyncio.run(run())


def test_asynchronously_errors_and_leaving_are_the_same(base: str) -> None:
    async def run() -> None:
        async with AsyncFootnote(base) as client:
            with pytest.raises(RequestRefused, match="401"):
                await client.ask(QUESTION)
            with pytest.raises(RequestRefused, match="401"):
                await anext(aiter(client.stream(QUESTION)))
        async with AsyncFootnote(base, KEYS["staff"]) as client:
            async with aclosing(client.stream(QUESTION)) as events:
                assert isinstance(await anext(events), EvidenceFound)
            assert not (await client.ask(QUESTION)).abstained
        async with AsyncFootnote("http://127.0.0.1:9") as client:
            with pytest.raises(ConnectionFailed):
                await client.search(QUESTION)

    asyncio.run(run())
