"""Sums as the base keeps them: an amount in a currency, or a share in percent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

_WRITTEN = re.compile(r"(\d{1,12}(?:\.\d{1,2})?) ?([A-Z]{3}|%)")
PERCENT = "%"


@dataclass(frozen=True, slots=True)
class Money:
    """A sum that is not negative. `unit` is an ISO 4217 code, or `%`; empty where no currency was named."""

    value: Decimal
    unit: str = ""

    @classmethod
    def parse(cls, written: str) -> Money:
        """Read the normal form, `20.00 EUR` or `15 %`. Raises ValueError."""
        found = _WRITTEN.fullmatch(written.strip())
        if found is None:
            raise ValueError("isn't a sum such as 20.00 EUR or 15 %")
        return cls(Decimal(found[1]), found[2])

    @classmethod
    def of_hundredths(cls, hundredths: int, unit: str) -> Money:
        """From whole hundredths, as the base stores them."""
        return cls(Decimal(hundredths) / 100, unit)

    @property
    def hundredths(self) -> int:
        """Whole hundredths."""
        return int(self.value * 100)

    def like(self, other: Money) -> bool:
        """Whether the two can be compared: a sum without currency is of any."""
        if PERCENT in (self.unit, other.unit):
            return self.unit == other.unit
        return not self.unit or not other.unit or self.unit == other.unit

    def __str__(self) -> str:
        if self.unit == PERCENT:
            return f"{self.value.normalize():f} %"
        return f"{self.value:.2f} {self.unit}".rstrip()
