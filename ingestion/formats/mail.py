"""Mail (EML) and mailboxes (MBOX) to a Page, attachments beside it."""

import email
import re
from collections.abc import Iterator
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import default as email_policy
from email.utils import getaddresses
from html import unescape
from typing import cast

from indexes.errors import ParseError
from ingestion.formats.attached import message_name
from ingestion.formats.dates import stated
from ingestion.formats.page import Page, listing
from ingestion.formats.plain_text import markup_of
from ingestion.formats.text import BYTE_ORDER_MARKS, clean, decode, one_line, recoded
from ingestion.formats.web import part_of, states_charset
from ingestion.types import Attachment

# What the standard library raises for a header whose value is not what it must be.
_UNREADABLE = (MessageError, ValueError, LookupError, AttributeError, OverflowError)
_SHOWN_HEADERS = ("From", "To", "Cc", "Date")
# Fields of which every mail has one (RFC 5322, 3.6); a file with none is no mail.
_FIELDS = (
    "From",
    "To",
    "Date",
    "Subject",
    "Received",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
)
_TEXTS = {"text/html": ".html", "text/plain": ".txt", "text/csv": ".csv"}
# Attachments of these types do not say in which charset they are; the mail may.
_CODED = (".txt", ".csv", ".tsv", ".md", ".markdown", ".rst", ".htm", ".html")
# What parts the mails of a mailbox: "From ", an address and a date, after an empty line (RFC 4155).
_MAILBOX_LINE = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\r\n\r\n))From [^\r\n]*\d{2}:\d{2}[^\r\n]*\r?\n")
_NO_TEXT = re.compile(r"<[^<>]*>|https?://\S+")
_FULLER = 4  # times the letters of its HTML that a mail's plain text has at most, if both say all
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)


def read_mail(content: bytes, path: str) -> Page:
    """A mail: its headers as a list, then its body, as HTML where it has both and that says all.

    What is attached comes as attachments; pictures that the body shows are left out. Raises
    ParseError where the file is no mail, or is encrypted.
    """
    if content.startswith(BYTE_ORDER_MARKS):
        content = decode(content, path).encode()
    if _MAILBOX_LINE.match(content):  # as mail stores write a single message
        content = content.partition(b"\n")[2]
    message = email.message_from_bytes(content, _class=EmailMessage, policy=email_policy)
    if not any(name in message for name in _FIELDS):
        raise ParseError(
            f"{path} is named .eml but holds no mail (it has no header); restore or rename it"
        )
    return mail_page(message, path)


def mail_page(message: EmailMessage, path: str) -> Page:
    """A parsed mail as ``read_mail`` gives it."""
    headers = ((name, _header(message, name)) for name in _SHOWN_HEADERS)
    shown = (f"{name}: {text}" for name, text in headers if text)
    body, remarks = _body(message, path)
    attached = () if remarks else _attachments(message, _shown_parts(message, body))
    if any(map(_undivided, message.walk())):
        remarks.append("parts of the mail cannot be told apart and were not read; save it again")
    return Page(
        listing(shown) + body,
        _header(message, "Subject"),
        tuple(_people(message)),
        stated(_header(message, "Date")),
        tuple(attached),
        tuple(remarks),
    )


def _header(message: EmailMessage, name: str) -> str:
    try:
        return one_line(str(message[name] or ""))
    except _UNREADABLE:  # a header beyond repair
        return ""


def _people(message: EmailMessage) -> Iterator[str]:
    for name, address in getaddresses([_header(message, "From")]):
        if name or address:
            yield one_line(name or address)


def _body(message: EmailMessage, path: str) -> tuple[str, list[str]]:
    """The body as markup, and what could not be read of it."""
    if message.get_content_type() in {"multipart/encrypted", "application/pkcs7-mime"} and (
        message.get_param("smime-type") != "signed-data"
    ):
        return "", ["the body is encrypted; only the headers were read"]
    shown = part_of(_text(message, "html", path))
    plain = markup_of(_text(message, "plain", path))
    return (plain if _letters(plain) > _FULLER * _letters(shown) else shown or plain), []


