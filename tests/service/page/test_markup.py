"""What documents and questions say is text, never markup, script or a dangerous link."""

import httpx
import pytest
from playwright.sync_api import Browser, Error, Page, expect

from tests.service.page.browser import ask, cited
from tests.service.page.documents import (
    HOSTILE_PATH,
    HOSTILE_QUESTION,
    HOSTILE_SENTENCE,
    HOSTILE_TITLE,
)


def test_markup_in_a_document_is_shown_as_text_and_runs_nothing(
    page: Page, service: httpx.Client
) -> None:
    citation = cited(service, HOSTILE_QUESTION)[0]
    assert (citation["path"], citation["title"]) == (HOSTILE_PATH, HOSTILE_TITLE)
    ask(page, HOSTILE_QUESTION)
    page.locator(".marker").first.hover()
    expect(page.locator("#note")).to_contain_text(HOSTILE_TITLE)
    expect(page.locator("#note blockquote")).to_have_text(citation["quote"])
    page.locator("#note").get_by_role("button", name="Open source").click()
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
            script.append("window.pwned = 'inline'");
            document.head.append(script);
            await refused;
        }"""
    )
    assert page.evaluate("typeof window.pwned") == "undefined"
    with pytest.raises(Error, match="TrustedHTML"):
        page.evaluate("document.body.innerHTML = '<b>markup</b>'")
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
def test_only_web_addresses_become_links(modules: Page, address: str, *, linked: bool) -> None:
    found = modules.evaluate(
        "async (uri) => (await import('/web/links.js')).safeAddress(uri)", address
    )
    assert (found is not None) is linked
