"""Messages written in HTML as plain text, without the mail that they quote."""

from __future__ import annotations

import re

MAX_TEXT = 200_000
"""Characters of one message that are read: what is longer is a log that somebody pasted."""
_HIDDEN = (
    "script, style, head, template, .gmail_quote, .gmail_extra, .yahoo_quoted, .moz-cite-prefix,"
    " blockquote[type=cite], #divRplyFwdMsg, #appendonsend, .zendesk_quoted, .freshdesk_quote,"
    " .js-signatureMarker"
)
_BLOCKS = re.compile(
    r"(?i)<(?:br|/?(?:p|div|li|tr|blockquote|h[1-6]|ul|ol|table|pre|section))\b[^>]{0,2000}>"
)
_ITEMS = re.compile(r"(?i)<li\b[^>]{0,2000}>")
_TAG = re.compile(
    r"(?i)</?(?:p|br|div|span|a|b|i|em|strong|ul|ol|li|table|html|body|blockquote|img)\b[^<>]*>"
)
_SPACES = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"\n{3,}")
_BREAK, _ITEM = "\ue000", "\ue001"


def plain_text(text: str, *, html: bool | None = None) -> str:
    """The text that a reader sees; `html` None: it is told from the text."""
    text = text[:MAX_TEXT]
    if html is None:
        html = "<" in text and _TAG.search(text) is not None
    if not html:
        return text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if "<" not in text and "&" not in text:
        return text.strip()
    return _seen(text)


def _seen(markup: str) -> str:
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(markup)
    for node in tree.css(_HIDDEN):
        node.decompose()
    body = tree.body
    if body is None:
        return ""
    marked = _BLOCKS.sub(_BREAK, _ITEMS.sub(_ITEM, body.html or ""))
    seen = LexborHTMLParser(marked).body
    flat = _SPACES.sub(" ", (seen.text() if seen else "").replace("\n", " "))
    lines = (line.strip() for line in flat.replace(_ITEM, "\n- ").replace(_BREAK, "\n").split("\n"))
    return _LINES.sub("\n\n", "\n".join(line for line in lines if line != "-")).strip()
