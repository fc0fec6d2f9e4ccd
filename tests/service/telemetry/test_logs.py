"""A log line is one line of JSON, and knows which request it belongs to."""

import json
import logging
import sys

from service.telemetry import JsonFormatter
from service.tracing import Trace, following


def line(message: str, *args: object, **fields: object) -> dict[str, object]:
    record = logging.LogRecord("a.logger", logging.WARNING, "", 0, message, args, None)
    record.fields = fields
    text = JsonFormatter().format(record)
    assert "\n" not in text
    told: dict[str, object] = json.loads(text)
    return told


def test_a_line_tells_when_where_and_what() -> None:
    told = line("opened\n%s", "snapshot", ms=3)
    assert told["message"] == "opened\nsnapshot"
    assert (told["level"], told["logger"], told["ms"]) == ("warning", "a.logger", 3)
    assert str(told["time"]).endswith("+00:00")
    assert "request_id" not in told


def test_a_line_within_a_request_tells_which() -> None:
    trace = Trace.begun([(b"x-request-id", b"mine")], "/ask")
    with following(trace):
        told = line("late")
    assert (told["request_id"], told["trace_id"]) == ("mine", trace.trace_id)


def test_what_a_record_says_itself_counts() -> None:
    with following(Trace.begun([], "/ask")):
        assert line("late", request_id="another")["request_id"] == "another"


def test_a_traceback_stays_on_the_line() -> None:
    try:
        dict[str, int]()["two\nlines"]
    except LookupError:
        record = logging.LogRecord("x", logging.ERROR, "", 0, "failed", (), sys.exc_info())
    text = JsonFormatter().format(record)
    assert "\n" not in text
    assert "KeyError: 'two\\nlines'" in json.loads(text)["traceback"]
