"""Bytes → text: byte-order marks, UTF-8, UTF-16 and UTF-32 without marks, then the likeliest older encoding.

Older encodings are told apart by decoding a sample in each and asking whether the
letters that come out are the common ones of a language written in it; statistics
of bytes alone fail on the short files people have.
"""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# UTF-8 that was taken for Latin-1 and encoded again leaves control characters that no text has.
_TWICE_ENCODED = re.compile("[\u00c2-\u00f4][\u0080-\u00bf]{0,2}[\u0080-\u009f][\u0080-\u00bf]{0,2}")
_SAMPLE_BYTES = 64 << 10
_LEGACY = (
    "cp1252", "iso2022_jp", "shift_jis", "cp932", "euc_jp", "gb18030", "big5", "euc_kr",
    "cp1251", "koi8_r", "cp866", "cp1253", "cp1255", "cp1256", "cp1250", "cp1254",
)  # fmt: skip
_COMMON = re.compile(
    "[的一是不了在人有我他这個个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年"
    "過发後后作里用道行所然家種种事成方多经经去法学學如都同现当沒没動动面起看定天分还進进好小部其些主样理心她本前開开但因只从想实日"
    "文字中英語语言電电時時間國說話"
    "\u3041-\u3096\u30a1-\u30fa\u30fc"
    "이그는을를에의다가고한하지로은도서인기사자리시라어대나"
    "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфОЕАИНТСРВЛКМДПУЯ"
    "α-ωά-ώΑ-Ω"
    "אבגדהוזחטיךכלםמןנסעףפץצקרשת"
    "ابتةثجحدذرزسشصضطظعغفقكلمنهويىأإآء"
    "éèêëàâäáãåçöôóòõøüûúùïîíìñßæœÉÈÀÇÖÜÄÅØčďěňřšťůžąćęłńśźżőűğış“”‘’–—…«»€°©®™·•£§¿¡]"
)
_UNLIKELY = re.compile("[\x80-\x9f\u2500-\u259f\ue000-\uf8ff\ufffd¤¦¨¬¯±µ¶¸¹º¼½¾×÷ƒˆ˜†‡‰\uff61-\uff9f]")
# Three accented letters in a row are no word of a Latin script, but another script read wrongly.
_ACCENTS_IN_A_ROW = re.compile("[À-ÖØ-öø-ÿ]{3,}")
# Signs that never touch the end of a word's letters.
_SIGN_IN_WORD = re.compile(r"(?<=[^\W\d_])[¿¡¹²³£¥§¢¬]|ς(?=[α-ω])|[ךםןףץ](?=[א-ת])")
_MIXED_SCRIPTS = re.compile("[A-Za-z](?=[α-ωά-ώа-яёא-תء-ي])|[α-ωά-ώа-яёא-תء-ي](?=[A-Za-z])")
_FREQUENT = re.compile("[оеаинтαοιετσνςיוהלאמתايلمنوة的是不了一在人有]")
_WRONG_CASE = re.compile(r"(?<=[^\W\d_])(?<=[a-zа-яёα-ω])[А-ЯЁΑ-ΩÀ-Ý]")
_CODE_PAGES = {65001: "utf-8", 20127: "ascii", 54936: "gb18030", 20866: "koi8-r", 21866: "koi8-u", 50220: "iso2022_jp"}


def windows_encoding(number: int) -> str:
    """Python's name of what Windows numbers as a code page; "" for none."""
    if 28591 <= number <= 28606:
        return f"iso8859-{number - 28590}"
    return _CODE_PAGES.get(number) or (f"cp{number}" if number and number != 1200 else "")


