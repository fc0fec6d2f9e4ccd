"""Mails: headers, the body that is shown, what is attached and under which name, mailboxes."""

from email.message import EmailMessage

import pytest

from ingestion.formats.attached import message_name, named_apart
from ingestion.types import Attachment
from tests.ingestion.formats.reading import pairs, parse


def mail(subject: str = "Menu", **headers: str) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = headers.pop("sender", "Lan <lan@example.org>")
    for name, value in headers.items():
        message[name] = value
    return message


def test_headers_then_the_text() -> None:
    message = mail("Lịch nghỉ Tết", To="all@example.org", Date="Fri, 16 Jan 2026 10:00:00 +0700")
    message.set_content("Văn phòng đóng cửa\nmột tuần.\n\nChúc mừng năm mới.\n")
    parsed = parse(bytes(message), "a.eml")
    assert parsed.title == "Lịch nghỉ Tết"
    assert parsed.authors == ("Lan",)
    assert parsed.written_at == "2026-01-16T03:00:00Z"
    assert [(kind, " ".join(text.split())) for kind, text in pairs(parsed)] == [
        ("list_item", "From: Lan <lan@example.org>"),
        ("list_item", "To: all@example.org"),
        ("list_item", "Date: Fri, 16 Jan 2026 10:00:00 +0700"),
        ("text", "Văn phòng đóng cửa một tuần."),
        ("text", "Chúc mừng năm mới."),
    ]


def test_html_is_preferred() -> None:
    message = mail()
    message.set_content("plain")
    message.add_alternative(
        "<style>p{}</style><p style='display:none'>so</p><h1>午餐</h1><ul><li>面条</li></ul>",
        subtype="html",
        charset="gb18030",
    )
    parsed = parse(bytes(message), "a.eml")
    assert pairs(parsed)[1:] == [("heading", "午餐"), ("list_item", "面条")]
    assert parsed.attachments == ()


def test_an_empty_html_body_does_not_hide_the_text() -> None:
    message = mail()
    message.set_content("The text.")
    message.add_alternative("<html><body></body></html>", subtype="html")
    assert pairs(parse(bytes(message), "a.eml"))[1:] == [("text", "The text.")]


def test_what_is_attached_and_what_the_body_shows() -> None:
    message = mail()
    message.add_alternative('<p>See <img src="cid:map"></p>', subtype="html")
    message.get_payload()[0].add_related(b"\x89PNG", "image", "png", cid="<map>")  # type: ignore[union-attr, index]
    message.add_attachment(b"1,2", maintype="text", subtype="csv", filename="../../etc/a.csv")
    message.add_attachment(b"3,4", maintype="text", subtype="csv", filename="A.csv")
    message.add_attachment(b"%PDF-", maintype="application", subtype="pdf")
    inner = mail("Re: a/b c")
    inner.set_content("inside")
    inner.add_attachment(b"deep", maintype="text", subtype="plain", filename="deep.txt")
    message.add_attachment(inner)
    parsed = parse(bytes(message), "a.eml")
    assert [(each.name, each.content) for each in parsed.attachments[:3]] == [
        ("a.csv", b"1,2"),
        ("A (2).csv", b"3,4"),
        ("part", b"%PDF-"),
    ]
    nested = parsed.attachments[3]
    assert nested.name == "Re a-b c.eml"
    again = parse(nested.content, nested.name)
    assert pairs(again)[-1] == ("text", "inside")
    assert [each.name for each in again.attachments] == ["deep.txt"]
    assert "deep" not in str(pairs(parsed))


