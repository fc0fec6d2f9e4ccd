"""Signing in, and what a browser keeps."""

from playwright.sync_api import Browser, Page, expect

from tests.service.page.browser import ask, watched
from tests.service.page.documents import HOSTILE_QUESTION, REMOTE_QUESTION
from tests.service.server import serving
from tests.service.wiki import KEYS, Wiki, keyed_settings


def test_a_key_is_asked_for_kept_for_the_tab_and_forgotten(browser: Browser, house: Wiki) -> None:
    settings = keyed_settings(house.data_dir)
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
