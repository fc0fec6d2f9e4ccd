"""What each worker may take of what the settings allow all of them together."""

import os
from pathlib import Path

import pytest

from indexes.errors import ConfigurationError
from service.settings import Settings
from service.workers.commons import Commons
from tests.service.wiki import KEYS_FILE


def settings(tmp_path: Path, **given: object) -> Settings:
    return Settings.read(data_dir=tmp_path, **given)


def test_workers_together_take_what_one_alone_would(tmp_path: Path) -> None:
    whole = settings(
        tmp_path,
        workers=3,
        max_requests=6,
        max_waiting=30,
        max_requests_per_caller=5,
        cache_entries=90,
        cache_megabytes=9,
        rate_limit="60/minute",
    )
    part = Commons(whole, tmp_path).settings
    assert (part.max_requests, part.max_waiting, part.cache_entries) == (2, 10, 30)
    assert part.cache_megabytes == pytest.approx(3)
    # Counted over all of them, not divided.
    assert (part.max_requests_per_caller, part.rate_limit) == (5, "60/minute")
    divided = {"max_requests", "max_waiting", "cache_entries", "cache_megabytes"}
    assert part.model_dump(exclude=divided) == whole.model_dump(exclude=divided)


def test_every_worker_can_work_and_what_is_off_stays_off(tmp_path: Path) -> None:
    whole = settings(tmp_path, workers=8, max_requests=2, max_waiting=0, cache_entries=0)
    part = Commons(whole, tmp_path).settings
    assert (part.max_requests, part.max_waiting, part.cache_entries) == (1, 0, 0)


@pytest.mark.parametrize(("model", "least"), [("", 1), ("a-model", 32)])
def test_how_many_work_follows_the_cores_unless_a_model_writes(
    tmp_path: Path, model: str, least: int
) -> None:
    address = "http://127.0.0.1:1/v1" if model else ""
    given = settings(tmp_path, llm_model=model, llm_base_url=address)
    expected = least if model else least * (os.cpu_count() or 1)
    assert Commons(given).settings.max_requests == expected


def test_one_alone_takes_all_and_shares_no_folder(tmp_path: Path) -> None:
    whole = settings(tmp_path, workers=4, max_requests=8)
    alone = Commons(whole)
    assert alone.settings.max_requests == 8
    assert alone.folder is None


def test_keys_are_read_once_for_all(tmp_path: Path) -> None:
    file = tmp_path / "keys.toml"
    file.write_text(KEYS_FILE)
    commons = Commons(settings(tmp_path, keys_file=file))
    file.write_text("")
    assert {key.name for key in commons.keys} == {"hr", "staff", "front"}
    with pytest.raises(ConfigurationError):
        Commons(settings(tmp_path, keys_file=file))