def decode(content: bytes, *, declared: str = "") -> str:
    """The text; bytes that no encoding explains become U+FFFD, which cleaning drops."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    encoding = wide_encoding(content) or _trusted(declared, content) or likeliest_encoding(content)
    return _TWICE_ENCODED.sub(_mended, content.decode(encoding, errors="replace"))


def _mended(found: re.Match[str]) -> str:
    """The character that was encoded twice; what only looks so stays as it is."""
    try:
        return found[0].encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return found[0]


def likeliest_encoding(content: bytes) -> str:
    """UTF-8 when the bytes allow it, else the older encoding whose letters make most sense."""
    if _decodes(content, "utf-8"):
        return "iso2022_jp" if b"\x1b$" in content and content.isascii() else "utf-8"
    sample = _cut_to_lines(content[:_SAMPLE_BYTES])
    scored = [(_score(sample, encoding), -rank, encoding) for rank, encoding in enumerate(_LEGACY)]
    score, _, best = max(scored)
    # A few broken bytes in an otherwise fine UTF-8 file: an older encoding would break every other letter.
    return best if score > _score(sample, "utf-8", errors="replace") else "utf-8"


def _score(sample: bytes, encoding: str, *, errors: str = "strict") -> float:
    """How much sense the letters make that are not ASCII, best near 1; below -1 when it cannot be decoded."""
    try:
        text = sample.decode(encoding, errors=errors)
    except (UnicodeDecodeError, LookupError):
        return -9.0
    foreign = sum(1 for char in text if char > "\x7f")
    if not foreign:
        return -2.0
    common = len(_COMMON.findall(text))
    unlikely = len(_UNLIKELY.findall(text)) + 2 * len(_WRONG_CASE.findall(text))
    unlikely += sum(map(len, _ACCENTS_IN_A_ROW.findall(text)))
    unlikely += 2 * len(_MIXED_SCRIPTS.findall(text)) + len(_SIGN_IN_WORD.findall(text))
    return (common + len(_FREQUENT.findall(text)) / 4 - 2 * unlikely) / foreign


def wide_encoding(content: bytes) -> str:
    """UTF-16 or UTF-32 without a mark, when the NULs stand as in one and the text has no control characters; or ""."""
    encoding = _encoding_by_nulls(content)
    if not encoding:
        return ""
    text = content[: min(len(content), _SAMPLE_BYTES) // 4 * 4].decode(encoding, errors="replace")
    strange = sum(1 for char in text if char == "\ufffd" or (char < " " and char not in "\t\n\f\r"))
    return encoding if strange * 50 <= len(text) else ""


def _encoding_by_nulls(content: bytes) -> str:
    sample = content[:_SAMPLE_BYTES]
    sample = sample[: len(sample) // 4 * 4]
    if sample.count(0) * 5 < len(sample) or not sample:
        return ""
    nulls = [sample[offset::4].count(0) * 4 / len(sample) for offset in range(4)]
    if nulls[2] > 0.9 and nulls[3] > 0.9 and nulls[0] < 0.5:
        return "utf-32-le"
    if nulls[0] > 0.9 and nulls[1] > 0.9 and nulls[3] < 0.5:
        return "utf-32-be"
    return "utf-16-le" if nulls[1] + nulls[3] > nulls[0] + nulls[2] else "utf-16-be"


def _trusted(declared: str, content: bytes) -> str:
    """The declared encoding when it exists and the bytes keep it; gb2312 is read as its superset."""
    try:
        name = codecs.lookup(declared).name if declared else ""
    except LookupError:
        return ""
    name = {"gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "iso8859-1": "cp1252"}.get(name, name)
    if not name or name in {"ascii", "cp1252"} or name.startswith(("utf-16", "utf-32")):
        return ""  # declared by habit, so often false; wide ones show in the bytes
    return name if _decodes(content, name) else ""


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except (UnicodeDecodeError, ValueError):
        return False
    return True


def _cut_to_lines(sample: bytes) -> bytes:
    """The sample up to its last line break, so that no character is cut in two."""
    if len(sample) < _SAMPLE_BYTES:
        return sample
    end = sample.rfind(b"\n")
    return sample[:end] if end > 0 else sample[: len(sample) - 3]
