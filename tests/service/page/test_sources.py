"""A cited passage, marked where it stands in its document."""

from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from indexes.embedder import Embedder
from service.settings import Settings
from tests.service.page.browser import ask, cited, in_view, watched
from tests.service.page.documents import DOCUMENTS, REMOTE_PATH, REMOTE_QUESTION, REMOTE_SENTENCE
from tests.service.server import eventually, serving
from tests.service.wiki import ingested


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
    expect(page).to_have_url(f"{service.base_url}/")


def test_a_link_to_a_passage_opens_it(page: Page, service: httpx.Client) -> None:
    citation = cited(service, REMOTE_QUESTION)[0]
    place = "source={document_id}&start={start}&end={end}".format_map(citation)
    page.goto(f"/#{place}")
    expect(page.locator("mark")).to_have_text(citation["quote"])
    assert in_view(page, "mark")
    page.get_by_role("button", name="Close").click()
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page).to_have_url(f"{service.base_url}/")


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
    house = ingested(tmp_path, DOCUMENTS, embedder)
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


@pytest.mark.parametrize(
    "text", ["", "abc", "🏡", "a🏡b", "🏡🌍 nghỉ phép 𝒙 年假", "👩‍💻e\u0301\r\n🎉"]
)
def test_offsets_count_code_points(modules: Page, text: str) -> None:
    for start in range(len(text) + 1):
        for end in range(start, len(text) + 1):
            cut = modules.evaluate(
                "async (at) => (await import('/web/offsets.js')).cut(...at)", [text, start, end]
            )
            assert cut == [text[:start], text[start:end], text[end:]]
