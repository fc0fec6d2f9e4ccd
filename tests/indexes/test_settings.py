"""Where a setting comes from, which source wins, and what is said of a wrong one."""

from pathlib import Path

import pytest

from indexes.embedder import EmbedderSettings
from indexes.errors import ConfigurationError
from indexes.settings import IndexSettings


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory: no settings file is found in it by accident."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FOOTNOTE_EMBEDDER_CACHE")
    return tmp_path


def test_what_holds_when_nothing_is_said() -> None:
    settings = IndexSettings.read()
    assert settings.data_dir == Path("data")
    assert settings.embedder == EmbedderSettings(cache=Path("data/models"))


def test_an_argument_wins_over_the_environment_and_that_over_the_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "footnote.toml").write_text(
        'embedder_model = "file"\nembedder_query_prefix = "file"\n'
        'embedder_passage_prefix = "file"\n'
    )
    monkeypatch.setenv("FOOTNOTE_EMBEDDER_QUERY_PREFIX", "environment")
    monkeypatch.setenv("FOOTNOTE_EMBEDDER_PASSAGE_PREFIX", "environment")
    settings = IndexSettings.read(data_dir=folder, embedder_passage_prefix="argument")
    assert settings.embedder == EmbedderSettings(
        model="file",
        query_prefix="environment",
        passage_prefix="argument",
        cache=folder / "models",
    )


def test_an_argument_that_is_none_and_an_empty_variable_say_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FOOTNOTE_DATA_DIR", "elsewhere")
    monkeypatch.setenv("FOOTNOTE_EMBEDDER_PRECISION", "")
    settings = IndexSettings.read(data_dir=None)
    assert settings.data_dir == Path("elsewhere")
    assert settings.embedder_precision == "auto"


@pytest.mark.parametrize("by", ["argument", "environment", "default"])
def test_the_file_is_sought_in_the_data_directory(
    folder: Path, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    data_dir = folder / ("data" if by == "default" else "elsewhere")
    data_dir.mkdir()
    (data_dir / "footnote.toml").write_text('device = "cuda"\n')
    if by == "environment":
        monkeypatch.setenv("FOOTNOTE_DATA_DIR", str(data_dir))
    settings = IndexSettings.read(data_dir=data_dir if by == "argument" else None)
    assert settings.device == "cuda"


def test_another_file_can_be_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "footnote.toml").write_text('embedder_model = "here"\n')
    (folder / "other.toml").write_text('embedder_model = "there"\n')
    monkeypatch.setenv("FOOTNOTE_CONFIG", str(folder / "other.toml"))
    assert IndexSettings.read(data_dir=folder).embedder_model == "there"


def test_a_file_that_was_named_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTNOTE_CONFIG", "nowhere.toml")
    with pytest.raises(ConfigurationError, match=r"'nowhere\.toml'.*FOOTNOTE_CONFIG"):
        IndexSettings.read()


def test_all_of_the_embedder_can_be_set(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "footnote.toml").write_text(
        'embedder_model = "acme/model"\nembedder_precision = "bfloat16"\n'
        'embedder_query_prefix = "query: "\nembedder_passage_prefix = ""\n'
        'embedder_languages = ["vi", "en"]\ndevice = "cuda"\nembedder_dimensions = 256\n'
        'embedder_url = "http://127.0.0.1:8080/v1"\nembedder_tokenizer = "tokenizer"\n'
        'embedder_input_type = true\nembedder_max_tokens = 256\nembedder_cache = "cache"\n'
    )
    monkeypatch.setenv("FOOTNOTE_EMBEDDER_API_KEY", "s3cret")
    settings = IndexSettings.read(data_dir=folder)
    assert settings.embedder == EmbedderSettings(
        model="acme/model",
        precision="bfloat16",
        query_prefix="query: ",
        passage_prefix="",
        languages=frozenset({"en", "vi"}),
        device="cuda",
        dimensions=256,
        cache=Path("cache"),
        url="http://127.0.0.1:8080/v1",
        key="s3cret",
        tokenizer="tokenizer",
        input_type=True,
        max_tokens=256,
    )
    assert "s3cret" not in repr(settings)


def test_a_key_does_not_stand_in_the_file(folder: Path) -> None:
    (folder / "footnote.toml").write_text('embedder_api_key = "s3cret"\n')
    with pytest.raises(ConfigurationError, match="FOOTNOTE_EMBEDDER_API_KEY") as caught:
        IndexSettings.read(data_dir=folder)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "languages"),
    [("en", {"en"}), ("en, vi,zh", {"en", "vi", "zh"}), ("*", {"*"}), (" , ", set())],
)
def test_languages_are_a_list_with_commas(
    monkeypatch: pytest.MonkeyPatch, value: str, languages: set[str]
) -> None:
    monkeypatch.setenv("FOOTNOTE_EMBEDDER_LANGUAGES", value)
    assert IndexSettings.read().embedder.languages == languages


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("embedder_precision", "float16", "'bfloat16' or 'int8'"),
        ("embedder_url", "example.org/v1", "String should match"),
        ("embedder_dimensions", "-1", "greater than or equal to 0"),
        ("device", "tpu", "'auto', 'cpu' or 'cuda'"),
    ],
)
def test_a_wrong_setting_is_named_wherever_it_comes_from(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, problem: str
) -> None:
    expected = f"FOOTNOTE_{name.upper()}: .*{problem}"
    with pytest.raises(ConfigurationError, match=expected):
        IndexSettings.read(**{name: value})
    (folder / "footnote.toml").write_text(f'{name} = "{value}"\n')
    with pytest.raises(ConfigurationError, match=expected):
        IndexSettings.read(data_dir=folder)
    (folder / "footnote.toml").unlink()
    monkeypatch.setenv(f"FOOTNOTE_{name.upper()}", value)
    with pytest.raises(ConfigurationError, match=expected):
        IndexSettings.read()


def test_every_wrong_setting_is_named_at_once() -> None:
    with pytest.raises(ConfigurationError, match=r"FOOTNOTE_EMBEDDER_PRECISION.*FOOTNOTE_DEVICE"):
        IndexSettings.read(embedder_precision="float16", device="tpu")


@pytest.mark.parametrize("content", [b"device = = 1\n", b'device = "cpu\n', b"\xff\xfe"])
def test_a_broken_file_is_told(folder: Path, content: bytes) -> None:
    (folder / "footnote.toml").write_bytes(content)
    with pytest.raises(ConfigurationError, match="the settings file cannot be read"):
        IndexSettings.read(data_dir=folder)


def test_what_only_the_service_reads_may_stand_in_the_same_file(folder: Path) -> None:
    (folder / "footnote.toml").write_text('port = 8001\nembedder_model = "a"\n')
    assert IndexSettings.read(data_dir=folder).embedder_model == "a"
