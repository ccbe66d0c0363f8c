"""Bytes → media type: signature first, extension second.

Reads at most a few mebibytes from the ends of the file and unpacks nothing, so
the web process may call it on anything. The type it names has a parser; every
other file ends in an error that says what it is and what can be done.
"""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path, PurePath

from . import ocr
from .compound import root_names
from .encoding import wide_encoding
from .errors import CorruptSource, EmptySource, EncryptedSource, UnsupportedType

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
DOC = "application/msword"
PPT = "application/vnd.ms-powerpoint"
MSG = "application/vnd.ms-outlook"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
XLSB = "application/vnd.ms-excel.sheet.binary.macroenabled.12"
XLS = "application/vnd.ms-excel"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
ODT = "application/vnd.oasis.opendocument.text"
ODP = "application/vnd.oasis.opendocument.presentation"
EPUB = "application/epub+zip"
RTF = "application/rtf"
HTML = "text/html"
MARKDOWN = "text/markdown"
CSV = "text/csv"
TSV = "text/tab-separated-values"
TEXT = "text/plain"
XML = "application/xml"
EML = "message/rfc822"

PNG = "image/png"
JPEG = "image/jpeg"
TIFF = "image/tiff"
WEBP = "image/webp"
GIF = "image/gif"
BMP = "image/bmp"
HEIF = "image/heif"
PICTURES = frozenset({PNG, JPEG, TIFF, WEBP, GIF, BMP, HEIF})
HOLD_PICTURES = frozenset({DOCX, PPTX})  # where pictures stand inside the text, and none stands for a page

# Libraries that not every machine has a build of, or that an operator may leave out.
READS_OLD_OFFICE = find_spec("office_oxide") is not None
READS_HEIF = find_spec("pillow_heif") is not None


def _supported() -> str:
    word, slides = ("DOCX, DOC", "PPTX, PPT") if READS_OLD_OFFICE else ("DOCX", "PPTX")
    texts = (
        f"Supported are PDF, Word ({word}), PowerPoint ({slides}), Excel (XLSX, XLSB, XLS), OpenDocument (ODT, "
        "ODP, ODS), RTF, EPUB, HTML, XML, Markdown, CSV, TSV, e-mail (EML, MSG)"
    )
    if not ocr.is_installed():
        return f"{texts} and plain text."
    phones = "HEIC, " if READS_HEIF else ""
    return f"{texts}, plain text, and pictures of text (PNG, JPEG, {phones}TIFF, WebP, GIF, BMP)."


SUPPORTED = _supported()
_HEAD_BYTES = 64 << 10
_TAIL_BYTES = 1 << 20

_TYPES_BY_EXTENSION = {
    "htm": HTML, "html": HTML, "xhtml": HTML, "shtml": HTML, "xht": HTML,
    "md": MARKDOWN, "markdown": MARKDOWN, "mdown": MARKDOWN, "mkd": MARKDOWN,
    "csv": CSV, "tsv": TSV, "tab": TSV, "eml": EML,
    "xml": XML, "nxml": XML, "dita": XML, "fb2": XML, "rss": XML, "atom": XML,
}  # fmt: skip
# Formats whose bytes have a signature: without it the name is wrong, or the file is broken.
_SIGNED_EXTENSIONS = frozenset({
    "bmp", "doc", "docm", "docx", "epub", "gif", "heic", "heif", "jpeg", "jpg", "msg", "odp", "ods", "odt", "pdf",
    "png", "ppt", "pptm", "pptx", "rtf", "tif", "tiff", "webp", "xls", "xlsb", "xlsm", "xlsx", "zip",
})  # fmt: skip
_PICTURE_SIGNATURES = (
    (b"\x89PNG", "a PNG picture", PNG), (b"\xff\xd8\xff", "a JPEG picture", JPEG), (b"GIF8", "a GIF picture", GIF),
    (b"BM", "a bitmap picture", BMP), (b"II*\0", "a TIFF picture", TIFF), (b"MM\0*", "a TIFF picture", TIFF),
)  # fmt: skip
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_BINARY_SIGNATURES = (
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"), (b"\x1f\x8b", "a gzip archive"), (b"Rar!", "a RAR archive"),
    (b"BZh", "a bzip2 archive"), (b"\xfd7zXZ", "an XZ archive"), (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"MZ", "a Windows program"), (b"\x7fELF", "a program"), (b"ID3", "an MP3 recording"), (b"OggS", "a recording"),
    (b"fLaC", "a recording"), (b"\x1aE\xdf\xa3", "a video"), (b"SQLite format 3", "a database"),
    (b"wOFF", "a font"), (b"wOF2", "a font"), (b"\0asm", "a program"), (b"\xca\xfe\xba\xbe", "a program"),
)  # fmt: skip
_OLE_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_UNICODE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff", b"\xef\xbb\xbf")
_MARKUP = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html[\s>])", re.IGNORECASE | re.DOTALL)
_MAIL_HEADER = re.compile(rb"(?:From|Received|Return-Path|MIME-Version|Message-ID|Delivered-To): ?\S", re.IGNORECASE)


