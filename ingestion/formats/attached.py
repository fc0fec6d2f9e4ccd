"""Names for what is attached: whatever a sender wrote, made safe to be part of a path."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from ingestion.formats.text import one_line
from ingestion.types import Attachment

NAME_CHARACTERS = 120  # a file system takes 255 bytes, and a character may take four

_NOT_IN_A_NAME = re.compile(r'[\x00-\x1f\x7f<>:"|?*!\u200e\u200f\u202a-\u202e\u2066-\u2069]')


def named_apart(attachments: Iterable[Attachment]) -> Iterator[Attachment]:
    """The same, each under a safe name of its own."""
    taken: set[str] = set()
    for attachment in attachments:
        safe = PurePosixPath(_safe(attachment.name) or "attachment")
        name, number = safe.name, 1
        while name.casefold() in taken:
            number += 1
            name = f"{safe.stem} ({number}){safe.suffix}"
        taken.add(name.casefold())
        yield replace(attachment, name=name)


def message_name(subject: str) -> str:
    """A mail's name as a file: its subject."""
    stem = _safe(subject.replace("/", "-").replace("\\", "-")).removesuffix(".eml")
    return f"{stem or 'message'}.eml"


def _safe(name: str) -> str:
    """The last part of a name on any system, without what no file name may hold."""
    last = re.split(r"[/\\]", name.rstrip("/\\"))[-1]
    cleaned = _NOT_IN_A_NAME.sub("", one_line(last)).strip(" .")
    stem, dot, extension = cleaned.rpartition(".")
    if not dot or len(extension) > 10:  # noqa: PLR2004 - no extension is longer
        return cleaned[:NAME_CHARACTERS].strip(" .")
    return f"{stem[: NAME_CHARACTERS - len(extension) - 1].rstrip(' .')}.{extension}"
