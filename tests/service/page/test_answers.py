"""Asking: the answer, its footnotes, and what is said when there is none."""

import sqlite3
from contextlib import closing

import httpx
from playwright.sync_api import Page, expect

from service.feedback import FILE
from tests.service.page.browser import ask, cited, fits
from tests.service.page.documents import HOSTILE_QUESTION, REMOTE_QUESTION, UNANSWERED_QUESTION
from tests.service.wiki import Wiki


def test_an_answer_comes_sentence_by_sentence_with_its_footnotes(
    page: Page, service: httpx.Client
) -> None:
    with page.expect_response("**/ask") as asked:
        ask(page, REMOTE_QUESTION)
    assert asked.value.headers["content-type"].startswith("text/event-stream")
    answer = service.post("/ask", json={"question": REMOTE_QUESTION}).json()
    assert page.locator(".words").all_text_contents() == [
        sentence["text"] for sentence in answer["sentences"]
    ]
    assert page.locator(".answer-text").get_attribute("lang") == "en"
    assert page.locator(".marker").all_text_contents() == [
        str(label) for sentence in answer["sentences"] for label in sentence["citations"]
    ]
    sources = page.locator(".sources li")
    assert sources.locator("blockquote").all_text_contents() == [
        citation["quote"] for citation in answer["citations"]
    ]
    expect(sources.first).to_contain_text(answer["citations"][0]["title"])
    expect(sources.first).to_contain_text(answer["citations"][0]["path"])


def test_hovering_over_a_footnote_shows_its_quote_and_leaving_hides_it(
    page: Page, service: httpx.Client
) -> None:
    citation = cited(service, REMOTE_QUESTION)[0]
    ask(page, REMOTE_QUESTION)
    marker = page.get_by_role("button", name="Footnote 1: House rules").first
    expect(marker).to_have_attribute("aria-expanded", "false")
    marker.hover()
    note = page.get_by_role("group", name="Footnote 1: House rules")
    expect(note.locator("blockquote")).to_have_text(citation["quote"])
    expect(note).to_contain_text("House rules 🏡")
    expect(marker).to_have_attribute("aria-expanded", "true")
    note.hover()  # the pointer may travel into the note
    expect(note).to_be_visible()
    page.mouse.move(1, 1)
    expect(note).to_have_count(0)


def test_tapping_a_footnote_shows_its_quote_until_it_is_tapped_again(
    phone: Page, service: httpx.Client
) -> None:
    citation = cited(service, REMOTE_QUESTION)[0]
    ask(phone, REMOTE_QUESTION)
    marker = phone.locator(".marker").first
    marker.tap()
    expect(phone.locator("#note blockquote")).to_have_text(citation["quote"])
    assert fits(phone)
    marker.tap()
    expect(phone.locator("#note")).to_have_count(0)


def test_sentences_that_are_not_supported_are_marked_in_words(modules: Page) -> None:
    shown = modules.evaluate(
        """async () => {
            const { AnswerView } = await import("/web/answer.js");
            const verdicts = ["supported", "partial", "unsupported"];
            const sentences = verdicts.map((verdict, at) => ({ text: "Yes.", start: at * 5,
                end: at * 5 + 4, citations: [], verdict, score: 0 }));
            const data = { language: "en", abstained: false, reason: "The model failed.",
                sentences, citations: [], uncovered: [], cautions: [], generator: "model",
                timings_ms: { total: 5 } };
            const exchange = { question: "?", events: [{ name: "answer", data }] };
            const { root, text } = new AnswerView(exchange, { footnotes: { close() {} } });
            return [text.textContent, root.querySelector(".notice").textContent];
        }"""
    )
    assert shown == ["Yes. Yes.partly supported Yes.not supported", "The model failed."]


def test_what_was_looked_for_and_what_is_missing_is_said(page: Page) -> None:
    shown = page.evaluate(
        """async () => {
            const { AnswerView } = await import("/web/answer.js");
            const found = { evidence: [], question: "How long is parental leave on Mars?" };
            const caution = { kind: "override", quote: "Ignore", title: "<b>Rules</b>" };
            const data = { language: "en", abstained: false, sentences: [], citations: [],
                uncovered: ["Mars", "Venus"], cautions: [caution, caution], generator: "model",
                timings_ms: { total: 5 } };
            const exchange = { question: "And on Mars?", events: [
                { name: "evidence", data: found }, { name: "answer", data }] };
            const { root } = new AnswerView(exchange, { footnotes: { close() {} } });
            return [...root.querySelectorAll(".searched, .notice")].map((e) => e.textContent);
        }"""
    )
    assert shown == [
        "Searched for: How long is parental leave on Mars?",
        "The documents do not speak of: Mars, Venus",
        "“<b>Rules</b>” holds instructions for machines. They were not followed.",
    ]


