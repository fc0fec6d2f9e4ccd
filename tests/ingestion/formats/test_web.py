"""HTML: what a reader sees of a page, and nothing else."""

import pytest

from ingestion.types import Kind
from tests.ingestion.formats.reading import pairs, parse, texts

FILLER = "<p>" + "This is what the page is about, in several words. " * 6 + "</p>"


def page(body: str, head: str = "") -> list[tuple[str, str]]:
    """The page's elements, without the filler that makes a main part of it."""
    found = pairs(parse(f"<html><head>{head}</head><body>{body}</body></html>", "a.html"))
    return [(kind, text) for kind, text in found if not text.startswith("This is what the page")]


def test_what_a_page_states_of_itself() -> None:
    head = (
        '<title>Leave\n policy</title><meta name="Author" content="Lan Nguyen">'
        '<meta property="article:published_time" content="2025-01-01">'
        '<meta property="article:modified_time" content="2026-01-31T16:30:00+07:00">'
    )
    parsed = parse(f"<html><head>{head}</head><body>{FILLER}</body></html>", "a.html")
    assert parsed.title == "Leave policy"
    assert parsed.authors == ("Lan Nguyen",)
    assert parsed.written_at == "2026-01-31T09:30:00Z"


@pytest.mark.parametrize(
    "noise",
    [
        "<nav><a href='/'>Home</a></nav>",
        "<div role='navigation'>Home</div>",
        "<div id='cookie-consent'><p>We use cookies.</p><button>Accept</button></div>",
        "<script>alert('x')</script>",
        "<noscript>Enable it</noscript>",
        "<div hidden>secret</div>",
        "<p style='DISPLAY: none'>secret</p>",
        "<template><p>later</p></template>",
        f"<ul>{''.join(f'<li><a hreflang={code}>{code}</a>' for code in ('vi', 'zh', 'de'))}</ul>",
    ],
)
def test_what_is_not_content_goes(noise: str) -> None:
    assert page(f"{noise}{FILLER}<p>end</p>") == [("text", "end")]


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ("<nav><p>All there is.</p></nav>", "All there is."),
        ("<div style='display:none'><p>All there is.</p></div>", "All there is."),
        (f"{FILLER}<div role=tabpanel hidden><p>The answer.</p></div>", "The answer."),
        (f"{FILLER}<div class=cookies><p>Bake for an hour.</p></div>", "Bake for an hour."),
        (f"{FILLER}<footer><p>Hanoi, 1 Main Street</p></footer>", "Hanoi, 1 Main Street"),
        (f"{FILLER}<main><p>One.</p></main>", "One."),
        (f"<main><p>One.</p></main>{FILLER}<main><p>Two.</p></main>", "Two."),
    ],
)
def test_what_may_be_content_stays(body: str, kept: str) -> None:
    assert ("text", kept) in page(body)


def test_the_main_part_stands_for_the_page_with_its_title() -> None:
    body = f"<header><h1>Leave</h1><p>Intranet</p></header><main>{FILLER}<p>end</p></main>"
    assert page(f"{body}<aside>Latest news</aside>") == [("heading", "Leave"), ("text", "end")]


def test_questions_and_answers_and_definitions() -> None:
    body = (
        "<details><summary>How long?</summary><p>Two weeks.</p></details>"
        "<h3><button>How much?</button></h3><div><p>Nothing.</p></div>"
        "<dl><dt>Tea</dt><dd>A drink</dd><dt>Milk:</dt><dt>Cream</dt><dd><p>White</p></dd>"
        "<dt>Bread</dt><dd><p>Brown</p><p>or not</p></dd></dl>"
    )
    assert page(body) == [
        ("text", "How long?"),
        ("text", "Two weeks."),
        ("heading", "How much?"),
        ("text", "Nothing."),
        ("list_item", "Tea: A drink"),
        ("list_item", "Milk, Cream: White"),
        ("text", "Bread"),
        ("text", "Brown"),
        ("text", "or not"),
    ]


def test_merged_cells_are_in_every_row_and_column() -> None:
    body = (
        "<table><tr><th>Year</th><th colspan=2>Sales</th></tr>"
        "<tr><td rowspan=2>2025</td><td>1</td><td>2</td></tr><tr><td>3</td><td>4</td></tr>"
        "<tr><td colspan=3>Total</td></tr></table>"
    )
    assert page(body) == [("table", "Year | Sales | Sales\n2025 | 1 | 2\n2025 | 3 | 4\nTotal")]


