"""JSON, XML and notebooks: nothing lost, and every value labelled."""

import json

from ingestion.types import Kind
from tests.ingestion.formats.reading import pairs, parse, texts


def test_values_carry_their_path() -> None:
    shop = {
        "title": "Shop",
        "server": {"port": 8080, "hosts": ["a", "b"], "open": True, "none": None},
        "mixed": [1.50, {"x": "y"}, ["z"]],
    }
    parsed = parse(json.dumps(shop).replace("1.5", "1.50"), "a.json")
    assert parsed.title == "Shop"
    assert texts(parsed, Kind.LIST_ITEM) == [
        "title: Shop",
        "server.port: 8080",
        "server.hosts: a; b",
        "server.open: true",
        "mixed[1]: 1.50",
        "mixed[2].x: y",
        "mixed[3]: z",
    ]


def test_records_are_rows() -> None:
    items = [
        {"name": "Tea", "price": {"small": 2}},
        {"name": "Milk", "price": {"small": 1, "large": 3}},
    ]
    assert pairs(parse(json.dumps({"items": items}), "a.json")) == [
        ("table", "items\nname | price.small | price.large\nTea | 2\nMilk | 1 | 3")
    ]
    lines = "\n".join(json.dumps(item) for item in items)
    assert texts(parse(lines, "a.json"), Kind.TABLE) == [
        "name | price.small | price.large\nTea | 2\nMilk | 1 | 3"
    ]


def test_records_with_little_in_common_are_no_table() -> None:
    things = [{f"key{n}": n} for n in range(6)]
    assert texts(parse(json.dumps(things), "a.json"), Kind.LIST_ITEM) == [
        f"[{n + 1}].key{n}: {n}" for n in range(6)
    ]


def test_records_of_very_many_values_are_no_table() -> None:
    wide = [{f"key{n}": n for n in range(100)} for _ in range(2)]
    found = texts(parse(json.dumps(wide), "a.json"), Kind.LIST_ITEM)
    assert len(found) == 200
    assert found[100] == "[2].key0: 0"


def test_a_name_that_stands_twice_keeps_both_values() -> None:
    assert texts(parse('{"a": 1, "a": 2}', "a.json"), Kind.LIST_ITEM) == ["a: 1", "a (2): 2"]


def test_numbers_stand_as_they_are_written() -> None:
    text = '{"big": 12345678901234567890.10, "odd": 1e400, "not": NaN}'
    assert texts(parse(text, "a.json"), Kind.LIST_ITEM) == [
        *("big: 12345678901234567890.10", "odd: 1e400", "not: NaN")
    ]


def test_xml() -> None:
    markup = """<?xml version="1.0"?><!DOCTYPE shop SYSTEM "shop.dtd">
    <s:shop xmlns:s="urn:s" id="5"><s:title>Shop</s:title><intro>Open <b>daily</b>.</intro>
    <items><item k="1"><n>Tea</n><p>2</p></item>
    <item k="2"><n>Milk</n><p>1</p><p>3</p></item></items>
    <owner><address><town>Huế</town></address></owner></s:shop>"""
    parsed = parse(markup, "a.xml")
    assert parsed.title == "Shop"
    assert pairs(parsed) == [
        ("list_item", "shop.id: 5"),
        ("list_item", "title: Shop"),
        ("list_item", "intro: Open daily."),
        ("table", "items\nk | n | p\n1 | Tea | 2\n2 | Milk | 1; 3"),
        ("list_item", "address.town: Huế"),
    ]


def test_deep_xml_is_read() -> None:
    depth = 20_000
    parsed = parse("<a>" * depth + "text" + "</a>" * depth, "a.xml")
    assert texts(parsed, Kind.LIST_ITEM) == ["a.a: text"]


def test_xhtml_is_a_page() -> None:
    page = '<html xmlns="http://www.w3.org/1999/xhtml"><body><h1>Leave</h1></body></html>'
    assert pairs(parse(page, "a.xml")) == [("heading", "Leave")]


def test_a_notebook() -> None:
    table = "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>"
    cells = [
        {"cell_type": "markdown", "source": ["# Leave\n", "\n", "- one"]},
        {
            "cell_type": "code",
            "source": "x = [\n    1]",
            "outputs": [
                {"output_type": "stream", "text": ["\x1b[31mred\x1b[0m\n", "line"]},
                {"output_type": "display_data", "data": {"text/html": table, "text/plain": "a b"}},
                {"output_type": "display_data", "data": {"image/png": "AAAA"}},
                {
                    "output_type": "error",
                    "ename": "KeyError",
                    "evalue": "'x'",
                    "traceback": ["long"],
                },
            ],
        },
        {"cell_type": "raw", "source": "plain"},
    ]
    notebook = {"cells": cells, "metadata": {"authors": [{"name": "Lan"}]}, "nbformat": 4}
    parsed = parse(json.dumps(notebook), "a.ipynb")
    assert (parsed.title, parsed.authors) == ("Leave", ("Lan",))
    assert pairs(parsed) == [
        ("heading", "Leave"),
        ("list_item", "one"),
        ("code", "x = [\n    1]"),
        ("code", "red\nline"),
        ("table", "a | b\n1 | 2"),
        ("code", "KeyError: 'x'"),
        ("text", "plain"),
    ]


def test_an_older_notebook() -> None:
    sheet = {"cells": [{"cell_type": "code", "input": ["x = 1"], "outputs": []}]}
    assert pairs(parse(json.dumps({"worksheets": [sheet]}), "a.ipynb")) == [("code", "x = 1")]
