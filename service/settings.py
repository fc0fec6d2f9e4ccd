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
from service.answering.types import Release
from service.answering.writing.settings import NEWEST_PROMPT, Output

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
    workers: Annotated[int, Field(ge=1)] = 1
    llm_base_url: Annotated[str, Field(pattern=r"^(https?://\S+)?$")] = ""
    llm_model: str = ""
    llm_api_key: SecretStr = SecretStr("")
    llm_timeout_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 20
    llm_max_tokens: Annotated[int, Field(ge=16)] = 512
    llm_context_tokens: Annotated[int, Field(ge=512)] = 4096
    llm_output: Output = Output.AUTO
    llm_prompt: str = NEWEST_PROMPT
    llm_examples: Path | None = None
    llm_shots: Annotated[int, Field(ge=0)] = 2
    llm_approved_examples: bool = False
    llm_attempts: Annotated[int, Field(ge=1)] = 3
    llm_prompt_price: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    llm_completion_price: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    llm_fallback_base_url: Annotated[str, Field(pattern=r"^(https?://\S+)?$")] = ""
    llm_fallback_model: str = ""
    llm_fallback_api_key: SecretStr = SecretStr("")
    llm_canary_base_url: Annotated[str, Field(pattern=r"^(https?://\S+)?$")] = ""
    llm_canary_model: str = ""
    llm_canary_api_key: SecretStr = SecretStr("")
    llm_canary_prompt: str = ""
    llm_canary_share: Annotated[float, Field(ge=0, le=1)] = 0
    entailment_model: str = ""
    cache_entries: Annotated[int, Field(ge=0)] = 2048
    cache_megabytes: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 64
    fusion: Fusion = Fusion.CONVEX
    reranker: Literal["none", "rank-bm25"] = "none"
    reranker_model: str = ""
    reranker_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 0.5
    reranker_share: Annotated[float, Field(gt=0, le=1)] = 0.7
    release: Release = Release.STRICT
    keys_file: Path | None = None
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = ()
    allow_anonymous: bool = False
    max_question_chars: Annotated[int, Field(ge=1)] = 4000
    max_body_bytes: Annotated[int, Field(ge=1)] = 256 * 1024
    public_url: Annotated[str, Field(pattern=r"^(https?://\S+)?$")] = ""
    max_requests: Annotated[int, Field(ge=0)] = 0
    max_requests_per_caller: Annotated[int, Field(ge=0)] = 16
    max_waiting: Annotated[int, Field(ge=0)] = 64
    wait_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 0.3
    request_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 120
    rate_limit: str = ""
    log_questions: bool = False
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
        _check_models(settings)
        if settings.reranker_model and settings.reranker != "none":
            raise ConfigurationError(
                f"{_PREFIX}RERANKER and {_PREFIX}RERANKER_MODEL are both set; a search takes one "
                "second look at its candidates, so unset one of them"
            )
        _warn_of_unknown_names(settings)
        return settings


def _check_models(settings: Settings) -> None:
    """Each language model has both its address and its name, and the others need the first."""
    for kind in ("llm", "llm_fallback"):
        url, model = (getattr(settings, f"{kind}_{part}") for part in ("base_url", "model"))
        if bool(url) != bool(model):
            missing = f"{kind}_model" if url else f"{kind}_base_url"
            raise ConfigurationError(
                f"{_PREFIX}{missing.upper()} is not set, but a language model needs both its "
                "address and its name; set it too, or unset the other"
            )
    others = settings.llm_fallback_model or settings.llm_canary_share
    if others and not settings.llm_model:
        raise ConfigurationError(
            f"{_PREFIX}LLM_MODEL is not set, but a fallback or a canary is: they stand beside a "
            "first language model"
        )
    if settings.llm_canary_base_url and not settings.llm_canary_model:
        raise ConfigurationError(
            f"{_PREFIX}LLM_CANARY_MODEL is not set, but its address is; set it too"
        )
    if (settings.llm_prompt_price is None) != (settings.llm_completion_price is None):
        raise ConfigurationError(
            f"{_PREFIX}LLM_PROMPT_PRICE and {_PREFIX}LLM_COMPLETION_PRICE belong together: set "
            "both, or neither"
        )


def _warn_of_unknown_names(settings: Settings) -> None:
    names = Settings.model_fields.keys() | INGESTION_SETTINGS
    known = {f"{_PREFIX}{name}".upper() for name in names} | {CONFIG_VARIABLE}
    for name in sorted(os.environ):
        if name.upper().startswith(_PREFIX) and name.upper() not in known:
            _log.warning("the environment variable %s is no setting of Footnote", name)
    for name in sorted((settings.model_extra or {}).keys() - INGESTION_SETTINGS):
        _log.warning("the settings file sets %r, which is no setting of Footnote", name)
