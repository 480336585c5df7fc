"""How the values look that belong to one customer, and the signs around them.

Every repetition is bounded or begins at the start of a word, so that hostile text costs linear time.
"""

from __future__ import annotations

import re

UPPER = "A-ZÀ-ÖØ-ÞĀŁŃŚŠŹŻŽČĎŇŘŤŮ"
MAIL = re.compile(r"(?<![\w.+%-])[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
PHONE = re.compile(
    r"(?<![\w.,])(?:\+|\(?0)\d(?:[\s()./-]{0,2}\d){5,14}(?!\w)"
    r"|(?<![\w.,-])\d{3,5}[ -]\d{3,4}[ -]\d{3,5}(?![\w-])"
)
ID = re.compile(
    r"(?<![\w-])#?(?=[\w-]{0,40}\d{3})(?=[\w-]{0,40}[A-Za-z_-])[A-Za-z0-9_]{1,40}"
    r"(?:-[A-Za-z0-9_]{1,40}){0,6}(?!\w)"
    r"|(?<![\w.,])#?\d{5,}(?![\w.,]{0,20}\d)"
)
TRACKING = re.compile(r"[A-Z]{2}\d{9}[A-Z]{2}|[A-Z]{2}\d{10}|1Z[0-9A-Z]{16}|\d{11,}", re.IGNORECASE)
TRACKING_CUE = re.compile(
    r"(?:track\w*|seguimiento|suivi|sendung\w*|parcel|paquete|colis|paket)\W+(?:\w+\W+){0,2}$", re.IGNORECASE
)
CODE = re.compile(
    r"(?:\b(?:code|código|codigo|Gutscheincode|Code|voucher|bon)\s+[«\"'“]?)(?P<code>[A-Z0-9][A-Z0-9-]{3,})"
    r"|(?<![\w-])(?P<plain>[A-Z]{3,20}-?\d{1,3}[A-Z0-9]{0,20})(?![\w-])"
)
_PLACE = rf"(?:[{UPPER}][\w'’.]{{0,30}})"
STREET = re.compile(
    rf"(?<!\w)\d{{1,4}}[a-zA-Z]?,?\s+(?:{_PLACE}\s+){{1,3}}(?:Street|St|Road|Rd|Lane|Avenue|Ave|Close|Drive|"
    rf"Way|Court|Square|Terrace|Gardens|Row|Place|Hill|Park|Crescent|Grove|Mews|Walk)\b\.?"
    rf"|(?<!\w){_PLACE}(?:[ -]{_PLACE}){{0,4}}[ -]?"
    rf"(?:[Ss]traße|[Ss]trasse|[Ss]tr\.|[Ww]eg|[Pp]latz|[Aa]llee|[Gg]asse|"
    rf"[Rr]ing|[Dd]amm|[Uu]fer)\s+\d{{1,4}}\s?[a-z]?(?!\w)"
    rf"|(?<!\w)\d{{1,4}}(?:\s?(?:bis|ter))?,?\s+(?:rue|avenue|boulevard|place|chemin|allée|impasse|quai|cours)\s+"
    rf"(?:(?:de|du|des|la|le|les|l['’]|d['’])\s?)*{_PLACE}(?:[ -]{_PLACE}){{0,4}}"
    rf"|(?<!\w)(?:[Cc]alle|[Cc]/|[Aa]venida|[Aa]vda\.?|[Pp]laza|[Pp]aseo|[Cc]amino|[Rr]onda|[Vv]ia|[Rr]ua)\s+"
    rf"(?:(?:de|del|la|las|los|el)\s+)*{_PLACE}(?:\s+{_PLACE}){{0,4}},?\s+(?:n\.?º\s*)?\d{{1,4}}"
    rf"(?:,?\s*\d{{1,2}}\.?º(?:\s*\w)?)?"
)
TOWN = re.compile(
    rf"(?:,?\s+(?:in\s+|à\s+|en\s+)?(?:\d{{4,5}}\s+{_PLACE}(?:[ -]{_PLACE}){{0,4}}"
    rf"|[A-Z]{{1,2}}\d[A-Z\d]?\s?\d[A-Z]{{2}})"
    rf"|,\s+{_PLACE}(?:\s{_PLACE})?(?=[\s,.;!?]|$))+"
)
TITLE = (
    r"(?:(?:Mr|Mrs|Ms|Miss|Mx|Dr|Herrn?|Frau|Familie|M|Mme|Mlle|Monsieur|Madame|Sr|Sra|Srta|Señora?|Don|Doña)"
    r"\.?\s+)?"
)
CARRIERS = re.compile(
    r"(?<!\w)(?:DHL|UPS|FedEx|DPD|GLS|Hermes|Evri|Royal Mail|Correos|Colissimo|Chronopost)(?!\w)"
)
TOKEN = re.compile(r"[^\W_](?:[\w'’.:-]*\w)?")
MEASURE = re.compile(
    r"\s?(?:°\s?C?|ml|cl|dl|litres?|liters?|litros?|Liter|l\b|mm|cm|m\b|kg|g\b|grams?|watts?|W\b|V\b|bar|°|times?|"
    r"veces|fois|Mal\b|seconds?|minutes?|segundos?|minutos?|secondes?|Sekunden?|Minuten?)",
)
ERROR_CODE = re.compile(r"[A-Z]\d{1,2}")
ARRIVAL = re.compile(
    r"deliver|arriv|expect|with you|entreg|lleg|recib|livr|recev|liefer|ankomm|erhalten|zustell",
    re.IGNORECASE,
)
_COMMON_CAPITALS_TEXT = """
I I'm I'll I've I'd OK PDF USB LED EU UK PIN SMS ID FAQ VAT PayPal Visa Mastercard IBAN SEPA QR Sie
Ihr Ihre Ihnen Ihrem Ihren Ihrer Usted Ustedes IVA TVA MwSt
"""
COMMON_CAPITALS = frozenset(_COMMON_CAPITALS_TEXT.split())
OPENING = re.compile(r"[:(\[„“\"«¿¡]\s?$")
MERGED = re.compile(r"[\s,]*(?:(?:the|den|dem|der|le|el|am|on|de|día|dia|of)\s+)?")
