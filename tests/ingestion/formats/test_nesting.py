"""Pages nested too deeply for a parser: read whole, or refused."""

import pytest

from indexes.errors import ParseError
from ingestion.types import Kind
from tests.ingestion.formats.reading import pairs, parse, texts

DEEP = 300  # levels; parsers stop at 256 and say nothing


@pytest.mark.parametrize(
    "tag", ["div", "center", "blockquote", "font", "span", "b", "section", "ul", "x-widget"]
)
def test_what_is_deep_and_what_follows_are_read(tag: str) -> None:
    nested = f"<{tag}>" * DEEP + "deep" + f"</{tag}>" * DEEP
    assert [text for _, text in pairs(parse(f"<p>a</p>{nested}<p>after</p>", "a.html"))] == [
        *("a", "deep", "after")
    ]


def test_tags_that_are_never_closed() -> None:
    page = "".join(f"<div>Item {number}" for number in range(DEEP)) + "<p>The last rule."
    said = [text for _, text in pairs(parse(page, "a.html"))]
    assert said == [*(f"Item {number}" for number in range(DEEP)), "The last rule."]


def test_what_is_deep_stays_what_it_is() -> None:
    inner = (
        "<h2>Leave</h2>Ask <b>the <i>desk</i></b><br>early.<ul><li>by <a>mail</a></li></ul>"
        "<ol start=4><li>in person</li></ol><pre>leave  5</pre>"
        "<table><tr><th>Year</th><th>Days</th></tr><tr><td>first</td><td>20</td></tr></table>end"
    )
    page = "<div>" * DEEP + inner + "</div>tail" * DEEP
    assert pairs(parse(page, "a.html"))[:8] == [
        ("heading", "Leave"),
        ("text", "Ask the desk early."),
        ("list_item", "by mail"),
        ("list_item", "4. in person"),
        ("code", "leave  5"),
        ("table", "Year | Days\nfirst | 20"),
        ("text", "end"),
        ("text", "tail"),
    ]


def test_a_long_thread_of_replies() -> None:
    replies = "".join(
        f'<div><div><blockquote type="cite"><div><div>reply {number}' for number in range(60)
    )
    mail = (
        "From: a@b.c\nSubject: s\nContent-Type: text/html; charset=utf-8\n\n"
        f"<div>newest</div>{replies}{'</div></div></blockquote></div></div>' * 60}<p>footer</p>"
    )
    said = [text for _, text in pairs(parse(mail, "a.eml"))]
    assert said[1:] == ["newest", *(f"reply {number}" for number in range(60)), "footer"]


def test_markdown_with_blocks_that_are_never_closed() -> None:
    parsed = parse("# T\n\n" + "<div>" * DEEP + "\n\ndeep\n\n# After\n\nmore\n", "a.md")
    assert texts(parsed, Kind.TEXT) == ["deep", "more"]


def test_tables_in_tables() -> None:
    page = "<table><tr><td>a</td><td>" * 100 + "inner" + "</td></tr></table>" * 100 + "<p>after</p>"
    said = [text for _, text in pairs(parse(page, "a.html"))]
    assert said == [*["a"] * 99, "a | inner", "after"]


def test_a_text_of_more_than_ten_megabytes() -> None:
    page = f"<p>start</p><p>{'word ' * 2_100_000}END</p><p>after</p>"
    start, middle, after = parse(page, "a.html").elements
    assert (start.text, middle.text[-8:], after.text) == ("start", "word END", "after")


def test_what_no_parser_reads_whole_is_refused() -> None:
    with pytest.raises(ParseError, match=r"a\.html .*nested too deeply or too long"):
        parse("<p>a</p>" + "<div>" * 3000 + "deep", "a.html")
