"""Settings that the writer and the service must agree on: where the data is, and the embedder."""

import os
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from indexes.embedder import EmbedderSettings
from indexes.errors import ConfigurationError

_PREFIX = "FOOTNOTE_"
_KEY = "embedder_api_key"
CONFIG_FILE = "footnote.toml"
CONFIG_VARIABLE = f"{_PREFIX}CONFIG"
# What ingestion alone reads of the file and the environment that it shares with the service.
INGESTION_SETTINGS = frozenset(
    "threads page_images page_dpi ocr ocr_languages ocr_dpi parse_seconds parse_memory_mib "
    "max_file_mib keep_snapshots max_deleted_share max_failed_share min_free_mib".split()
)


class _SettingsFile(TomlConfigSettingsSource):
    """The TOML file, in which no key of an embedding server may stand."""

    def __call__(self) -> dict[str, Any]:
        values = super().__call__()
        if _KEY in values:
            raise ConfigurationError(
                f"{self.toml_file_path} sets {_KEY}; files are copied and shown around, so a key "
                f"is read from the environment only: set {_PREFIX}{_KEY.upper()} and take it out"
            )
        return values


class IndexSettings(BaseSettings):
    """Read once from FOOTNOTE_* and a TOML file; arguments win, then the environment.

    The TOML file is the one FOOTNOTE_CONFIG names, else ``footnote.toml`` in the data directory.
    """

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_ignore_empty=True, frozen=True, extra="ignore"
    )

    data_dir: Path = Path("data")
    embedder_model: str = ""
    embedder_precision: Literal["auto", "float32", "bfloat16", "int8"] = "auto"
    embedder_query_prefix: str | None = None
    embedder_passage_prefix: str | None = None
    embedder_languages: Annotated[frozenset[str], NoDecode] = frozenset()
    embedder_dimensions: Annotated[int, Field(ge=0)] = 0
    embedder_url: Annotated[str, Field(pattern=r"^(https?://\S+)?$")] = ""
    embedder_api_key: SecretStr = SecretStr("")
    embedder_tokenizer: str = ""
    embedder_input_type: bool = False
    embedder_max_tokens: Annotated[int, Field(ge=16)] = 512
    embedder_cache: Path | None = None
    device: Literal["auto", "cpu", "cuda"] = "auto"

    @field_validator("embedder_languages", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        return value

    @classmethod
    def read(cls, **overrides: object) -> Self:
        """The settings, with ``overrides`` that are not None first.

        ConfigurationError names each setting that is wrong and why, or the file that is missing.
        """
        named = os.environ.get(CONFIG_VARIABLE)
        if named and not Path(named).is_file():
            raise ConfigurationError(
                f"the settings file {named!r} named by {CONFIG_VARIABLE} does not exist; "
                f"correct its path or unset {CONFIG_VARIABLE}"
            )
        given = {name: value for name, value in overrides.items() if value is not None}
        try:
            return cls(**given)  # type: ignore[arg-type]  # checked by pydantic, that is its task
        except ValidationError as exc:
            problems = "; ".join(
                f"{_PREFIX}{str(error['loc'][0]).upper() if error['loc'] else 'settings'}: "
                f"{error['msg']}"
                for error in exc.errors()
            )
            raise ConfigurationError(f"these settings are wrong: {problems}") from exc
        except (OSError, ValueError) as exc:
            raise ConfigurationError(f"the settings file cannot be read: {exc}") from exc

    @property
    def embedder(self) -> EmbedderSettings:
        """The embedder's part of the settings."""
        return EmbedderSettings(
            model=self.embedder_model,
            precision=self.embedder_precision,
            query_prefix=self.embedder_query_prefix,
            passage_prefix=self.embedder_passage_prefix,
            languages=self.embedder_languages,
            device=self.device,
            dimensions=self.embedder_dimensions,
            cache=self.embedder_cache or self.data_dir / "models",
            url=self.embedder_url,
            key=self.embedder_api_key.get_secret_value(),
            tokenizer=self.embedder_tokenizer,
            input_type=self.embedder_input_type,
            max_tokens=self.embedder_max_tokens,
        )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (the base class passes it)
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (as above)
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment, then the TOML file."""
        data_dir = {**env_settings(), **init_settings()}.get("data_dir", "data")
        default = Path(str(data_dir)) / CONFIG_FILE
        path = Path(os.environ.get(CONFIG_VARIABLE) or default)
        return init_settings, env_settings, _SettingsFile(settings_cls, path)
