"""Languages, a phone, the keyboard alone."""

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.service.page.browser import ask, fits, in_view, watched
from tests.service.page.documents import (
    CHINESE_ANSWER,
    CHINESE_QUESTION,
    HOSTILE_QUESTION,
    REMOTE_QUESTION,
    VIETNAMESE_ANSWER,
    VIETNAMESE_QUESTION,
)


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
