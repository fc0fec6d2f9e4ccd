"""Encodings: what is declared, and when it goes first."""

import pytest

from ingestion.formats.text import decode, recoded

LEAVE = {
    "iso-2022-jp": "休暇は年に十五日です。",
    "ISO-2022-KR": "휴가는 연 십오 일입니다.",
    "hz-gb-2312": "员工每年享受十五天年假。",
}


@pytest.mark.parametrize(("charset", "text"), LEAVE.items())
def test_a_charset_of_seven_bits_goes_before_utf_8(charset: str, text: str) -> None:
    assert decode(text.encode(charset), "a.txt", charset) == text


@pytest.mark.parametrize("charset", ["us-ascii", "iso-2022-jp", "hz", "gb2312", "", "no-such"])
def test_what_is_utf_8_is_read_as_it(charset: str) -> None:
    assert decode("Nghỉ phép 休假".encode(), "a.txt", charset) == "Nghỉ phép 休假"


def test_a_page_in_seven_bits_that_is_none() -> None:
    assert decode(b"costs ~50 euros", "a.txt", "hz-gb-2312") == "costs ~50 euros"


def test_recoding_keeps_what_is_not_in_the_declared_charset() -> None:
    assert recoded("crème".encode("cp1252"), "windows-1252") == "crème".encode()
    assert recoded(b"cr\xe8me", "us-ascii") == "crème".encode()
    assert recoded(b"\xff\xfe\xe8", "no-such") == b"\xff\xfe\xe8"
