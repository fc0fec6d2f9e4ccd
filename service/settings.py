"""The service's settings: what the index needs, plus the address, the callers and the model."""

import logging
import os
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from indexes.errors import ConfigurationError
from indexes.fusion import Fusion
from indexes.settings import CONFIG_VARIABLE, INGESTION_SETTINGS, IndexSettings

_PREFIX = "FOOTNOTE_"

_log = logging.getLogger(__name__)


class Settings(IndexSettings):
    """Read once, at start; see IndexSettings for where from and in which order.

    ``trusted_proxies`` are networks whose requests carry the signed-in person in headers.
    """

    # Unknown names of the TOML file are kept, so that they can be warned of.
    model_config = SettingsConfigDict(extra="allow")

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    llm_base_url: Annotated[str, Field(pattern=r"^(https?://\S+)?$")] = ""
    llm_model: str = ""
    llm_api_key: SecretStr = SecretStr("")
    llm_timeout_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 20
    llm_max_tokens: Annotated[int, Field(ge=16)] = 512
    llm_context_tokens: Annotated[int, Field(ge=512)] = 4096
    fusion: Fusion = Fusion.CONVEX
    reranker: Literal["none", "rank-bm25"] = "none"
    reranker_model: str = ""
    reranker_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 0.5
    reranker_share: Annotated[float, Field(gt=0, le=1)] = 0.7
    keys_file: Path | None = None
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = ()
    allow_anonymous: bool = False
    max_question_chars: Annotated[int, Field(ge=1)] = 4000
    max_body_bytes: Annotated[int, Field(ge=1)] = 256 * 1024
    snapshot_poll_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _read_networks(cls, value: object) -> object:
        parts = value.split(",") if isinstance(value, str) else value
        if isinstance(parts, list) and all(isinstance(part, str) for part in parts):
            return tuple(ip_network(part.strip()) for part in parts if part.strip())
        return parts

    @classmethod
    def read(cls, **overrides: object) -> Self:
        """The settings, with ``overrides`` that are not None first; warns of unknown names.

        ConfigurationError names each setting that is wrong and why, or the file that is missing.
        """
        settings = super().read(**overrides)
        if bool(settings.llm_base_url) != bool(settings.llm_model):
            missing = "llm_model" if settings.llm_base_url else "llm_base_url"
            raise ConfigurationError(
                f"{_PREFIX}{missing.upper()} is not set, but a language model needs both its "
                "address and its name; set it too, or unset the other for extractive answers"
            )
        if settings.reranker_model and settings.reranker != "none":
            raise ConfigurationError(
                f"{_PREFIX}RERANKER and {_PREFIX}RERANKER_MODEL are both set; a search takes one "
                "second look at its candidates, so unset one of them"
            )
        _warn_of_unknown_names(settings)
        return settings


def _warn_of_unknown_names(settings: Settings) -> None:
    names = Settings.model_fields.keys() | INGESTION_SETTINGS
    known = {f"{_PREFIX}{name}".upper() for name in names} | {CONFIG_VARIABLE}
    for name in sorted(os.environ):
        if name.upper().startswith(_PREFIX) and name.upper() not in known:
            _log.warning("the environment variable %s is no setting of Footnote", name)
    for name in sorted((settings.model_extra or {}).keys() - INGESTION_SETTINGS):
        _log.warning("the settings file sets %r, which is no setting of Footnote", name)
