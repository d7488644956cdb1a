"""The only door for untrusted text: whatever an agent, its users or an AWS error wrote.

Streamlit renders Markdown in bodies, labels, tooltips and toasts, and a Markdown image is fetched by the
reader's browser. So bodies go through `plain` (st.text never parses anything) and the few places that only
take a label go through `label`. While the viewer's switch is on, sensitive text is masked here, whole, before
anything is cut off; only an `identifier` stays what it is, since it is there to be copied.
"""

import re
import string
from collections.abc import Sequence

import streamlit as st

from dashboard import masking
from services.chat.characters import whole

ZERO_WIDTH_SPACE = "\u200b"
_ESCAPED = str.maketrans({mark: f"\\{mark}" for mark in string.punctuation})
_BIDI_CONTROLS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F])


def plain(body: str, *, limit: int = 20_000) -> None:
    """Shows text literally, line breaks kept; longer than `limit` characters it is cut and says so."""
    shown = visible(body)
    st.text(shown[:limit])
    if len(shown) > limit:
        st.caption(f"The first {limit:,} of {len(shown):,} characters.")


def visible(body: str) -> str:
    """The text as this viewer may see it, without characters that reverse or hide what is read (bidirectional
    controls, NUL) and without halves of characters, which no browser can be sent."""
    return straight(masking.words(body))


def straight(body: str) -> str:
    """The text without such characters and never masked: for what is kept for several viewers."""
    return whole(body).translate(_BIDI_CONTROLS).replace("\x00", "\ufffd")


def preview(body: str, limit: int = 120) -> str:
    """One line of at most `limit` characters, for table cells."""
    return _one_line(visible(body), limit)


def previews(bodies: Sequence[str], limit: int = 120) -> list[str]:
    """The previews of many texts, for the rows of a table."""
    return [_one_line(straight(body), limit) for body in masking.all_words(bodies)]


def _one_line(body: str, limit: int) -> str:
    line = " ".join(body.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def label(body: str, limit: int = 80) -> str:
    """Untrusted text for a label or caption: no Markdown, image, directive or link survives in it.

    Backslashes stop Markdown, HTML, LaTeX and colour directives. Bare addresses would still become links,
    which a zero-width space behind `:` and `@` and inside `www.` prevents.
    """
    escaped = preview(body, limit).translate(_ESCAPED)
    for mark in (":", "@"):
        escaped = escaped.replace(mark, mark + ZERO_WIDTH_SPACE)
    return re.sub(r"(?i)(ww)(w)", rf"\1{ZERO_WIDTH_SPACE}\2", escaped)


def identifier(body: str) -> None:
    """An id or ARN with a copy button, on one line; never masked."""
    st.code(straight(body), language=None, wrap_lines=True)
