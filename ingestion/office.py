"""Old Word files to DOCX, through the LibreOffice program; the one file that runs it."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from indexes.errors import ParseError
from ingestion.limits import ProgramLimits
from ingestion.programs import run_limited

PACKAGE = "libreoffice-writer-nogui"  # in Debian
LIMITS = ProgramLimits()
# Very high (3): only macros from trusted places run, and there are none. Conversion runs no macro
# anyhow, and a document's links are never (2) followed.
_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop>
<prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Writer/Content/Update">
<prop oor:name="Link" oor:op="fuse"><value>2</value></prop></item>
</oor:items>
"""


class LibreOffice:
    """The program. Each conversion has a profile of its own, so that any number may run at once."""

    def __init__(self, program: str, limits: ProgramLimits = LIMITS) -> None:
        self._program = program
        self._limits = limits

    @classmethod
    def find(cls) -> Self | None:
        """The program on the search path, or None where it is not installed."""
        program = shutil.which("soffice") or shutil.which("libreoffice")
        return None if program is None else cls(program)

    def to_docx(self, content: bytes) -> bytes:
        """A Word 97 to 2003 file (.doc) as DOCX.

        Raises ParseError, which begins with a program's name, where it fails or takes too much.
        """
        with TemporaryDirectory(prefix="footnote-office-") as made:
            folder = Path(made)
            profile = folder / "profile" / "user"
            profile.mkdir(parents=True)
            (profile / "registrymodifications.xcu").write_text(_PROFILE, "utf-8")
            (folder / "document.doc").write_bytes(content)
            run_limited(self._arguments(folder), b"", self._limits, folder)
            try:
                return (folder / "document.docx").read_bytes()
            except FileNotFoundError as exc:  # LibreOffice's exit status is 0 all the same
                raise ParseError(
                    "LibreOffice could make nothing of it; it is damaged, encrypted or older than "
                    "Word 97"
                ) from exc

    def _arguments(self, folder: Path) -> list[str]:
        return [
            *(self._program, "--headless", "--norestore", "--nolockcheck", "--nodefault"),
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            *("--convert-to", "docx:MS Word 2007 XML", "--infilter=MS Word 97"),
            *("--outdir", str(folder), str(folder / "document.doc")),
        ]
