from service.dialects.links import Links, file_name, title
from tests.service.dialects.told import TRAVEL, document, told

LINKS = Links("https://wiki.example/footnote")


def test_a_link_opens_the_page_at_the_quote() -> None:
    cited = told("en").answer.citations[1]
    assert LINKS.citation(cited) == (
        f"https://wiki.example/footnote/#source={TRAVEL.id}&start=0&end=42&page=3"
    )
    assert cited.quote == "Trains are booked through the travel desk."


def test_a_link_without_a_page_names_none() -> None:
    first = told("zh").answer.citations[0]
    assert LINKS.citation(first).endswith(f"/#source={first.document.id}&start=4&end=14")


def test_a_document_alone_opens_at_its_beginning() -> None:
    assert LINKS.passage("ab") == "https://wiki.example/footnote/#source=ab&start=0&end=0"


def test_a_document_without_a_title_is_named_by_its_file() -> None:
    assert title(document("a/b/年假 2026.md")) == "年假 2026.md"
    assert title(document("a/b.md", "Two\n lines ")) == "Two lines"
    assert file_name(document("mail.eml!/form.pdf")) == "form.pdf"
