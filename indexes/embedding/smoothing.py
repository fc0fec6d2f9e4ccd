"""Evens out what a transformer multiplies, so that 8 bits tell it apart.

SmoothQuant (Xiao et al., 2023): some columns of the activations are tens of times larger than the
rest, and one scale for all leaves the rest a few steps. Dividing each column by a factor and
multiplying the same row of the weights by it changes no product. Xiao et al. fold the division into
the layer before; a transformer that normalises after its residual (BERT) has no such layer, so it
stands here as an operator of its own, which costs about 2 % of a run.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

# How much of the difficulty goes to the weights. Over MiniLM's own products, cosine to float32 of
# English passages, mean: none .9946, .5 .9894, .7 .9982, .8 .9979, .9 .9938; weights alone .9994.
_STRENGTH = 0.7
# Largest column over the median one: where it is less there is nothing to even out.
_EVEN = 4.0
_LEAST = 1e-5  # of a column's largest value: one that is never used has no factor
_PRODUCTS = frozenset({"MatMul", "Attention"})
_MATRIX = 2

_Column = NDArray[np.float32]


def smooth(source: Path, target: Path, texts: Sequence[Sequence[int]]) -> None:
    """Write ``source`` with its products evened out for activations like those of ``texts``.

    Texts are token ids. The graph computes what it did, up to rounding.
    """
    import onnx  # noqa: PLC0415 (loaded only where a model is exported)

    model = onnx.load(str(source))
    weights = {
        tensor.name: tensor for tensor in model.graph.initializer if len(tensor.dims) == _MATRIX
    }
    products = [
        node for node in model.graph.node if node.op_type in _PRODUCTS and node.input[1] in weights
    ]
    largest = _largest(model, sorted({node.input[0] for node in products}), texts)
    uneven = [node for node in products if _is_uneven(largest[node.input[0]])]
    for number, node in enumerate(uneven):
        weight = onnx.numpy_helper.to_array(weights[node.input[1]])
        factors = _factors(largest[node.input[0]], weight)
        evened = onnx.numpy_helper.from_array(weight * factors[:, None], f"evened_weight_{number}")
        inverse = onnx.numpy_helper.from_array(1 / factors, f"evening_{number}")
        model.graph.initializer.extend([evened, inverse])
        _insert(model, node, inverse.name, evened.name, f"evened_{number}")
    used = {name for node in model.graph.node for name in node.input}
    for tensor in [tensor for tensor in model.graph.initializer if tensor.name not in used]:
        model.graph.initializer.remove(tensor)
    onnx.save(model, str(target))


def _is_uneven(activation: "_Column") -> bool:
    return bool(activation.max() > _EVEN * np.median(activation))


def _factors(activation: "_Column", weight: NDArray[np.float32]) -> "_Column":
    """What each column of the activations is divided by (Xiao et al., equation 4)."""
    of_weight = np.maximum(np.abs(weight).max(axis=1), _LEAST)
    factors: _Column = np.maximum(activation, _LEAST) ** _STRENGTH / of_weight ** (1 - _STRENGTH)
    return factors


def _largest(
    model: "ModelProto", names: list[str], texts: Sequence[Sequence[int]]
) -> dict[str, "_Column"]:
    """The largest magnitude in each column of the named tensors, over all texts."""
    import onnx  # noqa: PLC0415
    import onnxruntime  # noqa: PLC0415

    watched = onnx.ModelProto()
    watched.CopyFrom(model)
    watched.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    session = onnxruntime.InferenceSession(
        watched.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    found = [np.zeros(0, np.float32)] * len(names)
    for ids in texts:
        row = np.array([ids], np.int64)
        seen = session.run(names, {"input_ids": row, "attention_mask": np.ones_like(row)})
        columns = [np.abs(values).reshape(-1, values.shape[-1]).max(axis=0) for values in seen]
        found = columns if not found[0].size else list(map(np.maximum, found, columns))
    return dict(zip(names, found, strict=True))


def _insert(model: "ModelProto", node: "NodeProto", inverse: str, weight: str, name: str) -> None:
    """Put the division before a product, and the evened weights into it."""
    import onnx  # noqa: PLC0415

    place = next(i for i, other in enumerate(model.graph.node) if other is node)
    model.graph.node.insert(place, onnx.helper.make_node("Mul", [node.input[0], inverse], [name]))
    node.input[0], node.input[1] = name, weight