def _text(message: EmailMessage, kind: str, path: str) -> str:
    """The body of one kind, with its indents, or nothing where there is none."""
    part = cast("EmailMessage | None", message.get_body((kind,)))
    if part is None:
        return ""
    payload = cast("bytes | None", part.get_payload(decode=True)) or b""
    return clean(decode(payload, path, part.get_content_charset()), code=True)


def _letters(markup: str) -> int:
    """How many letters and digits a body shows; addresses of links and pictures say nothing."""
    return sum(map(str.isalnum, _NO_TEXT.sub("", unescape(markup))))


def _shown_parts(message: EmailMessage, body: str) -> set[int]:
    """The ids of the parts that the body is or shows, so that they are not attached to it."""
    kinds = ("html", "plain")
    parts = [message.get_body((kind,)) for kind in kinds]
    shown = {id(part) for part in parts if part is not None}
    for part in message.walk():
        cid = str(part.get("Content-ID", "")).strip("<> \r\n")
        picture = part.get_content_maintype() == "image"
        if picture and (cid or part.get_content_disposition() == "inline") and body:
            shown.add(id(part))
    return shown


def _attachments(message: EmailMessage, shown: set[int]) -> Iterator[Attachment]:
    """Every other part that is a file; what is inside an attached mail belongs to that."""
    if _undivided(message):
        return
    if id(message) in shown or message.get_content_maintype() != "multipart":
        if message.get_content_disposition() == "attachment" or message.get_filename():
            yield from _file(message)
        return
    for part in cast("list[EmailMessage]", message.get_payload()):
        if part.get_content_type() == "message/rfc822" and part.is_multipart():
            yield from _nested(part)
        elif part.get_content_maintype() == "multipart":
            yield from _attachments(part, shown)
        elif id(part) not in shown:
            yield from _file(part)


def _undivided(part: EmailMessage) -> bool:
    """Whether what should be several parts is one text, as the line that parts them is lost."""
    return part.get_content_maintype() == "multipart" and not part.is_multipart()


def _nested(part: EmailMessage) -> Iterator[Attachment]:
    for inner in cast("list[EmailMessage]", part.get_payload()):
        yield Attachment(
            message_name(part.get_filename() or _header(inner, "Subject")), _bytes(inner)
        )


def _bytes(message: EmailMessage) -> bytes:
    return message.as_bytes(policy=email_policy.clone(refold_source="none"))


def _file(part: EmailMessage) -> Iterator[Attachment]:
    payload = cast("bytes | None", part.get_payload(decode=True))
    if payload:
        kind = part.get_content_type()
        name = part.get_filename() or f"part{_TEXTS.get(kind, '')}"
        charset = part.get_content_charset()
        if charset and name.lower().endswith(_CODED) and not states_charset(payload, name):
            payload = recoded(payload, charset)
        yield Attachment(name, payload)


def read_mailbox(content: bytes, path: str) -> Page:
    """A mailbox: a list of its mails, each of them an attachment ("0001-subject.eml").

    Raises ParseError where the file holds no mail.
    """
    mails = [_QUOTED_FROM.sub(rb"\1", mail) for mail in _mails(content)]
    if not mails:
        raise ParseError(f"{path} is named .mbox but holds no mail; rename it")
    attachments: list[Attachment] = []
    lines: list[str] = []
    for number, mail in enumerate(mails, 1):
        head = email.message_from_bytes(mail, _class=EmailMessage, policy=email_policy)
        subject = _header(head, "Subject")
        attachments.append(Attachment(f"{number:04}-{message_name(subject)}", mail))
        said = (subject, _header(head, "From"), _header(head, "Date"))
        lines.append(f"{number:04}: {', '.join(filter(None, said))}")
    return Page(listing(lines), attachments=tuple(attachments))


def _mails(content: bytes) -> Iterator[bytes]:
    starts = [*_MAILBOX_LINE.finditer(content)]
    ends = [found.start() for found in starts[1:]] + [len(content)]
    for found, end in zip(starts, ends, strict=False):
        mail = content[found.end() : end].strip(b"\r\n")
        if mail:
            yield mail + b"\n"
