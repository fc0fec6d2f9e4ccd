"""How a reply is read while it is written, when it is JSON, should be, or is neither."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.answering.types import Draft
from service.answering.writing.cutting import cut
from service.answering.writing.structured import ReplyReader, as_json, schema
from tests.service.answering.writing.briefs import KNOWN, drafts

PAID, LONG = Draft("Leave is paid.", (2,)), Draft("It is long.", (1, 3))
WHOLE = as_json([PAID, LONG])
ITEM = '{"text": "Leave is paid.", "citations": [2]}'


def read(pieces: list[str], *, structured: bool = True, cut_short: bool = False) -> list[Draft]:
    reader = ReplyReader(KNOWN, structured=structured)
    ready = [draft for piece in pieces for draft in reader.feed(piece)]
    ready += reader.close(cut_short=cut_short)
    assert reader.count == len(ready)
    return ready


def test_the_schema_says_what_as_json_writes() -> None:
    assert WHOLE == (
        '{"sentences": [{"text": "Leave is paid.", "citations": [2]}, '
        '{"text": "It is long.", "citations": [1, 3]}]}'
    )
    stated = json.loads(json.dumps(schema(KNOWN)))
    sentence = stated["properties"]["sentences"]["items"]
    assert set(sentence["properties"]) == set(json.loads(ITEM)) == set(sentence["required"])
    assert sentence["properties"]["citations"]["items"]["enum"] == [1, 2, 3]
    assert sentence["properties"]["citations"]["minItems"] == 1
    assert stated["required"] == ["sentences"]


@pytest.mark.parametrize("structured", [True, False])
@pytest.mark.parametrize(
    "text",
    [
        WHOLE,
        f"```json\n{WHOLE}\n```",
        f"```\n{WHOLE}",
        f"<think>Is it {{paid}}? So.</think>\n{WHOLE}",
        f"{WHOLE}\nI hope that this helps [1].",
        json.dumps(json.loads(WHOLE), indent=2),
        json.dumps(json.loads(WHOLE)["sentences"]),
        '["Leave is paid [2].", "It is long [1][3]."]',
        '{"sentences": ["Leave is paid [2].", "It is long [1, 3]."]}',
        '{"answer": "Leave is paid [2]. It is long [1][3]."}',
        '{"citations": [], "text": "Leave is paid [2]. It is long [1][3]."}',
        WHOLE.replace("[2]", '["2"]').replace("[1, 3]", '"[1] [3]"'),
        WHOLE.replace("[2]", '[{"id": 2}]'),
        WHOLE.replace("citations", "sources"),
        WHOLE.replace("[2]", "[2, 9, 2, 404]"),
        WHOLE.replace('paid."', 'paid [2]."'),
        WHOLE.replace("[1, 3]}", '[1, 3], "note": null}'),
        WHOLE[:-2],
        WHOLE.replace("}, {", "} {"),
        WHOLE.replace('"', "'").replace("'sentences'", '"sentences"'),
    ],
)
def test_json_in_any_shape_gives_its_sentences(text: str, *, structured: bool) -> None:
    assert read([text], structured=structured) == [PAID, LONG]
    assert read(list(text), structured=structured) == [PAID, LONG]


def test_what_is_said_in_front_of_json_that_was_asked_for_is_left_out() -> None:
    assert read([f"Sure! Here is the JSON [1]:\n```json\n{WHOLE}```"]) == [PAID, LONG]


@pytest.mark.parametrize(
    "text",
    ['{"sentences": []}', "[]", "{}", '```json\n{"sentences": []}\n```', "[ ]", ""],
)
def test_an_empty_list_is_no_answer(text: str) -> None:
    assert read(list(text)) == read([text]) == []


@pytest.mark.parametrize("structured", [True, False])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Leave is paid [2].", [PAID]),
        ("[1] Leave is long.", drafts(("Leave is long.", (1,)))),
        (
            "`ls` shows it [1]. {x} is a set.",
            drafts(("`ls` shows it.", (1,)), ("{x} is a set.", ())),
        ),
        ("{Leave is paid [2].}", drafts(("{Leave is paid.}", (2,)))),
        ("NO_ANSWER", drafts(("NO_ANSWER", ()))),
        ("<think>Hm.", []),
    ],
)
def test_what_is_no_json_is_read_as_text(
    text: str, expected: list[Draft], *, structured: bool
) -> None:
    assert read(list(text), structured=structured) == expected


def test_text_for_which_json_was_asked_does_not_wait_for_its_end() -> None:
    reader = ReplyReader(KNOWN, structured=True)
    ready = reader.feed("Leave is paid [2]. " * 20)
    assert ready[0] == PAID
    assert len(ready) >= 15


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[{"text": "He said "yes" to it.", "citations": [1]}]', ['He said "yes" to it.']),
        ('[{"text": "A 5" pipe.", "citations": [1]}, {"text": "So.", "citations": [1]}]', None),
        ("{text: It is so., citations: 1}", None),
        ('{"sentences": [{"text": "It is\nso.", "citations": [1]}]}', ["It is so."]),
        ('{"sentences": [{"text": "It is so.", "citations": [1]', ["It is so."]),
        ('{"text": "Say \\"so\\" {or} [not].", "citations": [1]}', ['Say "so" {or} [not].']),
        ('{"text": "Đúng \\u4f60.", "citations": [1]}', ["Đúng 你."]),
        ('{"text": 7, "citations": [1]}', []),
        ('{"text": {"text": "In.", "citations": [1]}, "citations": [2]}', ["In."]),
        ('{"sentences": {"text": "In.", "citations": [1]}}', ["In."]),
    ],
)
def test_broken_json_says_what_it_can(text: str, expected: list[str] | None) -> None:
    found = read(list(text))
    if expected is None:
        expected = {"[": ['A 5" pipe.', "So."], "{": ["It is so."]}[text[0]]
    assert [draft.text for draft in found] == expected
    assert all(draft.numbers == (1,) for draft in found)


def test_a_sentence_is_ready_with_its_last_brace() -> None:
    reader = ReplyReader(KNOWN, structured=True)
    before, brace, after = WHOLE.partition("}")
    assert reader.feed(before) == []
    assert reader.feed(brace) == [PAID]
    assert reader.feed(after[:-4]) == []
    assert reader.feed("]}]}") == [LONG]
    assert reader.close(cut_short=False) == []


@pytest.mark.parametrize("end", range(WHOLE.index("}") + 1, WHOLE.rindex("3]")))
def test_of_json_that_was_cut_short_the_whole_sentences_stay(end: int) -> None:
    assert read([WHOLE[:end]], cut_short=True)[0] == PAID
    assert len(read([WHOLE[:end]], cut_short=True)) == 1


def test_json_without_one_whole_sentence_says_nothing_when_cut_short() -> None:
    assert read([WHOLE[:25]], cut_short=True) == []


nonsense = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *("{", "}", "[", "]", '"', "'", ",", ":", "\\", "```", "```json\n", "<think>"),
                *("</think>", '"text"', '"citations"', '"sentences"', "[1]", "paid. ", "有薪。"),
                *(ITEM, '{"sentences": [', '{"text": "', "\n", "null", "1"),
            ]
        ),
        st.text(max_size=3),
    ),
    max_size=25,
).map("".join)


@given(nonsense, st.booleans(), st.booleans(), st.data())
def test_nonsense_never_fails_and_does_not_depend_on_its_pieces(
    text: str,
    structured: bool,  # noqa: FBT001
    cut_short: bool,  # noqa: FBT001
    data: st.DataObject,
) -> None:
    places = st.lists(st.integers(0, len(text)), max_size=8).map(sorted)
    bounds = [0, *data.draw(places), len(text)]
    pieces = [text[start:end] for start, end in pairwise(bounds)]
    expected = read(list(text), structured=structured, cut_short=cut_short)
    assert read(pieces, structured=structured, cut_short=cut_short) == expected
    assert all(draft.text and set(draft.numbers) <= KNOWN for draft in expected)


@given(st.text(alphabet=st.characters(exclude_characters="{[`<"), max_size=200))
def test_text_without_brackets_is_read_as_it_always_was(text: str) -> None:
    assert read(list(text), structured=False) == cut(text, KNOWN)


sentence = st.sampled_from(
    ["Leave is paid.", 'He said "yes" {so}.', "C:\\new\\text [x].", "有薪。", "Được nghỉ."]
)


@given(st.lists(st.builds(Draft, sentence, st.sampled_from([(1,), (2, 3), ()])), max_size=5))
def test_what_was_written_is_read_back(written: list[Draft]) -> None:
    assert read(list(as_json(written))) == written


def test_a_deep_nest_is_nonsense_like_any_other() -> None:
    assert read(["[" * 100_000 + "]" * 100_000]) == []
    assert read(['{"a":' * 20_000 + "1" + "}" * 20_000]) is not None
