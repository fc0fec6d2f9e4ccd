"""Personal data: what is masked in three languages, what is no personal data, and the offsets."""

import re
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.bench.masking import COVERED, Labelled, count
from evals.cases import Half, half_of
from evals.jsonl import records
from service.answering.guarding.masking import MASK, Kind, Masker

PII = Path(__file__).resolve().parents[5] / "shared" / "data" / "pii" / "pii.jsonl"
MASKER = Masker()


def found(text: str, language: str) -> list[tuple[Kind, str]]:
    spans = MASKER.spans(text, language)
    return [(span.kind, text[span.start : span.end]) for span in spans]


@pytest.mark.parametrize(
    ("marked", "language", "kind"),
    [
        ("Write to ⟦maren.toft+pond@pondvane.example⟧.", "en", Kind.EMAIL),
        ("请联系⟦li.wei@pool.cn⟧。", "zh", Kind.EMAIL),
        ("Card ⟦4111 1111 1111 1111⟧ or ⟦5555555555554444⟧", "en", Kind.CARD),
        ("IBAN ⟦GB82 WEST 1234 5698 7654 32⟧ is mine", "en", Kind.IBAN),
        ("⟦DK5000400440116243⟧", "en", Kind.IBAN),
        ("SSN ⟦536-90-4399⟧", "en", Kind.SSN),
        ("CCCD ⟦079203012345⟧, cấp năm 2021", "vi", Kind.CCCD),
        ("CMND số ⟦023456789⟧", "vi", Kind.CMND),
        ("身份证号⟦11010519491231002X⟧，已核对", "zh", Kind.RIC),
        ("blocked ⟦106.31.73.20⟧ and ⟦2001:4860:4860::8888⟧", "en", Kind.IP),
        ("the IP is ⟦8.8.8.8⟧", "en", Kind.IP),
        ("ring ⟦+45 33 12 34 56⟧ today", "en", Kind.PHONE),
        ("⟦(650) 273-5591⟧ or ⟦650-273-5591⟧", "en", Kind.PHONE),
        ("[⟦+1 (650) 273-5591⟧](tel:x)", "en", Kind.PHONE),
        ("Phone: ⟦467 3395⟧", "en", Kind.PHONE),
        ("Liên hệ ⟦0909 123 456⟧ hoặc ⟦0292.3888.999⟧", "vi", Kind.PHONE),
        ("ĐT: ⟦0912345678⟧", "vi", Kind.PHONE),
        ("Số ⟦0912345678⟧ của anh Bảo", "en", Kind.PHONE),
        ("手机⟦13800138000⟧，座机⟦0759-2288888⟧", "zh", Kind.PHONE),
        ("发给⟦138 0013 8000⟧即可", "zh", Kind.PHONE),
    ],
)
def test_what_is_masked(marked: str, language: str, kind: Kind) -> None:
    text = marked.replace("⟦", "").replace("⟧", "")
    assert found(text, language) == [(kind, value) for value in re.findall("⟦(.*?)⟧", marked)]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Released on 2026-11-21, 21.11.2026 and 11/21/2026 10:30", "en"),
        ("Valid 2024 2025 2026 2027, pages 100-200-300", "en"),
        ("Versions 4.2.1, 1.13.1.84 and v10.0.19041.1", "en"),
        ("Tyrosine hydroxylase (EC 1.14.16.2)", "en"),
        ("It costs 1,234,567.89 dollars, 1.234.567 EUR, 12 345 678 VND", "en"),
        ("Call us: the price is 1.500.000 đồng", "en"),
        ("Call before 2026-05-12 or 12.05.2026", "en"),
        ("ISBN 978-0-306-40615-7, ISBN 0-306-40615-2", "en"),
        ("Order 555-123-4567, serial 650-273-5591", "en"),
        ("San Francisco, CA 94104-5401\n\nPhone number: none", "en"),
        ("received message larger than max (1073741881 vs. 4194304)", "en"),
        ("https://example.com/d/4111111111111111/0909123456?call=0912345678", "en"),
        ("PV-4410, S2-260001, W22, FSN-26-03, wd7-0912345678.plog", "en"),
        ("a hash 4111111111111112 and a time 1699999999999", "en"),
        ("dial tcp 10.19.0.41:10250, 127.0.0.1, 192.168.100.200, 0.0.0.0/0", "en"),
        ("6502735591 rows, 3.14159265358979", "en"),
        ("support@pondvane.example and info@pondvane.example are nobody's own", "en"),
        ("Có 833.994.582 lượt xem và 796.981.222 lượt tải", "vi"),
        ("Giá 1.234.567 đồng, mã 0123.456.789, ngày 15/01/2026", "vi"),
        ("Gọi lắp đặt từ 12.500.000 VND", "vi"),
        ("Gọi lắp đặt từ 12 500 000 VND", "vi"),
        ("Mã số 003203012345 không thuộc tỉnh nào", "vi"),
        ("Số 999203012345 không phải CCCD, 079503012345 cũng không", "vi"),
        ("价格1234567元，编号13800138000，2026年3月2日", "zh"),
        ("身份证号110105194912310021校验位不对", "zh"),
        ("电话会议在2026-03-02举行，型号PL75-A", "zh"),
    ],
)
def test_what_is_no_personal_data(text: str, language: str) -> None:
    assert found(text, language) == []
    assert MASKER.mask(text, language) == text


