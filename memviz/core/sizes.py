"""Sizes in words, the same everywhere."""

from __future__ import annotations

_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def size_words(size: int) -> str:
    """``size`` bytes in decimal units, as hub and disks count: ``812 bytes``, ``9.7 MB``, ``312 MB``, ``1.2 GB``."""
    value, unit = float(size), 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    digits = 1 if unit >= 3 or (unit and value < 9.95) else 0
    return f"{value:.{digits}f} {_UNITS[unit]}"


def count_words(count: int) -> str:
    """A large number in short: ``12,345``, ``4.8 million``, ``1.24 billion``."""
    if count < 1_000_000:
        return f"{count:,}"
    if count < 999_500_000:
        return f"{count / 1e6:.{1 if count < 99_950_000 else 0}f} million"
    return f"{count / 1e9:,.2f} billion"
