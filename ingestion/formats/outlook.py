"""Outlook's mail (MSG) to a Page; owns oxmsg."""

import codecs
import io
import struct
from collections.abc import Iterator
from email.utils import getaddresses
from typing import Any

from oxmsg import Message

from indexes.errors import ParseError
from ingestion.formats.dates import in_utc, stated
from ingestion.formats.page import Page, listing, paragraphs
from ingestion.formats.text import clean, one_line
from ingestion.formats.web import part_of
from ingestion.types import Attachment

# What oxmsg and olefile raise where a stream is missing or cut; OleFileError is an OSError.
_DAMAGED = (OSError, KeyError, IndexError, struct.error)
_CODE_PAGE = 0x3FFD  # PidTagMessageCodepage, MS-OXPROPS 2.780
_HTML_BODY = 0x1013  # PidTagHtml, MS-OXPROPS 2.743
_RTF_BODY = 0x1009  # PidTagRtfCompressed, MS-OXPROPS 2.941
_DISPLAY_TO, _DISPLAY_CC = 0x0E04, 0x0E03  # MS-OXPROPS 2.673 and 2.669
_CONTENT_ID = 0x3712  # PidTagAttachContentId, MS-OXPROPS 2.587


def _windows_codec(name: str) -> codecs.CodecInfo | None:
    """Windows code pages by the names that oxmsg gives them: "windows-950" is Python's "cp950"."""
    number = name.removeprefix("windows_").removeprefix("windows-")
    return codecs.lookup(f"cp{number}") if number != name and number.isdigit() else None


codecs.register(_windows_codec)


def read_outlook_mail(content: bytes, path: str) -> Page:
    """A mail: its headers as a list, then its body; what is attached as attachments.

    Raises ParseError where its container is damaged.
    """
    try:
        return _mail(Message.load(io.BytesIO(content)))
    except _DAMAGED as exc:
        raise ParseError(
            f"{path} is damaged (its container does not hold together); restore it or save the "
            "mail again"
        ) from exc


def _mail(message: Any) -> Page:
    sent = message.sent_date
    headers = {name.lower(): value for name, value in message.message_headers.items()}
    date = str(headers.get("date") or ("" if sent is None else f"{sent:%Y-%m-%d %H:%M} UTC"))
    sender = one_line(_recoded(message, message.sender or ""))
    lines = {
        "From": sender,
        "To": _property(message, _DISPLAY_TO) or _recipients(message),
        "Cc": _property(message, _DISPLAY_CC),
        "Date": one_line(date),
    }
    body = part_of(_html(message)) or paragraphs(clean(message.body or ""))
    remarks: list[str] = []
    if not body and message.properties.binary_prop_value(_RTF_BODY):
        remarks.append("the body is stored as RTF alone and was not read; save the mail as .eml")
    attachments = tuple(_attachments(message, body, remarks))
    people = (one_line(name or address) for name, address in getaddresses([sender]))
    return Page(
        listing(f"{name}: {value}" for name, value in lines.items() if value) + body,
        one_line(_recoded(message, message.subject or "")),
        tuple(filter(None, people)),
        in_utc(sent) or stated(date),
        attachments,
        tuple(remarks),
    )


def _recoded(message: Any, text: str) -> str:
    """Text as it was meant, where oxmsg guessed an encoding though the mail states its body's.

    It takes 8-bit strings for ISO 8859-15 where no code page for all of them is stated.
    """
    properties = message.properties
    guessed = properties.int_prop_value(_CODE_PAGE) is None
    if not guessed or properties.string_props_are_unicode:
        return text
    try:
        return text.encode("iso-8859-15").decode(properties.body_encoding)
    except UnicodeError:
        return text


def _html(message: Any) -> str:
    kept_as_bytes = message.properties.binary_prop_value(_HTML_BODY) is not None
    markup = message.html_body or ""
    return markup if kept_as_bytes else _recoded(message, markup)


def _property(message: Any, number: int) -> str:
    text = message.properties.str_prop_value(number) or ""
    return one_line(_recoded(message, text).rstrip("\0"))


def _recipients(message: Any) -> str:
    names = (each.name or each.email_address for each in message.recipients)
    return ", ".join(one_line(_recoded(message, name)) for name in names)


def _attachments(message: Any, body: str, remarks: list[str]) -> Iterator[Attachment]:
    for attachment in message.attachments:
        try:
            yield from _attached(message, attachment, body, remarks)
        except _DAMAGED:
            remarks.append("an attachment is damaged and was not read")


def _attached(message: Any, attachment: Any, body: str, remarks: list[str]) -> Iterator[Attachment]:
    name = one_line(_recoded(message, attachment.file_name or "")).rstrip("\0")
    if (
        (attachment.mime_type or "").startswith("image/")
        and body
        and (attachment.properties.str_prop_value(_CONTENT_ID))
    ):
        return  # a picture that the body shows
    if attachment.file_bytes:
        yield Attachment(name, attachment.file_bytes)
    else:
        remarks.append(f"the attachment {name!r} is a link or an Outlook item and was not read")
