"""Pages as they look, cells, copies, attachments and outdated files, as a reader meets them."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, Request, expect

from service.settings import Settings
from tests.service.archive import (
    ATTACHMENT,
    CRANE_QUESTION,
    FERRY_QUESTION,
    HANDBOOK,
    HANDBOOK_TITLE,
    LENS_QUESTION,
    NEW_RULES,
    OLD_RULES,
    PAGES,
    PILOT_QUESTION,
    ROPE_QUESTION,
    SUBJECT,
    Archive,
    identity,
)
from tests.service.page.browser import ask, cited, fits, watched
from tests.service.page.conftest import PHONE
from tests.service.server import serving
from tests.service.wiki import KEYS, key


@pytest.fixture(scope="module")
def reading_room(archived: Archive) -> Iterator[httpx.Client]:
    with serving(Settings.read(data_dir=archived.data_dir)) as client:
        yield client


@pytest.fixture
def reader(browser: Browser, reading_room: httpx.Client) -> Iterator[Page]:
    with watched(browser, locale="en-US", base_url=str(reading_room.base_url)) as opened:
        opened.goto("/")
        yield opened


def open_source(page: Page, question: str) -> None:
    ask(page, question)
    page.locator(".sources li").first.get_by_role("button").click()
    page.locator("mark").wait_for()


def pictures(page: Page) -> list[Request]:
    """The requests for pictures, as they will come."""
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if ".png" in request.url else None)
    return asked


def shown(page: Page) -> bool:
    """Whether a picture is there, whole and not a broken one."""
    image = page.locator(".sheet img")
    image.wait_for()
    page.wait_for_function("document.querySelector('.sheet img').complete")
    return bool(image.evaluate("(node) => node.naturalWidth > 0 && node.src.startsWith('blob:')"))


def test_the_page_of_a_passage_is_shown_when_it_is_asked_for(
    reader: Page, reading_room: httpx.Client
) -> None:
    citation = cited(reading_room, CRANE_QUESTION)[0]
    asked = pictures(reader)
    open_source(reader, CRANE_QUESTION)
    assert asked == []
    button = reader.get_by_role("button", name="Show page 2")
    button.focus()
    reader.keyboard.press("Enter")
    assert shown(reader)
    (request,) = asked
    place = "{document_id}/pages/2.png?start={start}&end={end}".format_map(citation)
    assert request.url.endswith(place)
    expect(reader.get_by_role("img", name=f"Page 2 of “{HANDBOOK_TITLE}”")).to_be_visible()
    expect(reader.locator(".source-text")).to_be_hidden()
    expect(reader.get_by_role("button", name="Show the text")).to_be_focused()
    reader.keyboard.press("Enter")
    expect(reader.locator("mark")).to_have_text(PAGES[1])
    expect(reader.locator(".source-page")).to_be_hidden()
    reader.keyboard.press("Enter")
    assert shown(reader)
    assert len(asked) == 1  # the picture was still there


def test_the_pages_can_be_leafed_through_and_enlarged(reader: Page) -> None:
    open_source(reader, CRANE_QUESTION)
    reader.get_by_role("button", name="Show page 2").click()
    assert shown(reader)
    back = reader.get_by_role("button", name="Previous page")
    forth = reader.get_by_role("button", name="Next page")
    forth.focus()
    reader.keyboard.press("Enter")
    expect(reader.get_by_role("img", name="Page 3 of")).to_be_visible()
    expect(reader.get_by_role("status").filter(has_text="page 3 of 3")).to_be_visible()
    expect(forth).to_be_disabled()
    expect(back).to_be_focused()
    frame = reader.locator(".source-page")
    assert frame.evaluate("(node) => node.scrollHeight <= node.clientHeight")
    reader.get_by_role("button", name="Enlarge").click()
    assert frame.evaluate("(node) => node.scrollHeight > node.clientHeight")
    expect(reader.get_by_role("button", name="Enlarge")).to_have_attribute("aria-pressed", "true")
    reader.keyboard.press("Escape")
    expect(reader.locator("dialog[open]")).to_have_count(0)
    expect(reader.locator(".sheet")).to_have_count(0)


def test_a_link_to_a_passage_offers_its_page(reader: Page, reading_room: httpx.Client) -> None:
    open_source(reader, CRANE_QUESTION)
    address = reader.url
    assert "page=2" in address
    reader.goto("about:blank")
    reader.goto(address)
    reader.get_by_role("button", name="Show page 2").click()
    assert shown(reader)
    reader.goto(f"{reading_room.base_url}/#source={identity(HANDBOOK)}&start=0&end=0")
    reader.get_by_role("button", name="Show page 1").click()
    assert shown(reader)


def test_a_picture_needs_the_key_of_who_signed_in(
    browser: Browser, archivist: httpx.Client
) -> None:
    with watched(browser, base_url=str(archivist.base_url)) as page:
        page.goto("/")
        page.get_by_role("dialog", name="Sign in").get_by_label("API key").fill(KEYS["staff"])
        page.keyboard.press("Enter")
        asked = pictures(page)
        open_source(page, CRANE_QUESTION)
        page.get_by_role("button", name="Show page 2").click()
        assert shown(page)
        assert [request.headers["authorization"] for request in asked] == list(
            key("staff").values()
        )


def test_a_picture_that_is_gone_is_said_to_be(reader: Page) -> None:
    open_source(reader, CRANE_QUESTION)
    reader.route("**/pages/2.png*", lambda route: route.fulfill(status=404, body="{}"))
    reader.get_by_role("button", name="Show page 2").click()
    expect(reader.get_by_text("There is no picture of this page.")).to_be_visible()
    reader.get_by_role("button", name="Next page").click()
    assert shown(reader)
    expect(reader.get_by_text("There is no picture of this page.")).to_be_hidden()


def test_cells_are_named_and_a_sheet_has_no_page(reader: Page) -> None:
    """The first row of the sheet, which says what the cells of the answer are, comes before it."""
    open_source(reader, ROPE_QUESTION)
    expect(reader.get_by_role("dialog").locator(".place")).to_contain_text("Prices!A1:B1")
    expect(reader.get_by_role("button", name="Show page")).to_have_count(0)
    reader.keyboard.press("Escape")
    expect(reader.locator(".sources li").nth(1)).to_contain_text("Prices!A2:B2")


def test_many_cells_are_named_by_the_first_and_the_last(modules: Page) -> None:
    named = modules.evaluate(
        """async () => {
            const { place } = await import("/web/citation.js");
            const rows = (n) => Array.from({ length: n }, (_, at) => `S!A${at + 1}`);
            return [0, 1, 3, 4].map((n) => place({ cells: rows(n) }));
        }"""
    )
    assert named == ["", "S!A1", "S!A1, S!A2, S!A3", "S!A1 … S!A4"]


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en-US", "Outdated copy: the current file could not be read"),
        ("vi-VN", "Bản cũ: không đọc được tệp hiện tại"),
        ("zh-CN", "旧版本：当前文件无法读取"),
    ],
)
def test_an_outdated_copy_is_marked(
    browser: Browser, reading_room: httpx.Client, locale: str, words: str
) -> None:
    with watched(browser, locale=locale, base_url=str(reading_room.base_url), **PHONE) as page:
        page.goto("/")
        ask(page, FERRY_QUESTION)
        expect(page.locator(".sources li").first).to_contain_text(words)
        page.locator(".marker").first.tap()
        expect(page.locator("#note")).to_contain_text(words)
        page.locator("#note").get_by_role("button").first.tap()
        expect(page.get_by_role("dialog")).to_contain_text(words)
        page.locator(".drawer-tools").get_by_role("button").first.tap()
        assert shown(page)
        assert fits(page)


def test_a_copy_names_the_others_and_opens_them(reader: Page) -> None:
    ask(reader, PILOT_QUESTION)
    source = reader.locator(".sources li").first
    expect(source).to_contain_text(NEW_RULES)
    expect(source).to_contain_text("Also in:")
    expect(source).not_to_contain_text("Outdated")
    source.get_by_role("link", name=OLD_RULES).click()
    dialog = reader.get_by_role("dialog")
    expect(dialog.locator(".place")).to_contain_text(OLD_RULES)
    dialog.get_by_role("link", name=NEW_RULES).focus()
    reader.keyboard.press("Enter")
    expect(dialog.locator(".place")).to_contain_text(NEW_RULES)
    reader.keyboard.press("Escape")
    expect(reader.locator("dialog[open]")).to_have_count(0)
    expect(reader.locator(".answer h2")).to_have_text(PILOT_QUESTION)


def test_an_attachment_leads_to_its_mail(reader: Page) -> None:
    open_source(reader, LENS_QUESTION)
    dialog = reader.get_by_role("dialog")
    expect(dialog.locator(".place")).to_contain_text(ATTACHMENT)
    expect(dialog).to_contain_text("Attached to:")
    dialog.get_by_role("link", name=SUBJECT).click()
    expect(dialog.get_by_role("heading")).to_have_text(SUBJECT)
    expect(dialog.locator(".place")).to_contain_text("Ann")
    reader.keyboard.press("Escape")
    expect(reader.locator("dialog[open]")).to_have_count(0)
