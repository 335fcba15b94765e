"""Prices in cents."""

PRICES = {"espresso": 250, "flat-white": 380, "croissant": 320}


def total(items: list[str]) -> int:
    return sum(PRICES[item] for item in items)


def unknown(items: list[str]) -> list[str]:
    return sorted({item for item in items if item not in PRICES})
