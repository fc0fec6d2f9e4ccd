"""Text to unit vectors: the door to the models and servers that make them."""

from indexes.embedding.batching import BatchingEmbedder
from indexes.embedding.local import LocalEmbedder
from indexes.embedding.model import BUILT_IN, open_model
from indexes.embedding.remote import RemoteEmbedder
from indexes.embedding.torch_encoder import cuda_is_there
from indexes.embedding.types import (
    ANY_LANGUAGE,
    Embedder,
    EmbedderSettings,
    Encoded,
    TokenVectors,
)
from indexes.errors import EmbedderError

__all__ = [
    "ANY_LANGUAGE",
    "BUILT_IN",
    "Embedder",
    "EmbedderSettings",
    "Encoded",
    "TokenVectors",
    "open_embedder",
]

_PRECISIONS = ("auto", "float32", "bfloat16", "int8")


def open_embedder(settings: EmbedderSettings) -> Embedder:
    """Find and verify the model, or the server's settings; it is loaded or asked at the first text.

    EmbedderError when the model is not there, has no safetensors weights, or is the built-in one
    with weights that are not upstream's; when a setting is unknown, or asks for what this machine
    does not have.
    """
    if settings.precision not in _PRECISIONS:
        raise EmbedderError(
            f"embedder precision {settings.precision!r} is unknown; use one of "
            f"{', '.join(_PRECISIONS)}"
        )
    if settings.url:
        # One request for the questions of many callers: the round trip is paid once.
        return BatchingEmbedder(RemoteEmbedder(settings))
    device = _device(settings)
    embedder = LocalEmbedder(settings, open_model(settings.model), device)
    # One pass of torch for many questions costs little more than one for one. By ONNX Runtime
    # callers run side by side, and would only wait for each other.
    by_torch = device == "cuda" or settings.precision == "bfloat16"
    return BatchingEmbedder(embedder) if by_torch else embedder


def _device(settings: EmbedderSettings) -> str:
    """Where the model runs. An automatic choice goes by what a precision can run on."""
    match settings.device, settings.precision:
        case "cpu", _:
            return "cpu"
        case "cuda", "int8":
            raise EmbedderError(
                "the embedder runs int8 on the processor only; set the device to cpu or auto, or "
                "the precision to auto"
            )
        case "auto", "int8":
            return "cpu"
        case "auto", _:
            return "cuda" if cuda_is_there() else "cpu"
        case "cuda", _ if cuda_is_there():
            return "cuda"
        case "cuda", _:
            raise EmbedderError("torch sees no CUDA device; set the device to auto or cpu")
        case other, _:
            raise EmbedderError(f"embedder device {other!r} is unknown; use auto, cpu or cuda")
