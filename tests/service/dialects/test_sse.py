import json

from service.dialects.sse import DONE, event


def test_an_event_is_one_line_whatever_it_says() -> None:
    data = {"delta": "a\nb\u2028c\x85d 年假 😀"}
    text = event(data)
    assert text.endswith("\n\n")
    assert text.count("\n") == 2
    assert len(text.removesuffix("\n\n").splitlines()) == 1
    assert json.loads(text.removeprefix("data: ")) == data


def test_an_event_may_have_a_name() -> None:
    assert event({"a": 1}, "response.created") == 'event: response.created\ndata: {"a": 1}\n\n'
    assert DONE == "data: [DONE]\n\n"
