"""Blobs: told apart by their bytes, images only below limits, nothing taken for base64 that is a word."""

from __future__ import annotations

import base64
import io
import json
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from services.short_term import blobs


def picture(kind: str, width: int = 40, height: int = 30) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(buffer, kind)
    return buffer.getvalue()


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_four_kinds_of_images_are_recognised_by_their_bytes(kind: str) -> None:
    data = picture(kind)
    for written in (encoded(data), f"data:image/anything;base64,{encoded(data)}"):
        blob = blobs.read(written)
        assert (blob.kind, blob.base64, blob.text) == ("image", True, "")
        [image] = blob.images
        assert (image.data, image.format, image.width, image.height) == (data, kind, 40, 30)


def test_other_images_are_never_shown() -> None:
    for kind in ("BMP", "TIFF", "ICO"):
        assert blobs.read(encoded(picture(kind))).images == ()
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    blob = blobs.read(f"data:image/svg+xml;base64,{encoded(svg)}")
    assert (blob.kind, blob.images, blob.text) == ("text", (), svg.decode())


def test_an_image_inside_a_document_is_found() -> None:
    document: dict[str, Any] = {"image": {"format": "png", "source": {"bytes": encoded(picture("PNG"))}}}
    for written in (document, json.dumps(document)):
        blob = blobs.read(written)
        assert blob.kind == "json"
        assert [image.format for image in blob.images] == ["PNG"]
        source = json.loads(blob.text)["image"]["source"]
        assert "PNG image, shown above" in source["bytes"]
        assert blob.size > len(document["image"]["source"]["bytes"])


def test_a_document_nested_too_deeply_is_said() -> None:
    document: Any = "core"
    for _ in range(20_000):
        document = [document]
    assert "too deeply" in blobs.read(document).text


def test_only_a_few_images_of_a_document_are_taken() -> None:
    blob = blobs.read([encoded(picture("PNG", 40 + number)) for number in range(9)])
    assert len(blob.images) == blobs.MAX_IMAGES


def test_a_picture_of_too_many_pixels_is_refused() -> None:
    png = bytearray(picture("PNG"))
    png[16:24] = struct.pack(">II", 60_000, 60_000)
    blob = blobs.read(encoded(bytes(png)))
    assert blob.images == ()
    assert blob.refused


def test_a_picture_of_too_many_bytes_is_refused() -> None:
    blob = blobs.read(encoded(picture("PNG") + b"\0" * blobs.MAX_IMAGE_BYTES))
    assert blob.images == ()
    assert blob.refused
    assert "bytes" in blob.refused


def test_what_only_begins_like_an_image_is_bytes() -> None:
    blob = blobs.read(encoded(b"\x89PNG\r\n\x1a\n" + b"nonsense" * 8))
    assert (blob.kind, blob.images) == ("binary", ())
    assert blob.refused


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        ({"a": [1, None]}, "json", '{\n  "a": [\n    1,\n    null\n  ]\n}'),
        ('{"a": 1}', "json", '{\n  "a": 1\n}'),
        ("plain words", "text", "plain words"),
        ("getMemoryRecordsOfActor1", "text", "getMemoryRecordsOfActor1"),
        ("d41d8cd98f00b204e9800998ecf8427e", "text", "d41d8cd98f00b204e9800998ecf8427e"),
        (7, "json", "7"),
        (None, "nothing", "null"),
        (encoded(b'{"hidden": true}'), "json", '{\n  "hidden": true\n}'),
        (encoded("grüße aus base64".encode()), "text", "grüße aus base64"),
    ],
)
def test_documents_and_texts_are_told_apart(value: Any, kind: str, text: str) -> None:
    blob = blobs.read(value)
    assert (blob.kind, blob.text) == (kind, text)


def test_bytes_are_shown_as_digits() -> None:
    blob = blobs.read(encoded(bytes(range(200)) + b"Hi"))
    assert (blob.kind, blob.size, blob.base64) == ("binary", 202, True)
    assert blob.text.splitlines()[0] == (
        "00000000  00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f  ................"
    )


@given(st.recursive(st.none() | st.text() | st.integers(), st.lists, max_leaves=8))
def test_any_document_can_be_read(document: Any) -> None:
    assert blobs.read(document).kind in {"json", "text", "image", "binary", "nothing"}


@given(st.binary(max_size=300))
def test_any_bytes_can_be_read(data: bytes) -> None:
    for magic in (b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"RIFF\0\0\0\0WEBP"):
        blobs.read(f"data:x/y;base64,{encoded(magic + data)}")
