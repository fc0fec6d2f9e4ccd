"""Web archives (MHTML), as browsers save a page, to a Page."""

import email
from dataclasses import replace
from email.message import EmailMessage
from email.policy import default as email_policy
from typing import cast

from indexes.errors import ParseError
from ingestion.formats.dates import stated
from ingestion.formats.page import Page
from ingestion.formats.text import one_line
from ingestion.formats.web import read_html


def read_web_archive(content: bytes, path: str) -> Page:
    """The page that was saved: the first HTML part. Raises ParseError where there is none."""
    archive = email.message_from_bytes(content, _class=EmailMessage, policy=email_policy)
    part = next((each for each in archive.walk() if each.get_content_type() == "text/html"), None)
    if part is None:
        raise ParseError(f"{path} holds no web page (no part is HTML); save it again")
    payload = cast("bytes | None", part.get_payload(decode=True)) or b""
    page = read_html(payload, path, part.get_content_charset())
    subject, date = (one_line(str(archive[name] or "")) for name in ("Subject", "Date"))
    return replace(page, title=page.title or subject, written_at=page.written_at or stated(date))
