"""Find the encoding of a text file from its bytes, all of them, because one byte may decide."""

import codecs
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO, NamedTuple

from hf_sentiment.errors import SentimentError

BLOCK = 1 << 20
# Python's name for UTF-8 with or without a byte order mark.
UTF8 = "utf-8-sig"
# UTF-32 comes first, because its mark begins with that of UTF-16.
MARKS = {
    codecs.BOM_UTF8: (UTF8, "UTF-8"),
    codecs.BOM_UTF32_LE: ("utf-32", "UTF-32"),
    codecs.BOM_UTF32_BE: ("utf-32", "UTF-32"),
    codecs.BOM_UTF16_LE: ("utf-16", "UTF-16"),
    codecs.BOM_UTF16_BE: ("utf-16", "UTF-16"),
}
ASCII = bytes(range(128))
LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
NOT_LETTERS = bytes(set(range(256)) - set(LETTERS))


class Encoding(NamedTuple):
    """An encoding.

    Attributes:
        codec: its name in Python.
        title: its usual name.
        whole: whether every byte of the file belongs to it; otherwise some rows cannot be read.
        start: the place of the last of the byte order marks that the file begins with.
        why: the reason for it, for the user; empty for UTF-8.
    """

    codec: str
    title: str
    whole: bool
    start: int = 0
    why: str = ""


def find_encoding(file: BinaryIO, name: str) -> Encoding:
    """The encoding of a file: by its byte order mark, else UTF-8, else cp1252, which includes what latin-1 can print.

    A file is UTF-8 if at least half of its lines beyond ASCII are; its other lines are damaged. charset_normalizer was
    tried: it calls English, French and German reviews in cp1252 cp1250 or ISO 8859-10, which changes their letters.

    Args:
        file: the file, at its start.
        name: what messages call it.

    Raises:
        SentimentError: the encoding is another one, or the file does not keep to its byte order mark.
    """
    start = file.read(4096)
    file.seek(0)
    mark = next((mark for mark in MARKS if start.startswith(mark)), b"")
    codec, title = MARKS.get(mark, ("", ""))
    place = 0
    while mark and start.startswith(mark, place + len(mark)):
        place += len(mark)
    if title in ("UTF-16", "UTF-32"):
        if not _decodes(file, codec):
            raise SentimentError(f"{name} begins as {title}, and is damaged: save it again, as UTF-8.")
        return Encoding(codec, title, True, place, f"it begins with the byte order mark of {title}")
    if start.count(0) * 3 > len(start):
        raise SentimentError(
            f"{name} is no plain text; it may be UTF-16 without a byte order mark: iconv -f UTF-16LE -t UTF-8 {name} "
            "makes it UTF-8."
        )
    if _decodes(file, "utf-8"):
        return Encoding(UTF8, "UTF-8", True, place)
    file.seek(0)
    if codec or _mostly_utf8(file, name):
        return Encoding(UTF8, "UTF-8", False, place)
    return Encoding("cp1252", "cp1252", False, why="it is not UTF-8")


def _decodes(file: BinaryIO, codec: str) -> bool:
    decoder = codecs.getincrementaldecoder(codec)()
    try:
        for block in iter(partial(file.read, BLOCK), b""):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _mostly_utf8(file: BinaryIO, name: str) -> bool:
    """Whether a file is UTF-8 but for some lines; if not, it is checked to be in a language of western Europe."""
    good = bad = letters = others = 0
    for line in _lines_beyond_ascii(file):
        try:
            line.decode()
            good += 1
        except UnicodeDecodeError:
            bad += 1
            letters += len(line.translate(None, delete=NOT_LETTERS))
            others += len(line.translate(None, delete=ASCII))
    if good >= bad:
        return True
    # In these languages, fewer than one letter in five has an accent; in Cyrillic, Greek or Chinese, most bytes are
    # beyond ASCII.
    if others * 2 > letters:
        raise SentimentError(
            f"{name} is neither UTF-8 nor cp1252 (Western European): convert it to UTF-8 with iconv -f ENCODING -t "
            f"UTF-8 {name}, where ENCODING is, for example, CP1251 (Cyrillic) or GB18030 (Chinese)."
        )
    return False


def _lines_beyond_ascii(file: BinaryIO) -> Iterator[bytes]:
    for line in iter(partial(file.readline, BLOCK), b""):
        if not line.isascii():
            yield line
