"""Stock unstructured, strategy "fast", offline: PDF bytes to text.

It needs packages that Footnote does not install, as the first of them would replace torch; see
requirements.txt beside this file.
"""

import importlib
import io
import os
from functools import cache
from importlib.util import find_spec
from typing import Any

from indexes.errors import ConfigurationError, ParseError

# Without the last of them unstructured finds no element in any file, and does not say why.
_NEEDED = ("pdfminer", "unstructured_inference", "pi_heif", "cv2", "pikepdf")


def read(content: bytes, path: str) -> str:
    """The text of all elements, in their order; ParseError for whatever unstructured raises."""
    partition = _partition_pdf()
    try:
        elements = partition(file=io.BytesIO(content), strategy="fast")
    except Exception as exc:  # unstructured and what it stands on raise errors of every kind
        raise ParseError(f"unstructured cannot read {path} ({type(exc).__name__}: {exc})") from exc
    return "\n".join(element.text for element in elements)


@cache
def _partition_pdf() -> Any:
    """The function as it stands; only the spaCy model that it would download is a blank one.

    That is the smaller model, so it makes this peer faster. ConfigurationError where it is not
    installed.
    """
    for variable in ("DO_NOT_TRACK", "SCARF_NO_ANALYTICS", "UNSTRUCTURED_DISABLE_NOTICE"):
        os.environ[variable] = "1"
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise ConfigurationError(
            f"stock unstructured cannot be run without {', '.join(missing)}; install "
            "evals/bench/peers/requirements.txt into a folder of its own with "
            "`pip install --no-deps --target FOLDER -r FILE` and pass --peers FOLDER"
        )
    spacy = importlib.import_module("spacy")
    tokenize = importlib.import_module("unstructured.nlp.tokenize")
    pdf = importlib.import_module("unstructured.partition.pdf")

    def blank_pipeline() -> Any:
        pipeline = spacy.blank("en")
        pipeline.add_pipe("sentencizer")
        return pipeline

    vars(tokenize)["_load_spacy_model"] = blank_pipeline
    return pdf.partition_pdf
