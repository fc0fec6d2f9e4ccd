"""Settings: which source wins, and what a wrong one is told."""

import logging
from ipaddress import ip_network
from pathlib import Path

import pytest

from indexes.errors import ConfigurationError
from service.settings import Settings


def test_the_defaults_serve_this_machine_only(tmp_path: Path) -> None:
    settings = Settings.read(data_dir=tmp_path)
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.keys_file is None
    assert not settings.allow_anonymous
    assert (settings.max_question_chars, settings.max_body_bytes) == (4000, 262144)


def test_arguments_win_over_the_environment_and_that_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "footnote.toml").write_text(
        'port = 1\nhost = "::1"\nreranker = "rank-bm25"\ntrusted_proxies = ["10.0.0.0/8"]\n'
    )
    monkeypatch.setenv("FOOTNOTE_PORT", "2")
    monkeypatch.setenv("FOOTNOTE_HOST", "localhost")
    settings = Settings.read(data_dir=tmp_path, port=3, host=None)
    assert (settings.port, settings.host, settings.reranker) == (3, "localhost", "rank-bm25")
    assert settings.trusted_proxies == (ip_network("10.0.0.0/8"),)


def test_lists_in_the_environment_are_separated_by_commas(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTNOTE_TRUSTED_PROXIES", "10.0.0.0/8, ::1/128")
    monkeypatch.setenv("FOOTNOTE_EMBEDDER_LANGUAGES", "en,vi")
    settings = Settings.read(data_dir=tmp_path)
    assert settings.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("::1/128"))
    assert settings.embedder.languages == {"en", "vi"}


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("PORT", "eighty", "valid integer"),
        ("PORT", "65536", "65535"),
        ("RERANKER", "magic", "rank-bm25"),
        ("TRUSTED_PROXIES", "10.0.0.1/8", "host bits"),
        ("LLM_BASE_URL", "127.0.0.1:8080", "https?"),
        ("LLM_TIMEOUT_SECONDS", "0", "greater than 0"),
        ("SNAPSHOT_POLL_SECONDS", "inf", "finite"),
        ("ALLOW_ANONYMOUS", "perhaps", "boolean"),
    ],
)
def test_a_wrong_setting_is_named_with_its_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, problem: str
) -> None:
    monkeypatch.setenv(f"FOOTNOTE_{name}", value)
    with pytest.raises(ConfigurationError, match=f"FOOTNOTE_{name}") as caught:
        Settings.read(data_dir=tmp_path)
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("given", "missing"),
    [("LLM_MODEL", "FOOTNOTE_LLM_BASE_URL"), ("LLM_BASE_URL", "FOOTNOTE_LLM_MODEL")],
)
def test_half_a_language_model_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, missing: str
) -> None:
    monkeypatch.setenv(f"FOOTNOTE_{given}", "http://127.0.0.1:8080/v1")
    with pytest.raises(ConfigurationError, match=f"{missing} is not set"):
        Settings.read(data_dir=tmp_path)


def test_a_settings_file_that_was_named_must_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTNOTE_CONFIG", str(tmp_path / "missing.toml"))
    with pytest.raises(ConfigurationError, match=r"missing\.toml"):
        Settings.read(data_dir=tmp_path)
    other = tmp_path / "other.toml"
    other.write_text("port = 7\n")
    monkeypatch.setenv("FOOTNOTE_CONFIG", str(other))
    assert Settings.read(data_dir=tmp_path).port == 7


def test_a_broken_settings_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "footnote.toml").write_text("port = = 1\n")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        Settings.read(data_dir=tmp_path)


def test_unknown_names_are_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "footnote.toml").write_text("prot = 1\n")
    monkeypatch.setenv("FOOTNOTE_LLM_MODLE", "x")
    with caplog.at_level(logging.WARNING):
        Settings.read(data_dir=tmp_path)
    assert "FOOTNOTE_LLM_MODLE" in caplog.text
    assert "'prot'" in caplog.text


def test_the_model_servers_key_is_not_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTNOTE_LLM_API_KEY", "very-secret")
    settings = Settings.read(data_dir=tmp_path)
    assert "very-secret" not in repr(settings)
    assert settings.llm_api_key.get_secret_value() == "very-secret"
