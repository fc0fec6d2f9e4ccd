"""Damaged files through the real sandbox: each must end as read, or as refused with a reason."""

import argparse
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from resource import getpagesize

from evals.bench.mutations import damaged
from indexes.errors import ParseError
from ingestion.sandbox import Limits, Sandbox

COUNT = 20_000
BATCH = 500  # files between two looks at the parent's memory
LIMITS = Limits(wall_seconds=20, cpu_seconds=10, memory_bytes=1 << 30, output_bytes=16 << 20)
GROWTH = 64 << 20  # bytes that the parent may gain after its first batch
ELSEWHERE = {"doc"}  # read by LibreOffice, at a second each; evals.bench.malformed has some
_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
PATHS = (_DATA / "native-docs" / "docs", _DATA / "malformed" / "docs")
PARSED = "parsed"
DIED = "ended its parser"
ESCAPED = "ESCAPED"  # what neither was read nor refused


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one damaged file: ``reason`` is PARSED or why not, without its particulars."""

    seed: int
    format: str
    reason: str
    seconds: float


def main(arguments: Sequence[str]) -> int:
    """Run the seeds asked for and print a table; 1 if a file ended otherwise or memory grew."""
    asked = _parser().parse_args(arguments)
    files = _by_format(asked.paths)
    files = {name: files[name] for name in files if not asked.formats or name in asked.formats}
    if not files:
        print("there is no file to damage; name some, or folders of them")
        return 2
    seeds = range(asked.start, asked.start + asked.count)
    if asked.save:
        asked.save.mkdir(parents=True, exist_ok=True)
        for seed in seeds:
            name, content = file_of(seed, files)
            (asked.save / name).write_bytes(content)
    outcomes: list[Outcome] = []
    sizes = []
    with Sandbox(LIMITS, asked.workers) as sandbox, ThreadPoolExecutor(asked.workers) as threads:
        for start in range(0, len(seeds), BATCH):
            outcomes.extend(
                threads.map(partial(_run, sandbox, files), seeds[start : start + BATCH])
            )
            sizes.append(_resident())
    grown = sizes[-1] - sizes[0]
    print(report(outcomes))
    print(
        f"\nThe parent's memory: {sizes[0] >> 20} MiB after {BATCH} files, grown by {grown >> 20}"
    )
    escaped = any(each.reason.startswith(ESCAPED) for each in outcomes)
    return int(escaped or grown > GROWTH)


def file_of(seed: int, files: Mapping[str, Sequence[bytes]]) -> tuple[str, bytes]:
    """The name and content of the damaged file of ``seed``; formats take turns."""
    format_ = sorted(files)[seed % len(files)]
    known = files[format_]
    content = known[seed // len(files) % len(known)]
    return f"{seed}.{format_}", damaged(seed, content, known)


def report(outcomes: Sequence[Outcome]) -> str:
    """Markdown: each format's count of files read, refused and deadly, then all reasons."""
    lines = [
        "| format | files | parsed | refused | worker deaths | stopped | escaped | ms a file |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    ordered = sorted(outcomes, key=lambda each: each.format)
    for format_, group in groupby(ordered, key=lambda each: each.format):
        of_format = list(group)
        lines.append(_row(format_, of_format))
    lines += [_row("all", ordered), "", "| format | reason | files | a seed |", "|---|---|--:|--:|"]
    reasons = Counter((each.format, each.reason) for each in ordered if each.reason != PARSED)
    seeds = {(each.format, each.reason): each.seed for each in ordered}
    lines += [
        f"| {format_} | {reason.replace('|', '/')} | {count} | {seeds[format_, reason]} |"
        for (format_, reason), count in reasons.most_common()
    ]
    return "\n".join(lines)


def _row(name: str, outcomes: Sequence[Outcome]) -> str:
    counts = Counter(_class(each.reason) for each in outcomes)
    milliseconds = 1000 * sum(each.seconds for each in outcomes) / len(outcomes)
    columns = [counts[each] for each in (PARSED, "refused", DIED, "stopped", ESCAPED)]
    listed = " | ".join(str(each) for each in (name, len(outcomes), *columns))
    return f"| {listed} | {milliseconds:.0f} |"


def _class(reason: str) -> str:
    for each in (PARSED, DIED, ESCAPED):
        if reason.startswith(each):
            return each
    return "stopped" if reason.endswith("was stopped") else "refused"


def _run(sandbox: Sandbox, files: Mapping[str, Sequence[bytes]], seed: int) -> Outcome:
    name, content = file_of(seed, files)
    started = time.monotonic()
    reason = PARSED
    try:
        sandbox.parse(content, name)
    except ParseError as exc:
        reason = general(str(exc), name)
    except Exception as exc:  # noqa: BLE001 - that there is none is what is measured
        reason = f"{ESCAPED}: {type(exc).__name__}: {general(str(exc), name)}"
    return Outcome(seed, name.rpartition(".")[2], reason, time.monotonic() - started)


def general(reason: str, name: str) -> str:
    """A reason without the file's name, numbers and what is quoted, so that like ones count up."""
    stated = reason.replace(name, "", 1).strip()
    if not stated.startswith(DIED):
        stated = re.sub(r"\((?!its )(\w+(?=:))?.*\)", r"(\1…)", stated)
        stated = re.sub(r"(?<=its part )('.*?'|\S+)", "…", stated)
    return re.sub(r"\d+", "N", " ".join(stated.split()))[:120]


def _by_format(paths: Sequence[Path]) -> dict[str, list[bytes]]:
    files: dict[str, list[bytes]] = {}
    for file in _files(paths):
        format_ = file.suffix.lower().removeprefix(".")
        if format_ not in ELSEWHERE:
            files.setdefault(format_, []).append(file.read_bytes())
    return files


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        yield from sorted(path.iterdir()) if path.is_dir() else [path]


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * getpagesize()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals bench fuzz", description=__doc__)
    known = [path for path in PATHS if path.is_dir()]
    parser.add_argument("paths", nargs="*", type=Path, default=known, help="files, or folders")
    parser.add_argument("--start", type=int, default=0, help="the first seed (default 0)")
    parser.add_argument("--count", type=int, default=COUNT, help=f"seeds (default {COUNT})")
    parser.add_argument("--workers", type=int, default=2, help="processes (default 2)")
    parser.add_argument("--formats", nargs="+", help="only these, as csv or docx (default all)")
    parser.add_argument("--save", type=Path, help="a folder to keep the damaged files in")
    return parser