def test_rich_cells_stay_on_their_row() -> None:
    body = (
        "<table><tr><th>Bird</th><th>Where</th></tr>"
        "<tr><td>H<sub>2</sub>O <b>duck</b><br>(rare)</td><td><ul><li>Pond</li><li>Lake</li></ul>"
        "</td></tr><tr><td><img src=x alt='A goose'></td><td><table><tr><td>a</td><td>b</td></tr>"
        "<tr><td>c</td><td>d</td></tr></table></td></tr></table>"
    )
    assert page(body) == [
        ("table", "Bird | Where\nH2O duck (rare) | Pond; Lake\nA goose | a, b; c, d")
    ]


def test_columns_for_the_looks_alone_go() -> None:
    rows = "".join(
        f"<tr><td colspan=3>{name}</td><td></td><td>$</td><td>{n}</td><td>)</td></tr>"
        for name, n in (("Rent", "(5"), ("Heat", "(7"))
    )
    assert page(f"<table>{rows}</table>") == [("table", "Rent | $(5)\nHeat | $(7)")]


def test_tables_for_layout_are_dissolved() -> None:
    body = (
        "<table><tr><td><h1>Rules</h1><p>First.</p></td></tr></table>"
        "<table role=presentation><tr><td><p>Left</p></td><td><p>Right</p></td></tr></table>"
    )
    assert page(body) == [
        ("heading", "Rules"),
        ("text", "First."),
        ("text", "Left"),
        ("text", "Right"),
    ]


def test_numbers_of_ordered_lists() -> None:
    body = "<ol start=7><li>seven</li><li><p>eight</p></li><li value=12>twelve</li></ol>"
    assert [text for _, text in page(body)] == ["7. seven", "8. eight", "12. twelve"]


def test_code_keeps_its_lines() -> None:
    parsed = parse("<pre><code>def f():\n    return 1\n</code></pre>", "a.html")
    assert texts(parsed, Kind.CODE) == ["def f():\n    return 1"]


def test_front_matter_speaks_for_a_markdown_file() -> None:
    matter = '---\ntitle: "Leave"\nauthors:\n  - Lan\n  - "Minh"\ndate: 2026-01-31 # so far\n---\n'
    parsed = parse(f"{matter}\nText.\n", "a.md")
    assert (parsed.title, parsed.authors) == ("Leave", ("Lan", "Minh"))
    assert parsed.written_at == "2026-01-31T00:00:00Z"
    assert pairs(parsed) == [("text", "Text.")]


def test_a_saved_page_is_the_page() -> None:
    saved_page = (
        "From: <Saved>\nSubject: =?utf-8?Q?Ph=C3=A9p?=\nDate: Sat, 31 Jan 2026 09:30:00 -0000\n"
        'MIME-Version: 1.0\nContent-Type: multipart/related; boundary="x"\n\n--x\n'
        "Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
        "<html><body><p>Ngh=E1=BB=89</p></body></html>\n--x\nContent-Type: image/png\n"
        "Content-Transfer-Encoding: base64\n\nAAAA\n--x--\n"
    )
    for path in ("a.mhtml", "a.mht"):
        parsed = parse(saved_page, path)
        assert (parsed.title, pairs(parsed)) == ("Phép", [("text", "Nghỉ")])
        assert parsed.written_at == "2026-01-31T09:30:00Z"


@pytest.mark.parametrize("path", ["a.html", "a.md"])
def test_a_line_break_within_chinese_is_no_space(path: str) -> None:
    body = "员工每年有<b>带薪</b>\n<i>年假</i>,\n每年\n  十五天,见 Wiki\n首页。"
    (text,) = texts(parse(f"<p>{body}</p>\n" if path == "a.html" else body, path), Kind.TEXT)
    assert text == "员工每年有带薪年假, 每年十五天,见 Wiki 首页。"


def test_line_breaks_that_count_stay() -> None:
    body = "<p>paid\nleave</p><pre>带薪\n年假</pre><p>带薪<br>年假</p>"
    assert page(body) == [("text", "paid leave"), ("code", "带薪\n年假"), ("text", "带薪 年假")]
