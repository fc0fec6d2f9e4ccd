"""``sources.toml``: what a nightly run reads, when, and for whom."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from indexes.errors import ConfigurationError
from indexes.settings import IndexSettings
from ingestion.acl import as_rules
from ingestion.kinds import KINDS, Place
from ingestion.toml import Table
from ingestion.types import Source


@dataclass(frozen=True, slots=True)
class ConfiguredSource:
    """A source and when it is to be read: a cron expression in a time zone, or empty for always."""

    name: str
    schedule: str
    source: Source
    timezone: tzinfo

    def due(self, last_run: datetime | None, now: datetime) -> bool:
        """Whether the schedule has come round since ``last_run``. Both carry their time zone.

        What was never read is due; so is what a night without a run has missed.
        """
        if not self.schedule or last_run is None:
            return True
        return next(CronSim(self.schedule, last_run.astimezone(self.timezone))) <= now


@dataclass(frozen=True, slots=True)
class Configuration:
    """One collection, its sources, and the guards where they differ from the usual shares."""

    collection: str
    data_dir: Path
    sources: tuple[ConfiguredSource, ...]
    max_deleted_share: float | None = None
    max_failed_share: float | None = None


def read_sources(path: Path, data_dir: Path | None = None) -> Configuration:
    """The configuration in the file at ``path``.

    The data directory is ``data_dir`` if given, else the file's, else that of the settings.
    ConfigurationError names the file, the source and the key that is wrong.
    """
    try:
        content = tomllib.loads(path.read_bytes().decode("utf-8"))
    except (OSError, ValueError) as exc:
        raise ConfigurationError(f"{path} cannot be read ({exc}); correct it or its path") from exc
    base = path.resolve().parent
    table = Table(content, str(path))
    collection = table.text("collection")
    named = table.text("data_dir", "")
    folder = IndexSettings.read(data_dir=data_dir or (base / named if named else None)).data_dir
    timezone = _timezone(table)
    guards = table.table("guards")
    tables = table.tables("source")
    table.close()
    if not tables:
        raise table.refuse("source", "is missing: nothing would be read; add a [[source]] table")
    configured = tuple(
        _source(_source_table(path, number, content), collection, base, folder, timezone)
        for number, content in enumerate(tables, 1)
    )
    configuration = Configuration(
        collection,
        folder,
        configured,
        guards.share("max_deleted_share"),
        guards.share("max_failed_share"),
    )
    guards.close()
    _check_names(configuration, path)
    return configuration


def _timezone(table: Table) -> tzinfo:
    name = table.text("timezone", "UTC")
    try:
        # UTC needs no time zone database, which a slim image may lack.
        return UTC if name == "UTC" else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as exc:
        raise table.refuse("timezone", f"{name!r} is unknown here, as in Europe/Berlin") from exc


def _check_names(configuration: Configuration, path: Path) -> None:
    names = [source.name for source in configuration.sources]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ConfigurationError(f"{path}: two sources are named {twice[0]!r}; rename one of them")


def _source_table(path: Path, number: int, content: Mapping[str, Any]) -> Table:
    name = content.get("name")
    return Table(content, f"{path}, source {name if isinstance(name, str) else number!r}")


def _source(
    table: Table, collection: str, base: Path, data_dir: Path, timezone: tzinfo
) -> ConfiguredSource:
    name = table.text("name")
    if "/" in name or not name.isprintable():
        raise table.refuse("name", "must hold neither a slash nor a control character")
    kind = table.text("kind")
    if kind not in KINDS:
        raise table.refuse("kind", f"{kind!r} is unknown; known are {', '.join(KINDS)}")
    schedule = _schedule(table)
    tables = table.tables("rule")
    rules = as_rules(tables, table.where) if "rule" in table else None
    source = KINDS[kind](table, Place(collection, name, rules, base, data_dir))
    table.close()
    return ConfiguredSource(name, schedule, source, timezone)


def _schedule(table: Table) -> str:
    schedule = table.text("schedule", "")
    if schedule:
        try:
            next(CronSim(schedule, datetime.now(UTC)))
        except CronSimError as exc:
            raise table.refuse(
                "schedule", f'{schedule!r} is no cron expression such as "0 2 * * *" ({exc})'
            ) from exc
        except StopIteration as exc:
            raise table.refuse("schedule", f"{schedule!r} names a time that never comes") from exc
    return schedule
