"""Settings of ingestion: how much a run may use, what it draws, and when it is not believed."""

import os
from typing import Annotated

from pydantic import Field

from indexes.settings import IndexSettings
from ingestion.guards import Guards
from ingestion.limits import MEBIBYTE, Limits

# One thread more than this seldom pays: the embedder wants the processor too.
_MOST_THREADS = 4

Share = Annotated[float, Field(ge=0, le=1)]


class IngestionSettings(IndexSettings):
    """Read like IndexSettings, from FOOTNOTE_* and the same file."""

    threads: Annotated[int, Field(ge=0, le=64)] = 0
    page_images: bool = True
    page_dpi: Annotated[int, Field(ge=36, le=300)] = 100
    ocr: bool = True
    ocr_languages: str = "eng+vie+chi_sim"
    ocr_dpi: Annotated[int, Field(ge=100, le=600)] = 300
    parse_seconds: Annotated[int, Field(ge=1)] = 60
    parse_memory_mib: Annotated[int, Field(ge=512)] = 4096
    max_file_mib: Annotated[int, Field(ge=1)] = 256
    keep_snapshots: Annotated[int, Field(ge=1)] = 14
    max_deleted_share: Share = 0.3
    max_failed_share: Share = 0.05
    min_free_mib: Annotated[int, Field(ge=0)] = 256

    @property
    def parsers(self) -> int:
        """How many files are read at once."""
        return self.threads or min(_MOST_THREADS, os.cpu_count() or 1)

    @property
    def limits(self) -> Limits:
        """What one file may cost."""
        return Limits(
            wall_seconds=self.parse_seconds,
            cpu_seconds=self.parse_seconds,
            memory_bytes=self.parse_memory_mib * MEBIBYTE,
            input_bytes=self.max_file_mib * MEBIBYTE,
        )

    @property
    def guards(self) -> Guards:
        """When a run is not published."""
        return Guards(
            max_deleted_share=self.max_deleted_share,
            max_failed_share=self.max_failed_share,
            free_bytes=self.min_free_mib * MEBIBYTE,
        )
