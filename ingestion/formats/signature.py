"""What a file holds by its first bytes, whatever its name says."""

import io
import zipfile

from indexes.errors import ParseError
from ingestion.formats.text import BYTE_ORDER_MARKS, STRAY

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
_CHECK = "; it is damaged or of another format: restore or rename it"
_OTHER = f"something else{_CHECK}"
_NO_MAIL = (
    "an OLE container without a readable mail; it is damaged, or a DOC, XLS or PPT: restore or "
    "rename it"
)
# Every format that is a ZIP archive, and what only such an archive holds.
PACKAGES = {
    "docx": "word/",
    "pptx": "ppt/",
    "xlsx": "xl/",
    "epub": "META-INF/container.xml",
    "odt": "content.xml",
}


def check_content(content: bytes, path: str, extension: str) -> None:
    """Raise ParseError where ``content`` is plainly of another format, encrypted or cut short."""
    if extension in PACKAGES and content.startswith(_ZIP):
        _check_package(content, path, extension)
        return
    if _ENCRYPTED_OFFICE in content and extension in PACKAGES:
        raise ParseError(f"{path} is encrypted (password-protected); save it unprotected")
    held = _held(content, extension)
    if held:
        raise ParseError(f"{path} is named .{extension} but holds {held}")


def _held(content: bytes, extension: str) -> str | None:
    """What the content is and what to do, or None where it may be what its name says."""
    known = next((f"{name}; rename it" for s, name in _SIGNATURES if content.startswith(s)), None)
    if extension == "pdf":
        return None if b"%PDF-" in content[:_PDF_HEADER_WITHIN] else known or _OTHER
    if extension == "msg" and content.startswith(_OLE):
        return None if _MAIL_STREAM in content else _NO_MAIL
    if extension == "rtf":
        return None if content.lstrip().startswith(b"{\\rtf") else known or _OTHER
    if extension in PACKAGES or extension == "msg":
        return known or _OTHER
    marked = content.startswith(BYTE_ORDER_MARKS)
    # A mail may carry bytes of any kind in an 8-bit part.
    text = marked or extension in {"eml", "mbox", "mht", "mhtml"}
    binary = not text and content.count(b"\0") > len(content) * STRAY
    return known or (f"binary data{_CHECK}" if binary else None)


def _check_package(content: bytes, path: str, extension: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            start = min((info.header_offset for info in archive.infolist()), default=0)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as exc:
        raise ParseError(
            f"{path} is damaged or cut short (its ZIP directory cannot be read); restore it"
        ) from exc
    if any(name.startswith(PACKAGES[extension]) for name in names):
        return
    if start > 0:  # the directory is that of an archive within this one, whose own is lost
        raise ParseError(
            f"{path} is damaged or cut short (its own ZIP directory is lost); restore it"
        )
    for kind, part in PACKAGES.items():
        if any(name.startswith(part) for name in names):
            raise ParseError(f"{path} is named .{extension} but holds a .{kind}; rename it")
