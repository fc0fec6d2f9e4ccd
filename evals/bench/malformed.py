"""Malformed files through the whole parser: how each ends, how long it takes, what it leaves."""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from resource import getpagesize

from indexes.errors import ParseError
from ingestion.assisted import AssistedParser
from ingestion.ocr import Tesseract
from ingestion.office import LibreOffice
from ingestion.sandbox import Sandbox

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "malformed" / "docs"
GROWTH = 64 << 20  # bytes that the parent may gain; a page at 300 dpi is 26 MB of them


def main(arguments: Sequence[str]) -> int:
    """Print a row for each file; 1 if one ended neither read nor refused, or memory grew."""
    parser = argparse.ArgumentParser(prog="python -m evals bench malformed", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    folder = parser.parse_args(arguments).folder
    if not folder.is_dir():
        print(f"{folder} is not there; name a folder of files")
        return 2
    print("| file | state | s | parent, MiB | reason or remarks |\n|---|---|--:|--:|---|")
    states = []
    with Sandbox() as sandbox:
        assisted = AssistedParser(sandbox, ocr=Tesseract.find(), office=LibreOffice.find())
        before = _resident()
        for file in sorted(folder.iterdir()):
            started = time.monotonic()
            state, said = _ending(assisted, file)
            seconds = time.monotonic() - started
            states.append(state)
            said = said.replace("|", "/")
            print(f"| {file.name} | {state} | {seconds:.2f} | {_resident() >> 20} | {said} |")
        grown = _resident() - before
    counts = ", ".join(f"{states.count(state)} {state}" for state in sorted(set(states)))
    print(f"\n{len(states)} files: {counts}. The parent grew by {grown >> 20} MiB.")
    return int("escaped" in states or grown > GROWTH)


def _ending(parser: AssistedParser, file: Path) -> tuple[str, str]:
    """How a file ended, in a word, and what was said of it."""
    try:
        parsed = parser.parse(file.read_bytes(), file.name)
    except ParseError as exc:
        return "refused", str(exc)
    except Exception as exc:  # noqa: BLE001 - that there is none is what is measured
        return "escaped", repr(exc)
    return "read", "; ".join(parsed.remarks)


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * getpagesize()
