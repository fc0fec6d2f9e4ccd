"""What a file holds by its first bytes, whatever its name says."""

import io
import zipfile

from indexes.errors import ParseError
from ingestion.formats.text import BYTE_ORDER_MARKS

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SIGNATURES = (
    (b"%PDF-", "a PDF document"),
    (_ZIP, "a ZIP archive (DOCX, XLSX, PPTX)"),
    (_OLE, "an OLE container (DOC, XLS, PPT)"),
    (b"{\\rtf", "an RTF document"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"\x1f\x8b", "a GZIP archive"),
)
_PDF_HEADER_WITHIN = 1024  # bytes; readers accept junk before the header (ISO 32000-1, annex H)
_ENCRYPTED_OFFICE = "EncryptedPackage".encode("utf-16-le")  # the stream's name, MS-OFFCRYPTO 2.3.4
_MAIL_STREAM = "__properties_version1.0".encode("utf-16-le")  # MS-OXMSG 2.4
# Every format that is a ZIP archive, and what only such an archive holds.
_PACKAGES = {
    "docx": "word/",
    "pptx": "ppt/",
    "xlsx": "xl/",
    "epub": "META-INF/container.xml",
    "odt": "content.xml",
}


def check_content(content: bytes, path: str, extension: str) -> None:
    """Raise ParseError where ``content`` is plainly of another format, encrypted or cut short."""
    if extension in _PACKAGES and content.startswith(_ZIP):
        _check_package(content, path, extension)
        return
    if _ENCRYPTED_OFFICE in content and extension in _PACKAGES:
        raise ParseError(f"{path} is encrypted (password-protected); save it unprotected")
    held = _held(content, extension)
    if held:
        raise ParseError(f"{path} is named .{extension} but holds {held}; rename it")


def _held(content: bytes, extension: str) -> str | None:
    """What the content is, in words, or None where it may be what its name says."""
    known = next((name for start, name in _SIGNATURES if content.startswith(start)), None)
    if extension == "pdf":
        return None if b"%PDF-" in content[:_PDF_HEADER_WITHIN] else known or "something else"
    if extension == "msg":
        is_mail = content.startswith(_OLE) and _MAIL_STREAM in content
        return None if is_mail else known or "something else"
    if extension == "rtf":
        return None if content.lstrip().startswith(b"{\\rtf") else known or "something else"
    if extension in _PACKAGES:
        return known or "something else"
    marked = content.startswith(BYTE_ORDER_MARKS)
    # A mail may carry bytes of any kind in an 8-bit part.
    binary = b"\0" in content and not marked and extension not in {"eml", "mbox", "mht", "mhtml"}
    return known or ("binary data" if binary else None)


def _check_package(content: bytes, path: str, extension: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as exc:
        raise ParseError(f"{path} is damaged or cut short ({exc}); save it again") from exc
    if any(name.startswith(_PACKAGES[extension]) for name in names):
        return
    for kind, part in _PACKAGES.items():
        if any(name.startswith(part) for name in names):
            raise ParseError(f"{path} is named .{extension} but holds a .{kind}; rename it")
