"""Number formats of spreadsheets: codes keep their zeros, values their digits, units are said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.formats.number_format import LONGEST, number_text

DOLLARS = '_($* #,##0.00_);_($* (#,##0.00);_($* "-"??_);_(@_)'
PHONE = "[<=9999999]###-####;(###) ###-####"
MILLIONS = '[>=1000000]0.0,,"M";[>=1000]0.0,"k";0'


@pytest.mark.parametrize(
    ("value", "shown", "text"),
    [
        (7, "000", "007"),
        (123, "00000", "00123"),
        (901234567, "0000000000", "0901234567"),
        (901234567, "0000 000 000", "0901 234 567"),
        (901234567, '"+84 "0', "+84 901234567"),
        (2025550123, PHONE, "(202) 555-0123"),
        (5550123, PHONE, "555-0123"),
        (20240131, r"0000\-00\-00", "2024-01-31"),
        (42, '"INV-"00000', "INV-00042"),
        (3, r"\Q0", "Q3"),
        (0, "000", "000"),
        (-12, "000", "-012"),
        (7.5, "000", "007.5"),
        (5.5, "00.00", "05.50"),
        (1.2345678901234567e16, "0", "12345678901234600"),
        (1e-9, "0.00", "0.000000001"),
        (10**40 + 1, "000", f"{10**40 + 1}"),
    ],
)
def test_codes_and_telephone_numbers(value: float, shown: str, text: str) -> None:
    assert number_text(value, shown) == text


@pytest.mark.parametrize(
    ("value", "shown", "text"),
    [
        (-0.05, "#,##0%", "-5%"),
        (0.125, "0%", "13%"),
        (1, "0.00%", "100.00%"),
        (0.0555, ".0%", "5.6%"),
        (0.5, "0.##%", "50%"),
        (0.2, '0%" of sales"', "20% of sales"),
        (-0.0001, "0%", "0%"),
        (0.05, "+0%;-0%", "5%"),
        (-0.05, '"▲"0.0%;"▼"0.0%', "-5.0%"),
        (1.5, '0"%"', "1.5%"),
    ],
)
def test_percentages(value: float, shown: str, text: str) -> None:
    assert number_text(value, shown) == text


@pytest.mark.parametrize(
    ("value", "shown", "text"),
    [
        (12.5, '0.0"kg"', "12.5kg"),
        (50000, '#,##0 "đ"', "50000 đ"),
        (50000, r"#,##0\ [$₫-42A]", "50000 ₫"),
        (1200, "[$€-2] #,##0", "€ 1200"),
        (1234.5, r"# ##0.00\ _€", "1234.5"),
        (5, 'General" days"', "5 days"),
        (-5, DOLLARS, "-$5"),
        (0, DOLLARS, "$0"),
        (-5, r"_(* #,##0_);_(* \(#,##0\)", "-5"),
        (-5, '"$"#,##0;[Red]"$"#,##0', "-$5"),
        (5, "(0)", "5"),
        (-5, '0" gained";0" lost"', "-5"),
        (1234567, "#,##0,", "1234.567"),
        (1234567, '0.0,,"M"', "1.234567M"),
        (1500000, MILLIONS, "1.5M"),
        (1500, MILLIONS, "1.5k"),
        (15, MILLIONS, "15"),
    ],
)
def test_amounts_units_and_scales(value: float, shown: str, text: str) -> None:
    assert number_text(value, shown) == text


@pytest.mark.parametrize(
    "shown",
    [
        *("General", "", "@", "0.00E+00", "# ?/?", "0", "# ##0", "0.0%0", ";;;"),
        *('"Yes";"Yes";"No"', "000-000", "[DBNum1][$-804]General", "0" * (LONGEST + 1)),
        *("[", '"', "_", "[=<5]0"),
    ],
)
def test_what_cannot_be_shown_faithfully_is_the_plain_number(shown: str) -> None:
    assert number_text(12.5, shown) == "12.5"


def test_numbers_without_end() -> None:
    assert number_text(float("inf"), "000%") == "inf"


@given(st.integers(-(10**15), 10**15), st.integers(2, 20))
def test_zeros_fill_up_and_change_nothing(value: int, places: int) -> None:
    text = number_text(value, "0" * places)
    assert int(text) == value
    assert len(text.lstrip("-")) == max(places, len(str(abs(value))))


@given(
    st.floats(allow_nan=False, allow_infinity=False) | st.integers(),
    st.sampled_from(["", '"x"', "[Red]", r"\x", "_)", "* ", "$", "[$€-2]", "("]),
    st.sampled_from(["0", "#,##0.00", "0.0??", "0;[Red]0", "0_);(0)"]),
    st.sampled_from(["", ' "kg"', "_-", " €", ")"]),
)
def test_what_stands_beside_a_number_leaves_its_digits(
    value: float, before: str, number: str, after: str
) -> None:
    digits = number_text(value, "0").lstrip("-")
    assert float(digits) == abs(float(number_text(value, "General")))
    text = number_text(value, f"{before}{number}{after}")
    assert digits in text
    assert text.startswith("-") == (value < 0)


@given(st.floats() | st.integers(), st.text('0#?.,%;"\\[]_*<>=5-Ee/ ()$kđ@', max_size=20))
def test_any_format_gives_a_text(value: float, shown: str) -> None:
    assert number_text(value, shown)