def sniff(path: Path, *, name: str) -> str:
    """The media type of the file at ``path``, which its owner calls ``name``.

    Raises EmptySource, EncryptedSource, CorruptSource or UnsupportedType with a
    sentence for that owner.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
        if not head:
            raise EmptySource("The file is empty.")
        file.seek(max(0, size - _TAIL_BYTES))
        tail = file.read(_TAIL_BYTES)
        names = root_names(file) if head.startswith(_OLE_SIGNATURE) else frozenset[str]()
    extension = PurePath(name).suffix.lstrip(".").lower()
    if b"%PDF-" in head[:1024]:
        return PDF
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _packed_type(head, tail)
    if head.startswith(_OLE_SIGNATURE):
        return _compound_type(names)
    if head.lstrip().startswith(b"{\\rtf"):
        return RTF
    if picture := _picture_type(head):
        return picture
    _refuse_binary(head)
    return _text_type(head, extension)


def _packed_type(head: bytes, tail: bytes) -> str:
    """The format inside a zip container: its first entry's name, or the names in its directory."""
    if head[30:38] == b"mimetype":
        declared = head[38 : 38 + 80]
        for media_type in (EPUB, ODS, ODT, ODP):
            if declared.startswith(media_type.encode()):
                return media_type
        if declared.startswith(b"application/vnd.oasis.opendocument"):
            raise UnsupportedType(f"This kind of OpenDocument file is not supported; save it as PDF. {SUPPORTED}")
    names = head + tail
    for mark, media_type in (
        (b"word/document", DOCX),
        (b"ppt/presentation.xml", PPTX),
        (b"xl/workbook.xml", XLSX),
        (b"xl/workbook.bin", XLSB),
        (b"META-INF/container.xml", EPUB),
    ):
        if mark in names:
            return media_type
    if b"[Content_Types].xml" in names:
        return _declared_type(names)
    raise UnsupportedType(f"Archives are not supported; upload the files inside it. {SUPPORTED}")


def _declared_type(names: bytes) -> str:
    """An Office file whose main part has an unusual name is known by its folders."""
    for folder, media_type in ((b"word/", DOCX), (b"ppt/", PPTX), (b"xl/", XLSX)):
        if folder in names:
            return media_type
    raise UnsupportedType(f"This kind of Office file is not supported; save it as PDF. {SUPPORTED}")


def _compound_type(names: frozenset[str]) -> str:
    """The format inside an OLE container, which older Office programs and Outlook write, by what its root holds."""
    if "EncryptedPackage" in names:
        raise EncryptedSource("The file is protected by a password; save a copy without it and upload that.")
    if names & {"Workbook", "Book"}:
        return XLS
    if "WordDocument" in names:
        if not READS_OLD_OFFICE:
            raise UnsupportedType(
                "Word files of the old kind (DOC) are not supported; save it as DOCX and upload that."
            )
        return DOC
    if names & {"PowerPoint Document", "PP97_DUALSTORAGE"}:
        if not READS_OLD_OFFICE:
            raise UnsupportedType(
                "PowerPoint files of the old kind (PPT) are not supported; save it as PPTX and upload that."
            )
        return PPT
    if "PP40" in names:
        raise UnsupportedType(
            "PowerPoint wrote this file before 1997, and it cannot be read; save it as PPTX and upload that."
        )
    if any(name.startswith("__substg1.0_") for name in names):
        return MSG
    if not names:
        raise CorruptSource("The file is damaged and cannot be read.")
    raise UnsupportedType(f"This kind of file is not supported. {SUPPORTED}")


def picture_type(head: bytes) -> str | None:
    """The media type of a picture that begins so; None for all that is none."""
    found = _picture(head)
    return found[1] if found else None


def _picture_type(head: bytes) -> str | None:
    """None for what is no picture; UnsupportedType where none is read."""
    found = _picture(head)
    if found and not (ocr.is_installed() and (found[1] != HEIF or READS_HEIF)):
        raise UnsupportedType(f"This is {found[0]}, which is not supported. {SUPPORTED}")
    return found[1] if found else None


def _picture(head: bytes) -> tuple[str, str] | None:
    """What people call it, and its media type."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "a WebP picture", WEBP
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
        return "a HEIC picture", HEIF
    for signature, what, media_type in _PICTURE_SIGNATURES:
        if head.startswith(signature):
            return None if len(signature) == 2 and _is_text(head) else (what, media_type)
    return None


def _refuse_binary(head: bytes) -> None:
    for signature, what in _BINARY_SIGNATURES:
        if head.startswith(signature) and not (len(signature) == 2 and _is_text(head)):
            raise UnsupportedType(f"This is {what}, which is not supported. {SUPPORTED}")
    if head[257:262] == b"ustar":
        raise UnsupportedType(f"Archives are not supported; upload the files inside it. {SUPPORTED}")
    if head[:4] == b"RIFF" or head[4:8] == b"ftyp":
        raise UnsupportedType(f"This is a picture, recording or video, which is not supported. {SUPPORTED}")


def _text_type(head: bytes, extension: str) -> str:
    if extension in _SIGNED_EXTENSIONS:
        raise CorruptSource(f"The file is named .{extension} but does not hold that format; it may be damaged.")
    if not _is_text(head):
        raise UnsupportedType(f"This kind of file is not supported. {SUPPORTED}")
    if extension in {"svg", "svgz"}:
        raise UnsupportedType(f"Pictures (SVG) are not supported. {SUPPORTED}")
    if known := _TYPES_BY_EXTENSION.get(extension):
        return known
    if _MARKUP.match(head) and extension not in {"txt", "text"}:
        return HTML
    if not extension and _MAIL_HEADER.match(head):
        return EML
    return TEXT


def _is_text(head: bytes) -> bool:
    """Whether these bytes may be text in some encoding: few control characters, NULs only as UTF-16 or UTF-32 has."""
    if head.startswith(_UNICODE_MARKS) or wide_encoding(head):
        return True
    controls = sum(head.count(byte) for byte in range(32) if byte not in (8, 9, 10, 12, 13, 26, 27))
    return controls * 50 <= len(head) and head.count(0) * 500 <= len(head)