def test_white_space_stays_and_nothing_else_changes() -> None:
    masked = MASKER.mask("Card 4111 1111\n1111 1111? Ring +45 33 12 34 56!", "en")
    assert masked == f"Card 4111 1111\n1111 1111? Ring {MASK * 3} {' '.join([MASK * 2] * 4)}!"


def test_a_number_is_one_kind() -> None:
    """Twelve digits that begin with 0 could be telephoned as well."""
    assert found("Điện thoại hay CCCD: 079203012345", "vi") == [(Kind.CCCD, "079203012345")]


@given(st.text(max_size=300), st.sampled_from(["en", "vi", "zh", "de", "und"]))
def test_offsets_stay_true(text: str, language: str) -> None:
    _hold_offsets(text, language)


PIECES = st.lists(
    st.sampled_from(
        ["4111 1111 1111 1111", "a@b.example", "+45 33 12 34 56", "0909 123 456", "8.8.8.8", "🐟 ",
         "gọi ", "电话", " call ", "-", "079203012345", "11010519491231002X", "1", " ", "\n", "."]
    ),
    max_size=12,
).map("".join)  # fmt: skip


@given(PIECES, st.sampled_from(["en", "vi", "zh"]))
def test_offsets_stay_true_among_personal_data(text: str, language: str) -> None:
    _hold_offsets(text, language)


def _hold_offsets(text: str, language: str) -> None:
    spans = MASKER.spans(text, language)
    masked = MASKER.mask(text, language)
    assert len(masked) == len(text)
    assert len(masked.encode("utf-16-le")) == len(text.encode("utf-16-le", "surrogatepass"))
    assert all(one.end <= other.start for one, other in pairwise(spans))
    hidden = {place for span in spans for place in range(span.start, span.end)}
    for place, (before, after) in enumerate(zip(text, masked, strict=True)):
        if place in hidden and not before.isspace():
            assert after == MASK
        else:
            assert after == before


@given(st.integers(0, 10**11 - 1), st.sampled_from(["", " ", "-"]))
def test_every_card_with_its_check_digit_is_found(number: int, gap: str) -> None:
    """Luhn: doubled from the right, every second digit, the sum a multiple of ten."""
    digits = [4, 0, 0, 0, *map(int, f"{number:011d}")]
    doubled = [sum(divmod(2 * d, 10)) if i % 2 == 0 else d for i, d in enumerate(digits)]
    check = -sum(doubled) % 10
    whole = "".join(map(str, [*digits, check]))
    card = gap.join(whole[i : i + 4] for i in range(0, 16, 4))
    assert found(f"My card is {card}.", "en") == [(Kind.CARD, card)]
    wrong = card[:-1] + str((check + 1) % 10)
    assert Kind.CARD not in [kind for kind, _ in found(f"My card is {wrong}.", "en")]


@given(st.dates(date(1930, 1, 1), date(2015, 12, 31)), st.integers(0, 999))
def test_every_chinese_identity_with_its_check_digit_is_found(born: date, serial: int) -> None:
    """GB 11643-1999: weights of 2 ** (17 - place) modulo 11; a check digit of 10 is written X."""
    first = f"440103{born:%Y%m%d}{serial:03d}"
    total = sum(int(digit) * 2 ** (17 - place) for place, digit in enumerate(first))
    number = first + "0123456789X"[(1 - total) % 11]
    wrong = first + "0123456789X"[(2 - total) % 11]
    assert found(f"证件号{number}。", "zh") == [(Kind.RIC, number)]
    assert Kind.RIC not in [kind for kind, _ in found(f"证件号{wrong}。", "zh")]


def test_the_unseen_half_of_the_labelled_set() -> None:
    if not PII.is_file():
        pytest.skip(f"{PII} is not there")
    texts = [
        Labelled(
            record.string("text"),
            record.string("lang"),
            tuple((each["start"], each["end"], each["type"]) for each in record.fields["spans"]),
        )
        for record in records(PII)
        if half_of(record.string("id")) is Half.ODD
    ]
    counts = count(MASKER, texts)
    assert sum(counts.labelled[label] for label in COVERED) == 165
    assert sum(counts.masked[label] for label in COVERED) >= 162
    assert sum(counts.found.values()) - sum(counts.right.values()) <= 2
