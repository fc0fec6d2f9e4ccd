"""A transformer as ONNX files: exported, fused, quantised.

Nobody else imports torch.onnx, onnxruntime.transformers or onnxruntime.quantization.
"""

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from indexes.embedding.model import ModelFolder
from indexes.embedding.samples import SAMPLES
from indexes.embedding.smoothing import smooth
from indexes.embedding.torch_encoder import TorchEncoder
from indexes.errors import EmbedderError

# Raised whenever the same model would become another file.
VERSION = 4
_OPSET = 17
_LENGTH = 16  # tokens of the text that is traced; the axis is left open
# Families whose attention and normalisation the optimizer knows as BERT's.
_FUSED = frozenset({"bert", "roberta", "xlm-roberta", "camembert", "electra", "distilbert"})
# What the exporter, the optimizer and the quantiser raise on a graph that they do not know.
_REFUSALS = (
    RuntimeError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    AssertionError,
    ImportError,
)


class NotExported(EmbedderError):
    """This model, or this installation, gives no ONNX file."""


def versions() -> str:
    """The versions that an exported file depends on. NotExported when a library is missing."""
    missing = [name for name in ("onnx", "onnxruntime") if not find_spec(name)]
    if missing:
        raise NotExported(f"the package {missing[0]} is not installed")
    return f"export {VERSION}, onnxruntime {version('onnxruntime')}"


def export(model: ModelFolder, reference: TorchEncoder, float32: Path, int8: Path) -> None:
    """Write the transformer of ``model`` as two files: input ids and mask in, token rows out.

    ``reference`` runs the same model. NotExported when it cannot be expressed.
    """
    texts = [entry.ids for entry in model.tokenizer.read_all(SAMPLES)]
    try:
        with _quietly():
            _trace(reference.transformer, float32)
            _fuse(model.config, float32)
            smooth(float32, int8, texts)
            _quantise(int8)
    except _REFUSALS as exc:
        raise NotExported(
            f"{model.folder} cannot be exported to ONNX: {type(exc).__name__}: {exc}"
        ) from exc


def _trace(transformer: Any, target: Path) -> None:
    import torch  # noqa: PLC0415 (it takes seconds to import)

    class LastLayer(torch.nn.Module):
        """Takes and gives tensors by place, as an exported graph does."""

        def __init__(self) -> None:
            super().__init__()
            self.transformer = transformer

        def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            output = self.transformer(input_ids=ids, attention_mask=mask)
            rows: torch.Tensor = output.last_hidden_state
            return rows

    # Other implementations of attention are opaque to the exporter.
    transformer.set_attn_implementation("eager")
    ids = torch.ones((1, _LENGTH), dtype=torch.long)
    axes = {0: "texts", 1: "tokens"}
    with torch.inference_mode():
        torch.onnx.export(
            LastLayer().eval(),
            (ids, torch.ones_like(ids)),
            str(target),
            input_names=["input_ids", "attention_mask"],
            output_names=["rows"],
            dynamic_axes={"input_ids": axes, "attention_mask": axes, "rows": axes},
            opset_version=_OPSET,
            dynamo=False,
        )


def _fuse(config: dict[str, object], file: Path) -> None:
    """Attention and activation as one operator each; in place."""
    heads, width = config.get("num_attention_heads"), config.get("hidden_size")
    if config.get("model_type") not in _FUSED or not heads or not width:
        return
    from onnxruntime.transformers import optimizer  # noqa: PLC0415
    from onnxruntime.transformers.fusion_options import FusionOptions  # noqa: PLC0415

    options = FusionOptions("bert")
    options.enable_skip_layer_norm = False  # see onnx_encoder._SLOW
    options.enable_bias_skip_layer_norm = False
    fused = optimizer.optimize_model(
        str(file),
        model_type="bert",
        num_heads=heads,
        hidden_size=width,
        optimization_options=options,
        opt_level=0,
    )
    fused.save_model_to_file(str(file))


def _quantise(file: Path) -> None:
    """Weights of matrix products in 8 bits with a scale per column, activations per text; in place.

    One scale for a whole matrix, the library's default, damages MiniLM: cosine .86.
    """
    from onnx import TensorProto  # noqa: PLC0415
    from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: PLC0415

    quantize_dynamic(
        file,
        file,
        op_types_to_quantize=["MatMul", "Attention"],
        per_channel=True,
        weight_type=QuantType.QInt8,
        extra_options={"DefaultTensorType": TensorProto.FLOAT},
    )


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep what the exporters say of their own insides from the operator's log."""

    def is_ours(record: logging.LogRecord) -> bool:
        return f"{os.sep}onnxruntime{os.sep}" not in record.pathname

    root = logging.getLogger()
    silent = logging.NullHandler()  # or the first warning would set the root logger up
    root.addHandler(silent)
    handlers = list(root.handlers)
    for handler in handlers:
        handler.addFilter(is_ours)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for handler in handlers:
            handler.removeFilter(is_ours)
        root.removeHandler(silent)
