"""The settings of ingestion: where they come from, what they become, what is refused."""

from pathlib import Path

import pytest

from indexes.errors import ConfigurationError
from indexes.settings import INGESTION_SETTINGS, IndexSettings
from ingestion.guards import Guards
from ingestion.settings import IngestionSettings


def test_the_names_that_others_ignore_are_those_there_are() -> None:
    own = IngestionSettings.model_fields.keys() - IndexSettings.model_fields.keys()
    assert own == INGESTION_SETTINGS


def test_the_defaults_are_those_of_what_they_configure(tmp_path: Path) -> None:
    settings = IngestionSettings.read(data_dir=tmp_path)
    assert settings.guards == Guards()
    assert 1 <= settings.parsers <= 4
    assert (settings.limits.wall_seconds, settings.limits.memory_bytes) == (60, 4 << 30)


def test_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "footnote.toml").write_text("threads = 3\npage_dpi = 72\nmin_free_mib = 1\n")
    monkeypatch.setenv("FOOTNOTE_THREADS", "2")
    settings = IngestionSettings.read(data_dir=tmp_path)
    assert (settings.parsers, settings.page_dpi) == (2, 72)
    assert settings.guards.free_bytes == 1 << 20
    assert IngestionSettings.read(data_dir=tmp_path, threads=5).parsers == 5


@pytest.mark.parametrize(
    ("name", "value"),
    [("PAGE_DPI", "9000"), ("MAX_DELETED_SHARE", "30"), ("THREADS", "-1"), ("OCR", "perhaps")],
)
def test_nonsense_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"FOOTNOTE_{name}", value)
    with pytest.raises(ConfigurationError, match=f"FOOTNOTE_{name}"):
        IngestionSettings.read(data_dir=tmp_path)
