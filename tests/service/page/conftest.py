"""One browser and one service for all tests of the page."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page

from indexes.embedder import Embedder
from service.settings import Settings
from tests.service.page.browser import chromium, watched
from tests.service.page.documents import DOCUMENTS
from tests.service.server import serving
from tests.service.wiki import Wiki, ingested

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="package")
def house(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Wiki:
    return ingested(tmp_path_factory.mktemp("page"), DOCUMENTS, embedder)


@pytest.fixture(scope="package")
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


@pytest.fixture(scope="package")
def modules(browser: Browser, service: httpx.Client) -> Iterator[Page]:
    """A page whose modules are imported one by one."""
    with watched(browser, base_url=str(service.base_url)) as opened:
        opened.goto("/")
        yield opened
