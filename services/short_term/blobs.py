"""What is in a blob: JSON, text, an image, or other bytes that were written as base64.

A blob is any JSON document; bytes can only be in it as text. Nothing is believed but the bytes themselves: an
image is one of four kinds by its first bytes, is opened by no decoder here but for its size, and is only
shown below limits. The content is untrusted.
"""

from __future__ import annotations

import base64
import binascii
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from PIL import Image

from services import bounded_json

BlobKind = Literal["json", "text", "image", "binary", "nothing"]

MAX_BASE64 = 14_000_000
"""Characters of base64 that are decoded: an event has at most 10 MB."""
MAX_IMAGE_BYTES = 5_000_000
MAX_IMAGE_PIXELS = 25_000_000
MAX_IMAGES = 4
_LEAST_BASE64 = 16
_MAGIC = {b"\x89PNG\r\n\x1a\n": "PNG", b"\xff\xd8\xff": "JPEG", b"GIF87a": "GIF", b"GIF89a": "GIF"}
_DATA_URL = re.compile(r"data:[\w.+-]+/[\w.+-]+(?:;[\w.+=-]+)*;base64,", re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")


@dataclass(frozen=True)
class BlobImage:
    """An image that may be shown: `format` is PNG, JPEG, GIF or WEBP, sizes are in pixels."""

    data: bytes
    format: str
    width: int
    height: int


@dataclass(frozen=True)
class Blob:
    """A blob, read. `text` is what a person reads (empty for images), `size` the bytes of the content.

    `base64`: it was written as base64. `images` are those that the blob is or holds, `refused` says why an
    image that was recognised is not shown.
    """

    kind: BlobKind
    text: str
    size: int
    base64: bool = False
    images: tuple[BlobImage, ...] = ()
    refused: str | None = None


def read(value: Any) -> Blob:
    """Read a blob as ListEvents returns it."""
    if value is None:
        return Blob("nothing", "null", 0)
    if not isinstance(value, str):
        return _document(value)
    document = _json_of(value)
    if isinstance(document, (dict, list)):
        return _document(document)
    data = _bytes_of(value)
    if data is not None:
        return _of_bytes(data)
    return Blob("text", value, len(value.encode("utf-8", "replace")))


def _document(document: Any) -> Blob:
    """A JSON document, with the images that some of its texts are (as in a Converse message).

    Where an image stands, the document's text says so instead of the base64.
    """
    if bounded_json.nested_deeper(document):
        return Blob("json", "This document is nested too deeply to be shown.", 0)
    text = json.dumps(document, ensure_ascii=False, indent=2, default=str)
    length = len(text.encode("utf-8", "replace"))
    images: list[BlobImage] = []
    refused: str | None = None
    for encoded in _long_texts(document):
        data = _bytes_of(encoded)
        image = _image(data) if data is not None else None
        if isinstance(image, BlobImage) and len(images) < MAX_IMAGES:
            images.append(image)
            told = f"({image.format} image, shown above; {len(encoded):,} characters)"
            text = text.replace(json.dumps(encoded, ensure_ascii=False), json.dumps(told))
        elif isinstance(image, str):
            refused = image
    return Blob("json", text, length, images=tuple(images), refused=refused)


def _of_bytes(data: bytes) -> Blob:
    image = _image(data)
    if isinstance(image, BlobImage):
        return Blob("image", "", len(data), True, (image,))
    if isinstance(image, str):
        return Blob("binary", _dump(data), len(data), True, refused=image)
    text = _readable(data)
    if text is None:
        return Blob("binary", _dump(data), len(data), True)
    document = _json_of(text)
    if isinstance(document, (dict, list)):
        shown = json.dumps(document, ensure_ascii=False, indent=2)
        return Blob("json", shown, len(data), True)
    return Blob("text", text, len(data), True)


def _bytes_of(text: str) -> bytes | None:
    """The bytes that a text is the base64 of; None when it is a text, or too long to decode."""
    if len(text) > MAX_BASE64:
        return None
    prefix = _DATA_URL.match(text)
    body = "".join(text[prefix.end() if prefix else 0 :].split())
    if len(body) < _LEAST_BASE64 or not _BASE64.fullmatch(body):
        return None
    padded = body if body.endswith("=") else body + "=" * (-len(body) % 4)
    try:
        data = base64.b64decode(padded.translate(str.maketrans("-_", "+/")), validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if prefix or _meant(body, data) else None


def _meant(body: str, data: bytes) -> bool:
    """Whether a text is base64 on purpose: words and ids (`getMemoryRecords`, a hash) decode to noise too."""
    return (
        format_of(data) is not None or _readable(data) is not None or (len(body) >= 64 and "=" in body[-2:])
    )


def format_of(data: bytes) -> str | None:
    """PNG, JPEG, GIF or WEBP by the first bytes, else None."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    return next((name for magic, name in _MAGIC.items() if data.startswith(magic)), None)


def _image(data: bytes) -> BlobImage | str | None:
    """The image, None for no image, or a sentence why this one is not shown."""
    kind = format_of(data)
    if kind is None:
        return None
    if len(data) > MAX_IMAGE_BYTES:
        return f"A {kind} image of {len(data):,} bytes is not shown; at most {MAX_IMAGE_BYTES:,} are."
    try:
        with Image.open(io.BytesIO(data), formats=(kind,)) as opened:  # reads the header only
            width, height = opened.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return f"It begins as a {kind} image does but cannot be read as one."
    if width * height > MAX_IMAGE_PIXELS:
        return f"A {kind} image of {width:,} × {height:,} pixels is too large to show."
    return BlobImage(data, kind, width, height)


def _readable(data: bytes) -> str | None:
    """Bytes as text; None when they are no UTF-8 or hold control characters."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if all(mark.isprintable() or mark in "\n\r\t" for mark in text) else None


def _dump(data: bytes, lines: int = 16) -> str:
    """The first bytes as hexadecimal digits and characters, sixteen a line."""
    rows = [data[start : start + 16] for start in range(0, min(len(data), lines * 16), 16)]
    return "\n".join(
        f"{number * 16:08x}  {row.hex(' '):<47}  "
        + "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        for number, row in enumerate(rows)
    )


def _long_texts(document: Any) -> Iterator[str]:
    """The texts in a document that are long enough to be an image."""
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += reversed(list(value.values()))
        elif isinstance(value, list):
            waiting += reversed(value)
        elif isinstance(value, str) and len(value) > 64:
            yield value


def _json_of(text: str) -> Any:
    try:
        return bounded_json.read(text)
    except ValueError:
        return None