def test_an_encrypted_body_is_said_to_be() -> None:
    raw = (
        b"From: a@b\nSubject: S\nMIME-Version: 1.0\n"
        b'Content-Type: multipart/encrypted; boundary="x"; protocol="application/pgp-encrypted"\n\n'
        b"--x\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--x\n"
        b"Content-Type: application/octet-stream\n\n-----BEGIN PGP MESSAGE-----\n--x--\n"
    )
    parsed = parse(raw, "a.eml")
    assert parsed.remarks == ("the body is encrypted; only the headers were read",)
    assert parsed.attachments == ()


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_mailbox_is_a_list_of_its_mails(end: str) -> None:
    lines = [
        "From lan@example.org Fri Jan 16 10:00:00 2026",
        *("Subject: One", "From: Lan <lan@example.org>", "", "First.", ">From here on.", ""),
        "From minh@example.org Sat Jan 17 10:00:00 2026",
        *("Subject: One", "From: minh@example.org", "", "Second."),
        *("From the start at 10:00 it is no new mail.", ""),
    ]
    parsed = parse(end.join(lines), "a.mbox")
    assert pairs(parsed) == [
        ("list_item", "0001: One, Lan <lan@example.org>"),
        ("list_item", "0002: One, minh@example.org"),
    ]
    assert [each.name for each in parsed.attachments] == ["0001-One.eml", "0002-One.eml"]
    first, second = (parse(each.content, each.name) for each in parsed.attachments)
    assert [text for _, text in pairs(first)[-2:]] == ["First.", "From here on."]
    assert "no new mail" in pairs(second)[-1][1]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("C:\\Users\\x\\plan.docx", "plan.docx"),
        ("../..", "attachment"),
        ("a\x00b\x1f.pdf", "ab.pdf"),
        ("mail.eml!/a.txt", "a.txt"),
        ("what?*|.txt", "what.txt"),
        ("fdp.\u202etxt", "fdp.txt"),
        ("", "attachment"),
        (".", "attachment"),
        ("ngh\u0069\u0309.pdf", "nghỉ.pdf"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_names_are_made_safe(name: str, safe: str) -> None:
    (made,) = named_apart([Attachment(name, b"")])
    assert made.name == safe


def test_names_are_told_apart() -> None:
    names = ["a.txt", "A.txt", "a (2).txt", "a.txt"]
    made = [each.name for each in named_apart(Attachment(name, b"") for name in names)]
    assert len({name.casefold() for name in made}) == len(names)
    assert made[:2] == ["a.txt", "A (2).txt"]


def test_a_mail_without_a_subject_has_a_name() -> None:
    assert message_name("") == "message.eml"
    assert message_name("note.eml") == "note.eml"


@pytest.mark.parametrize(
    "shown",
    [
        '<img src="https://example.org/banner.png" alt="">',
        '<img src="cid:banner" alt="Banner">&nbsp;\u200c',
        '<p>View <a href="https://example.org/mail">online</a></p>',
    ],
)
def test_html_that_shows_nothing_does_not_hide_the_text(shown: str) -> None:
    message = mail("Closed")
    message.set_content(
        "The office is closed on 12 June for maintenance of the lifts.\n"
        "Please work from home, and tell the desk.\n"
    )
    message.add_alternative(f"<html><body>{shown}</body></html>", subtype="html")
    assert "closed on 12 June" in str(pairs(parse(bytes(message), "a.eml")))


def test_addresses_do_not_make_a_text_fuller() -> None:
    message = mail("News")
    message.set_content("Read on: https://example.org/" + "x" * 500)
    message.add_alternative("<p>Read on <b>here</b></p>", subtype="html")
    assert pairs(parse(bytes(message), "a.eml"))[1:] == [("text", "Read on here")]


def test_a_plain_body_keeps_its_lists_and_its_sentences_whole() -> None:
    message = mail("休假")
    message.set_content("员工每年有二十五天带薪\n年假。\n\nBring:\n- the form\n- a pen\n")
    assert pairs(parse(bytes(message), "a.eml"))[1:] == [
        ("text", "员工每年有二十五天带薪年假。"),
        ("text", "Bring:"),
        ("list_item", "the form"),
        ("list_item", "a pen"),
    ]


def test_a_body_in_a_charset_of_seven_bits() -> None:
    raw = (
        b"From: a@b.c\nSubject: S\nMIME-Version: 1.0\n"
        b"Content-Type: text/plain; charset=iso-2022-jp\nContent-Transfer-Encoding: 7bit\n\n"
    ) + "休暇は年に十五日です。".encode("iso-2022-jp")
    assert pairs(parse(raw, "a.eml"))[-1] == ("text", "休暇は年に十五日です。")


@pytest.mark.parametrize(
    ("name", "charset", "text"),
    [
        ("note.txt", "gb2312", "请假须提前两周。"),
        ("menu.csv", "windows-1252", "Nom,Prix\nCafé crème,2\n"),
        ("note.txt", "iso-2022-jp", "休暇は年に十五日です。"),
        ("note.txt", "utf-8", "Nghỉ phép"),
    ],
)
def test_attached_text_is_read_in_the_charset_that_the_mail_states(
    name: str, charset: str, text: str
) -> None:
    message = mail()
    message.set_content("See the file.")
    message.add_attachment(text.encode(charset), "text", name.rpartition(".")[2], filename=name)
    [*_, part] = message.iter_attachments()
    part.set_param("charset", charset)
    (attached,) = parse(bytes(message), "a.eml").attachments
    assert attached.content.decode() == text


def test_an_attached_page_speaks_for_itself() -> None:
    page = '<meta charset="gb2312"><p>请假</p>'.encode("gb2312")
    message = mail()
    message.set_content("See the page.")
    message.add_attachment(page, "text", "html", filename="a.html")
    [*_, part] = message.iter_attachments()
    part.set_param("charset", "iso-8859-1")
    (attached,) = parse(bytes(message), "a.eml").attachments
    assert attached.content == page
    assert pairs(parse(attached.content, "a.html")) == [("text", "请假")]