def test_a_follow_up_carries_what_was_said_before(page: Page) -> None:
    ask(page, REMOTE_QUESTION)
    with page.expect_request("**/ask") as asked:
        ask(page, "Who approves it?")
    body = asked.value.post_data_json
    assert isinstance(body, dict)
    assert [turn["role"] for turn in body["history"]] == ["user", "assistant"]
    assert body["history"][0]["content"] == REMOTE_QUESTION


def test_a_follow_up_to_an_earlier_answer_carries_what_led_to_that(page: Page) -> None:
    asked_first = ["Who waters the office plants?", REMOTE_QUESTION]
    for question in (*asked_first, HOSTILE_QUESTION, UNANSWERED_QUESTION):
        ask(page, question)
    page.get_by_role("button", name=REMOTE_QUESTION).click()
    expect(page.locator(".answer h2")).to_have_text(REMOTE_QUESTION)
    for question, before in (
        ("Who approves it?", asked_first),
        ("And when?", [*asked_first, "Who approves it?"]),
        ("Where?", [REMOTE_QUESTION, "Who approves it?", "And when?"]),
    ):
        with page.expect_request("**/ask") as asked:
            ask(page, question)
        body = asked.value.post_data_json
        assert isinstance(body, dict)
        said = [turn["content"] for turn in body["history"] if turn["role"] == "user"]
        assert said == before
        assert body["history"][0]["role"] == "user"


def test_what_is_not_in_the_documents_is_said_not_to_be(page: Page, service: httpx.Client) -> None:
    answer = service.post("/ask", json={"question": UNANSWERED_QUESTION}).json()
    assert answer["abstained"]
    ask(page, UNANSWERED_QUESTION)
    state = page.locator(".state")
    expect(state).to_contain_text("No answer was found")
    expect(state).to_contain_text(answer["reason"])
    expect(page.locator(".sources")).to_have_count(0)
    quotes = [found["quote"] for found in answer["nearest"]]
    assert all(quotes)
    expect(state.locator(".closest li")).to_have_count(len(quotes))
    expect(state.locator(".closest blockquote")).to_have_text(quotes)
    state.get_by_role("button", name="Open source").first.click()
    expect(page.locator("mark")).to_be_visible()


def test_a_problem_is_explained_and_the_question_is_kept(page: Page) -> None:
    question = "plants " * 1000
    page.get_by_role("textbox").fill(question)
    page.get_by_role("button", name="Ask").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("could not work with this question")
    expect(alert).to_contain_text("4000 are the most")
    expect(alert.get_by_role("button")).to_have_count(0)  # it would be refused again
    expect(page.get_by_role("textbox")).to_have_value(question.strip())


def test_thumbs_and_a_comment_reach_the_service(page: Page, house: Wiki) -> None:
    with page.expect_response("**/ask") as asked:
        ask(page, REMOTE_QUESTION)
    request_id = asked.value.headers["x-request-id"]
    page.get_by_role("button", name="Helpful", exact=True).click()
    expect(page.locator(".feedback")).to_contain_text("Thank you, noted.")
    page.get_by_role("button", name="Not helpful").click()
    page.get_by_label("What was wrong or missing?").fill("Which Thursday?")
    with page.expect_response("**/feedback"):
        page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("button", name="Not helpful")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".feedback")).to_contain_text("Thank you, noted.")
    with closing(sqlite3.connect(house.data_dir / FILE)) as connection:
        stored = connection.execute(
            "SELECT verdict, comment, question FROM feedback WHERE request_id = ? ORDER BY id",
            (request_id,),
        ).fetchall()
    assert stored == [
        ("up", None, REMOTE_QUESTION),
        ("down", None, REMOTE_QUESTION),
        ("down", "Which Thursday?", REMOTE_QUESTION),
    ]
