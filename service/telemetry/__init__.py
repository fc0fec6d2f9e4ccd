"""What operators see: metrics for Prometheus, and logs as one line of JSON each."""

from service.telemetry.logs import JsonFormatter, log_as_json
from service.telemetry.metrics import Telemetry

__all__ = ["JsonFormatter", "Telemetry", "log_as_json"]
