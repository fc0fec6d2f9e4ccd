"""A worker process, as far as its metrics go: counts, and answers each line with a scrape."""

import sys
from pathlib import Path

from service.telemetry import Telemetry
from service.telemetry.shared import count_in

END = "# end"

if __name__ == "__main__":
    count_in(Path(sys.argv[1]))
    telemetry = Telemetry()
    for _ in range(int(sys.argv[2])):
        telemetry.request_began()
        telemetry.request("/ask", 200, 0.02)
    telemetry.request_began()
    telemetry.search("leave", "wiki", {"dense": 3.0}, 1)
    telemetry.snapshot_load("wiki", opened=True)
    print("counted", flush=True)
    for _ in iter(sys.stdin.readline, ""):
        print(telemetry.exposition([]).decode(), END, sep="", flush=True)
