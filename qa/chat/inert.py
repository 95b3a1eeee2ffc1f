"""Text on its way into HTML: whatever a document, a file name or a reader says stays text."""

from __future__ import annotations

import re
from html import escape

# Glyphs of symbol fonts that old slides use for bullets have no shape in other fonts. The character stays in
# the page's text, so that a quote remains the original; the style sheet draws a bullet in its place.
_PRIVATE = re.compile(r"([\ue000-\uf8ff])")
# Marks that turn the direction of writing: a name that holds one is not what it looks like.
_TURNS = re.compile(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def text(plain: str) -> str:
    """Escaped for HTML, and for the page's own templates, which know `{` and `$`."""
    safe = escape(plain).replace("{", "&#123;").replace("$", "&#36;").replace("`", "&#96;")
    return _PRIVATE.sub(r'<span class="glyph">\1</span>', safe)


def attribute(plain: str) -> str:
    """As `text`, for the inside of a quoted attribute."""
    return text(_PRIVATE.sub("・", plain)).replace("\n", "&#10;")


def name(plain: str) -> str:
    """As `text`, for the name of a file: what would turn or break the line is shown as �."""
    return text(_TURNS.sub("\ufffd", "".join(c if c.isprintable() or c == "　" else "\ufffd" for c in plain)))
