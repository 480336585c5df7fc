"""How the things look that no engine may touch.

Quantifiers are bounded, so that 60 kB of one letter take no seconds; ⟨ and ⟩ stand for a word's two ends.
"""

# Chinese, Japanese and Korean signs count as no part of a word: they write an id without a space around it.

from __future__ import annotations

from collections.abc import Mapping

_BEFORE = r"(?<![^\W぀-ヿ一-鿿가-힣])"
_AFTER = r"(?![^\W぀-ヿ一-鿿가-힣])"
_CURRENCY = r"(?:R\$|[$€£¥₹₩₽₺]|(?:EUR|USD|GBP|CHF|PLN|SEK|NOK|DKK|CZK|BRL|MXN|CAD|AUD|JPY|CNY|TRY|INR)\b)"
_AMOUNT = r"\d{1,15}(?:[.,' \u00a0\u202f]\d{2,3}){0,5}(?:[.,]\d{1,4})?"
_TOPLEVEL = r"(?:com|org|net|io|eu|de|fr|es|it|nl|pl|pt|se|uk|co|app|dev|shop|info|ly|me|be|at|ch|gl)"
_UNIT = r"(?:kg|mg|km|cm|mm|ml|cl|kWh|kW|GB|MB|TB|kHz|MHz|GHz|Hz|mAh|px|dpi|W|V|°C|°F|°)"
_ADDRESS_END = r"[^\s<>\".,;:!?)\]}'»”]"

_ALTERNATIVES: Mapping[str, tuple[str, ...]] = {
    "token": (r"(?i:xph\d{1,6}x)",),  # a customer's own text that looks like our token
    "placeholder": (
        r"\{\{[^{}\n]{0,80}\}\}",
        r"\{%[^{}\n]{0,80}%\}",
        r"\$?\{[\w.]{1,60}\}",
        r"%\(\w{1,40}\)[sd]",
        r"\[[a-z][a-z0-9_]{1,40}\]",  # a draft's gap
        r"\[[A-Z][A-Z_]{1,30}(?:_\d{1,4})?\]",  # what stands for personal data
        r"`[^`\n]{1,200}`",
    ),
    "url": (
        r"(?i:https?://|www\.)[^\s<>\"]{1,500}" + _ADDRESS_END,
        r"(?<![\w@.-])(?:[a-zA-Z0-9-]{1,40}\.){1,4}" + _TOPLEVEL + r"\b(?:/[^\s<>\"]{0,300}" + _ADDRESS_END
        + r")?(?![\w@])",  # shop.example.com/x, bit.ly/3xY
    ),
    "email": (r"(?<![A-Za-z0-9_.+-])[A-Za-z0-9_.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}",),
    "iban": (r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b",),
    "card": (r"(?<![\w-])\d(?:[ -]?\d){12,18}(?![\w-])",),
    "amount": (
        _CURRENCY + r"\s?" + _AMOUNT,
        "⟨" + _AMOUNT + r"\s?" + _CURRENCY,
        "⟨" + _AMOUNT + r"\s?%",
    ),
    "date": (
        r"⟨\d{4}-\d{2}-\d{2}(?:T[\d:.]{4,15}Z?)?⟩",
        r"(?<![\w.,])\d{1,4}(?:[/:]\d{1,4}){1,3}⟩",  # 22/11/2026, 14:00
        r"(?<![\w.,])\d{1,4}(?:\.\d{1,4}){2,4}⟩",  # 22.11.2026, 192.168.0.1
    ),
    "phone": (r"(?<![\w.,])[+(]?\d[\d ().\-/\u00a0]{5,22}\d⟩",),
    "unit": (
        r"(?<![\w.,])\d{1,6}(?:[.,]\d{1,4})?(?:\s?[x×]\s?\d{1,6}){0,2}\s?" + _UNIT + "⟩",
        r"(?<![\w.,])\d{1,6}(?:\s?[x×]\s?\d{1,6}){1,2}⟩",
        r"(?<![\w.,])\d{1,6}(?:[.,]\d{1,4})?[mglAh]⟩",
    ),
    "id": (
        r"⟨[A-Za-z0-9_-]{1,80}\.(?:pdf|jpe?g|png|docx?|xlsx?|csv|zip|txt|html?)\b",
        r"⟨#?[A-Za-z]{1,20}[-_/#]?\d[A-Za-z0-9_/-]{0,60}(?<![-/])",  # ORD-12345, NP123456789DE, E4
        r"⟨[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}⟩",
        r"⟨[A-Z]{2,12}(?:[-_][A-Z0-9]{1,12}){1,5}⟩",  # SKU-RED
        r"⟨\d{1,12}[A-Z][A-Za-z0-9_-]{0,40}(?<!-)",  # 2XL
        r"⟨#\d{1,15}",
        r"⟨\d{5,20}⟩",
        r"⟨[A-Za-z0-9]{1,40}_[A-Za-z0-9_]{1,60}",
        r"⟨@[A-Za-z0-9_]{2,40}",
    ),
}  # fmt: skip

PATTERNS: Mapping[str, str] = {
    kind: "|".join(alternatives).replace("⟨", _BEFORE).replace("⟩", _AFTER)
    for kind, alternatives in _ALTERNATIVES.items()
}
"""Kind to regular expression, in the order in which they are tried at one place."""
