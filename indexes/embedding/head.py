"""From a transformer's token vectors to the vector of the text: pooling and dense layers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from safetensors import SafetensorError, safe_open

from indexes.embedding.engine import Rows
from indexes.embedding.model import ModelFolder, Module
from indexes.errors import EmbedderError

_ACTIVATIONS: dict[str, Callable[[Rows], Rows]] = {
    "torch.nn.modules.linear.Identity": lambda values: values,
    "torch.nn.modules.activation.Tanh": np.tanh,
}
_DENSE_OPTIONS = {"in_features", "out_features", "bias", "activation_function"}
# The names that both ends of a step have unless a model connects them in its own way.
_SENTENCE = {"module_input_name": "sentence_embedding", "module_output_name": "sentence_embedding"}


def _weighted_mean(rows: Rows) -> Rows:
    weights = np.arange(1, len(rows) + 1, dtype=np.float32)
    mean: Rows = weights @ rows / weights.sum()
    return mean


# As sentence-transformers defines them, for one text without padding.
_POOLING: dict[str, Callable[[Rows], Rows]] = {
    "cls": lambda rows: rows[0],
    "max": lambda rows: rows.max(axis=0),
    "mean": lambda rows: rows.mean(axis=0),
    "mean_sqrt_len_tokens": lambda rows: rows.sum(axis=0) / np.sqrt(np.float32(len(rows))),
    "weightedmean": _weighted_mean,
    "lasttoken": lambda rows: rows[-1],
}


@dataclass(frozen=True, slots=True)
class Head:
    """What a model does after its transformer, one step after the other."""

    steps: tuple[Callable[[Rows], Rows], ...]

    def __call__(self, rows: Rows) -> Rows:
        """The vector of a text, shape (width,), from the rows of its tokens, (tokens, width)."""
        for step in self.steps:
            rows = step(rows)
        return rows


def open_head(model: ModelFolder) -> Head | None:
    """The head of a model, or None where it does something that is not reproduced here.

    EmbedderError when the weights of a dense layer are damaged.
    """
    modules = model.modules
    if [module.kind for module in modules[:2]] != ["Transformer", "Pooling"]:
        return None
    steps = [_pooling(modules[1]), *map(_later, modules[2:])]
    return Head(tuple(step for step in steps if step)) if all(steps) else None


def _pooling(module: Module) -> Callable[[Rows], Rows] | None:
    modes = module.pooling
    if not _POOLING.keys() >= set(modes) or not module.config.get("include_prompt", True):
        return None
    return lambda rows: np.concatenate([_POOLING[mode](rows) for mode in modes])


def _later(module: Module) -> Callable[[Rows], Rows] | None:
    own = {key: value for key, value in module.config.items() if _SENTENCE.get(key) != value}
    if module.kind == "Normalize" and not own:
        return lambda row: row / max(float(np.linalg.norm(row)), 1e-12)  # as torch's normalize
    activation = _ACTIVATIONS.get(str(own.get("activation_function")))
    if module.kind != "Dense" or not own.keys() <= _DENSE_OPTIONS or activation is None:
        return None
    weight, bias = _weights(module)
    return lambda row: activation(weight @ row + bias)


def _weights(module: Module) -> tuple[Rows, Rows]:
    file = module.folder / "model.safetensors"
    names: Sequence[str] = ("linear.weight", "linear.bias")
    try:
        with safe_open(file, "np") as tensors:
            weight, bias = (
                np.asarray(tensors.get_tensor(name) if name in tensors.keys() else 0, np.float32)  # noqa: SIM118 (it is no dict)
                for name in names
            )
    except (OSError, SafetensorError, TypeError) as exc:
        raise EmbedderError(f"{file} is damaged ({exc}); fetch the model again") from exc
    if weight.ndim != 2:  # noqa: PLR2004 (a matrix)
        raise EmbedderError(f"{file} holds no matrix linear.weight; fetch the model again")
    return weight, bias
