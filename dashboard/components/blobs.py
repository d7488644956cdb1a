"""A blob, drawn as what it is: JSON, text, an image, or bytes."""

import streamlit as st

from dashboard import text
from services.short_term.blobs import Blob

SHOWN = 4_000
"""Characters; more is shown by Inspect."""
WIDEST = 420
"""Pixels of an image in a transcript."""
_NAMES = {"json": "JSON", "text": "text", "image": "image", "binary": "bytes", "nothing": "null"}


def badge(blob: Blob) -> None:
    """What the blob is, in a word, and how large."""
    written = " in base64" if blob.base64 else ""
    kind = blob.images[0].format if blob.kind == "image" else _NAMES[blob.kind]
    st.badge(f"blob: {kind}{written}, {size(blob.size)}", color="gray")


def size(number: int) -> str:
    """`812 B`, `34.1 kB`, `5.2 MB`."""
    if number < 1_000:
        return f"{number} B"
    return f"{number / 1_000:.1f} kB" if number < 1_000_000 else f"{number / 1_000_000:.1f} MB"


def body(blob: Blob, limit: int = SHOWN) -> None:
    """The content: images from their bytes, everything else as literal text."""
    for image in blob.images:
        st.image(
            image.data,
            width=min(image.width, WIDEST),
            alt="An image that was stored in the event",
        )
        st.caption(f"{image.format}, {image.width:,} × {image.height:,} pixels")
    if blob.refused:
        st.caption(text.label(blob.refused, 200))
    if blob.text:
        language = "json" if blob.kind == "json" else None
        st.code(text.visible(blob.text)[:limit], language=language, wrap_lines=blob.kind != "binary")
        if len(blob.text) > limit:
            st.caption(f"The first {limit:,} of {len(blob.text):,} characters; Inspect shows all.")
        elif blob.kind == "binary" and blob.size > 256:
            st.caption(f"The first 256 of {blob.size:,} bytes.")
