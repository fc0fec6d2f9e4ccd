"""Logs as one line of JSON each, with the ids of the request that a line is about."""

import json
import logging
import sys
from datetime import UTC, datetime

from service.tracing import current

# Libraries that tell of each request at the level of the service's own one line for it.
_TALKATIVE = ("httpx", "mcp")
_encode = json.JSONEncoder(default=str).encode


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON; ``extra={"fields": {...}}`` becomes members of its own."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end. To be called where the record was made."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        trace = current()
        if trace is not None:
            line |= {"request_id": trace.request_id, "trace_id": trace.trace_id}
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return _encode(line)


def log_as_json(level: int = logging.INFO) -> None:
    """Send every log record of the process to standard error, one line of JSON each."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
