"""The page in a real browser, against the real service over a real snapshot."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from indexes.embedder import Embedder
from service.feedback import FILE
from service.settings import Settings
from tests.service.page_browser import ask, chromium, fits, in_view, watched
from tests.service.page_documents import (
    CHINESE_ANSWER,
    CHINESE_QUESTION,
    DOCUMENTS,
    HOSTILE_PATH,
    HOSTILE_QUESTION,
    HOSTILE_SENTENCE,
    HOSTILE_TITLE,
    REMOTE_PATH,
    REMOTE_QUESTION,
    REMOTE_SENTENCE,
    VIETNAMESE_ANSWER,
    VIETNAMESE_QUESTION,
)
from tests.service.server import eventually, serving
from tests.service.wiki import KEYS, KEYS_FILE, Wiki

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Wiki:
    folder = tmp_path_factory.mktemp("page")
    return _house(folder, embedder)


def _house(folder: Path, embedder: Embedder) -> Wiki:
    made = Wiki(folder / "docs", folder / "data", embedder)
    for path, text in DOCUMENTS.items():
        made.write(path, text)
    made.ingest()
    return made


@pytest.fixture(scope="module")
def service(house: Wiki) -> Iterator[httpx.Client]:
    with serving(Settings.read(data_dir=house.data_dir)) as client:
        yield client


@pytest.fixture
def page(browser: Browser, service: httpx.Client) -> Iterator[Page]:
    with watched(browser, locale="en-US", base_url=str(service.base_url)) as opened:
        opened.goto("/")
        yield opened


@pytest.fixture
def phone(browser: Browser, service: httpx.Client) -> Iterator[Page]:
    with watched(browser, locale="en-US", base_url=str(service.base_url), **PHONE) as opened:
        opened.goto("/")
        yield opened


def cited(service: httpx.Client, question: str) -> list[dict[str, Any]]:
    """The footnotes that the service gives to this question; the page must show the same."""
    citations: list[dict[str, Any]] = service.post("/ask", json={"question": question}).json()[
        "citations"
    ]
    assert citations
    return citations


# ---- answers and footnotes -----------------------------------------------------------------------


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


# ---- sources -------------------------------------------------------------------------------------


def test_a_source_opens_at_the_marked_passage(page: Page, service: httpx.Client) -> None:
    citation = cited(service, REMOTE_QUESTION)[0]
    assert REMOTE_SENTENCE.startswith(citation["quote"].split(" 👩")[0])
    ask(page, REMOTE_QUESTION)
    page.locator(".sources li").first.get_by_role("button").click()
    dialog = page.get_by_role("dialog", name="House rules 🏡")
    expect(dialog).to_contain_text(REMOTE_PATH)
    expect(dialog.locator("mark")).to_have_text(citation["quote"])
    assert in_view(page, "mark")
    assert page.locator(".source-text").evaluate("(node) => node.scrollTop") > 0
    text = service.get(f"/documents/{citation['document_id']}/text").text
    assert page.locator(".source-text").text_content() == text
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.wait_for_function("location.hash === ''")


def test_a_link_to_a_passage_opens_it(page: Page, service: httpx.Client) -> None:
    citation = cited(service, REMOTE_QUESTION)[0]
    place = "source={document_id}&start={start}&end={end}".format_map(citation)
    page.goto(f"/#{place}")
    expect(page.locator("mark")).to_have_text(citation["quote"])
    assert in_view(page, "mark")
    page.get_by_role("button", name="Close").click()
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.wait_for_function("location.hash === ''")


def test_the_back_button_closes_a_source(page: Page) -> None:
    ask(page, REMOTE_QUESTION)
    page.locator(".sources li").first.get_by_role("button").click()
    expect(page.locator("mark")).to_be_visible()
    page.go_back()
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator(".answer h2")).to_have_text(REMOTE_QUESTION)


def test_a_link_to_a_document_that_is_not_there_says_so(page: Page) -> None:
    page.goto(f"/#source={'0' * 32}&start=0&end=5")
    expect(page.locator("dialog[open]")).to_contain_text("does not exist any more")


def test_a_passage_is_found_again_where_it_moved_to_or_said_to_be_gone(
    browser: Browser, tmp_path: Path, embedder: Embedder
) -> None:
    house = _house(tmp_path, embedder)
    settings = Settings.read(data_dir=house.data_dir, snapshot_poll_seconds=0.05)
    with serving(settings) as service, watched(browser, base_url=str(service.base_url)) as page:
        quote = cited(service, REMOTE_QUESTION)[0]["quote"]
        document = f"/documents/{cited(service, REMOTE_QUESTION)[0]['document_id']}/text"
        page.goto("/")
        ask(page, REMOTE_QUESTION)
        house.write(REMOTE_PATH, f"# House rules 🏡\n\nNew.\n\n{REMOTE_SENTENCE}\n")
        house.ingest()
        eventually(lambda: "New." in service.get(document).text)
        page.locator(".sources li").first.get_by_role("button").click()
        expect(page.locator("mark")).to_have_text(quote)
        page.keyboard.press("Escape")
        house.write(REMOTE_PATH, "# House rules 🏡\n\nNo plants any more.\n")
        house.ingest()
        eventually(lambda: "any more" in service.get(document).text)
        page.locator(".sources li").first.get_by_role("button").click()
        expect(page.locator("dialog[open]")).to_contain_text("has changed since")
        expect(page.locator("mark")).to_have_count(0)


# ---- what documents say is text ------------------------------------------------------------------


def test_markup_in_a_document_is_shown_as_text_and_runs_nothing(
    page: Page, service: httpx.Client
) -> None:
    citation = cited(service, HOSTILE_QUESTION)[0]
    assert (citation["path"], citation["title"]) == (HOSTILE_PATH, HOSTILE_TITLE)
    ask(page, HOSTILE_QUESTION)
    page.locator(".marker").first.hover()
    expect(page.locator("#note")).to_contain_text(HOSTILE_TITLE)
    expect(page.locator("#note blockquote")).to_have_text(citation["quote"])
    page.locator(".sources li").first.get_by_role("button").click()
    expect(page.locator(".source-text")).to_contain_text(HOSTILE_SENTENCE)
    expect(page.get_by_role("heading", name=HOSTILE_TITLE)).to_be_visible()
    assert page.evaluate("typeof window.pwned") == "undefined"
    assert page.locator("img, iframe, script:not([src]), main b, dialog b").count() == 0


def test_a_question_is_shown_as_text(page: Page) -> None:
    question = "<img src=x onerror=\"window.pwned = 'question'\"> plants?"
    ask(page, question)
    expect(page.locator(".answer h2")).to_have_text(question)
    assert page.evaluate("typeof window.pwned") == "undefined"


def test_the_policy_refuses_inline_script(browser: Browser, service: httpx.Client) -> None:
    page = browser.new_page(base_url=str(service.base_url))
    response = page.goto("/")
    assert response is not None
    assert "unsafe-inline" not in response.headers["content-security-policy"]
    page.evaluate(
        """async () => {
            const refused = new Promise((resolve) =>
                document.addEventListener("securitypolicyviolation", resolve, { once: true }));
            const script = document.createElement("script");
            script.textContent = "window.pwned = 'inline'";
            document.head.append(script);
            await refused;
        }"""
    )
    assert page.evaluate("typeof window.pwned") == "undefined"
    page.context.close()


@pytest.mark.parametrize(
    ("address", "linked"),
    [
        ("https://wiki.example.com/a", True),
        ("http://wiki.example.com/a", True),
        ("/files/a.pdf", True),
        ("javascript:alert(1)", False),
        (" javascript:alert(1)", False),
        ("java\nscript:alert(1)", False),
        ("data:text/html,<script>1</script>", False),
        ("file:///etc/passwd", False),
        ("//elsewhere.example.com/a", False),
        ("/\\elsewhere.example.com/a", False),
        ("https://user:secret@wiki.example.com/", False),
        ("docs/guide/remote.md", False),
        ("", False),
    ],
)
def test_only_web_addresses_become_links(page: Page, address: str, *, linked: bool) -> None:
    found = page.evaluate(
        "async (uri) => (await import('/web/links.js')).safeAddress(uri)", address
    )
    assert (found is not None) is linked


@pytest.mark.parametrize(
    "text", ["", "abc", "🏡", "a🏡b", "🏡🌍 nghỉ phép 𝒙 年假", "👩‍💻e\u0301\r\n🎉"]
)
def test_offsets_count_code_points(page: Page, text: str) -> None:
    for start in range(len(text) + 1):
        for end in range(start, len(text) + 1):
            cut = page.evaluate(
                "async (at) => (await import('/web/offsets.js')).cut(...at)", [text, start, end]
            )
            assert cut == [text[:start], text[start:end], text[end:]]


# ---- feedback ------------------------------------------------------------------------------------


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


# ---- languages, screens, keyboard ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "heading", "question", "answer", "tag"),
    [
        ("vi-VN", "Hỏi tài liệu của bạn", VIETNAMESE_QUESTION, VIETNAMESE_ANSWER, "vi"),
        ("zh-CN", "向您的文档提问", CHINESE_QUESTION, CHINESE_ANSWER, "zh-Hans"),
    ],
)
def test_vietnamese_and_chinese(
    browser: Browser,
    service: httpx.Client,
    locale: str,
    heading: str,
    question: str,
    answer: str,
    tag: str,
) -> None:
    with watched(browser, locale=locale, base_url=str(service.base_url)) as page:
        page.goto("/")
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        expect(page.locator("html")).to_have_attribute("lang", tag)
        ask(page, question)
        expect(page.locator(".answer-text")).to_contain_text(answer)
        expect(page.locator(".answer-text")).to_have_attribute("lang", tag)


def test_the_language_can_be_switched_and_the_answer_follows(page: Page) -> None:
    ask(page, REMOTE_QUESTION)
    page.get_by_label("Language").select_option("vi")
    expect(page.get_by_role("button", name="Hữu ích", exact=True)).to_be_visible()
    expect(page.locator(".answer h2")).to_have_text(REMOTE_QUESTION)
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hỏi tài liệu của bạn")


def test_nothing_on_a_phone_scrolls_sideways(phone: Page) -> None:
    assert fits(phone)
    ask(phone, HOSTILE_QUESTION)
    assert fits(phone)
    ask(phone, "x" * 500)
    assert fits(phone)
    ask(phone, REMOTE_QUESTION)
    phone.locator(".sources li").first.get_by_role("button").tap()
    expect(phone.locator("mark")).to_be_visible()
    assert fits(phone)
    assert in_view(phone, "mark")
    assert phone.locator("#source").evaluate("(node) => node.offsetWidth") == 390


def test_everything_can_be_done_with_the_keyboard(page: Page) -> None:
    expect(page.get_by_role("textbox", name="Your question")).to_be_focused()
    page.keyboard.type(REMOTE_QUESTION)
    page.keyboard.press("Enter")
    page.locator(".made-by").wait_for()
    marker = page.locator(".marker").first
    for _ in range(4):
        page.keyboard.press("Tab")
        if marker.evaluate("(node) => node === document.activeElement"):
            break
    expect(marker).to_be_focused()
    expect(page.locator("#note")).to_be_visible()
    page.keyboard.press("Tab")
    opener = page.locator("#note").get_by_role("button", name="Open source")
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("mark")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(opener).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#note")).to_have_count(0)
    expect(marker).to_be_focused()


# ---- when there is no answer ---------------------------------------------------------------------


def test_what_is_not_in_the_documents_is_said_not_to_be(page: Page) -> None:
    ask(page, "x" * 500)
    state = page.locator(".state")
    expect(state).to_contain_text("The documents do not seem to answer this")
    expect(page.locator(".sources")).to_have_count(0)


def test_a_problem_is_explained_and_the_question_is_kept(page: Page) -> None:
    question = "plants " * 1000
    page.get_by_role("textbox").fill(question)
    page.get_by_role("button", name="Ask").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("could not work with this question")
    expect(alert).to_contain_text("4000 are the most")
    expect(page.get_by_role("textbox")).to_have_value(question.strip())


# ---- sign-in and privacy -------------------------------------------------------------------------


def test_a_key_is_asked_for_kept_for_the_tab_and_forgotten(browser: Browser, house: Wiki) -> None:
    keys_file = house.data_dir / "keys.toml"
    keys_file.write_text(KEYS_FILE)
    settings = Settings.read(data_dir=house.data_dir, keys_file=keys_file)
    with serving(settings) as service, watched(browser, base_url=str(service.base_url)) as page:
        page.goto("/")
        dialog = page.get_by_role("dialog", name="Sign in")
        dialog.get_by_label("API key").fill("no such key")
        page.keyboard.press("Enter")
        expect(dialog.get_by_role("alert")).to_have_text("That key was not accepted.")
        dialog.get_by_label("API key").fill(KEYS["hr"])
        page.keyboard.press("Enter")
        expect(dialog).to_have_count(0)
        expect(page.locator("#count")).to_have_text("5 documents to ask")
        ask(page, "What is the salary band of a zoologist?")
        page.locator(".sources li").first.get_by_role("button").click()
        expect(page.locator("mark")).to_contain_text("quatloos")
        page.keyboard.press("Escape")
        assert page.evaluate("Object.values(sessionStorage)") == [KEYS["hr"]]
        assert page.evaluate("localStorage.length") == 0
        page.get_by_role("button", name="Sign out").click()
        expect(page.locator(".answer")).to_have_count(0)
        expect(dialog).to_be_visible()
        assert page.evaluate("sessionStorage.length") == 0


def test_questions_are_listed_for_the_session_and_kept_nowhere(page: Page) -> None:
    address = page.url
    ask(page, REMOTE_QUESTION)
    ask(page, HOSTILE_QUESTION)
    page.get_by_role("button", name=REMOTE_QUESTION).click()
    expect(page.locator(".answer h2")).to_have_text(REMOTE_QUESTION)
    expect(page.locator(".marker").first).to_be_visible()
    assert page.url == address
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert page.evaluate("document.cookie") == ""
    page.reload()
    expect(page.locator(".earlier button")).to_have_count(0)
