"""Chromium with a watched page: what it complains of, and what its security policy refused."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

_CHROMIUM = Path("/usr/bin/chromium")
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# The browser reports every refused request so; the page explains those itself.
_REFUSED = "Failed to load resource"
_WATCH = """
    window.violations = [];
    document.addEventListener("securitypolicyviolation",
        (event) => window.violations.push(event.violatedDirective));
"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser; skips the test where the machine has none."""
    if not _CHROMIUM.exists():
        pytest.skip(f"{_CHROMIUM} is not installed; apt-get install chromium brings it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=_ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def watched(browser: Browser, **context: Any) -> Iterator[Page]:
    """A fresh page. Afterwards: no error, no complaint, and nothing that its policy refused."""
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(_REFUSED):
            complaints.append(message.text)

    opened = browser.new_context(**context)
    opened.add_init_script(_WATCH)
    page = opened.new_page()
    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    assert page.evaluate("window.violations") == []
    assert complaints == []
    opened.close()


def ask(page: Page, question: str) -> None:
    """Type a question, press Enter, and wait until the answer is whole."""
    page.get_by_role("textbox").first.fill(question)
    page.keyboard.press("Enter")
    page.locator(".answer h2", has_text=question).wait_for()
    page.locator(".made-by").wait_for()


def in_view(page: Page, selector: str) -> bool:
    """Whether the element stands inside the window and inside what scrolls around it."""
    return bool(
        page.locator(selector).evaluate(
            """(node) => {
                const box = node.getBoundingClientRect();
                const frame = node.parentElement.getBoundingClientRect();
                const top = Math.max(0, frame.top);
                const bottom = Math.min(window.innerHeight, frame.bottom);
                return box.height > 0 && box.top >= top && box.bottom <= bottom;
            }"""
        )
    )


def fits(page: Page) -> bool:
    """Whether nothing is wider than the window, so that there is nothing to scroll sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def cited(service: httpx.Client, question: str) -> list[dict[str, Any]]:
    """The footnotes that the service gives to this question; the page must show the same."""
    answer = service.post("/ask", json={"question": question}).json()
    assert answer["citations"]
    citations: list[dict[str, Any]] = answer["citations"]
    return citations
