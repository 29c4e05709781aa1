"""How numbers are spread: least, most, mean, median and a histogram, in bounded memory."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

LARGEST = 1e12
"""What is larger (in seconds: thirty thousand years) comes from a broken file."""

_DIGITS = 3
"""Values are counted after rounding to this many significant digits, so there
are at most some 900 different ones for each power of ten."""


@dataclass(slots=True)
class Spread:
    """The spread of the values that were added.

    Attributes:
        count: How many values, odd ones left out.
        total: Their sum.
        least: The smallest, exactly.
        most: The largest, exactly.
        odd: Values that are no number, or beyond `LARGEST`; they count nowhere else.
        values: Rounded value -> how often.
    """

    count: int = 0
    total: float = 0.0
    least: float = math.inf
    most: float = -math.inf
    odd: int = 0
    values: Counter[float] = field(default_factory=Counter)

    def add(self, value: float, times: int = 1) -> None:
        """Adds a value, `times` times."""
        if not abs(value) <= LARGEST:
            self.odd += times
            return
        self.count += times
        self.total += value * times
        self.least = min(self.least, value)
        self.most = max(self.most, value)
        self.values[_rounded(value)] += times

    @property
    def mean(self) -> float:
        """The mean, 0 of no values."""
        return self.total / self.count if self.count else 0.0

    def quantile(self, share: float) -> float:
        """The value that `share` (0 to 1) of all values do not exceed, to three digits.

        Returns:
            0 of no values.
        """
        wanted = max(math.ceil(share * self.count), 1)
        seen = 0
        for value in sorted(self.values):
            seen += self.values[value]
            if seen >= wanted:
                return min(max(value, self.least), self.most)
        return 0.0

    @property
    def median(self) -> float:
        """The value in the middle, to three digits; 0 of no values."""
        return self.quantile(0.5)


@dataclass(frozen=True, slots=True)
class Bin:
    """One bar of a histogram: values from `low` up to, not including, `high`.

    Attributes:
        low: Lower edge.
        high: Upper edge; infinity in a last bin that takes the rest.
        count: How many values.
    """

    low: float
    high: float
    count: int


def of_values(values: Iterable[float]) -> Spread:
    """The spread of some values."""
    spread = Spread()
    for value in values:
        spread.add(value)
    return spread


def even_bins(spread: Spread, most_bins: int = 20) -> list[Bin]:
    """Bins of one round width; the longest hundredth of the values may share the last bin.

    Args:
        spread: What is shown.
        most_bins: No more bins than this, and one for the rest.
    """
    if not spread.count:
        return []
    low, high = spread.quantile(0.0), spread.quantile(0.99)
    whole = all(value == int(value) for value in spread.values)
    step = _round_step((high - low) / most_bins, whole)
    start = math.floor(low / step) * step
    count = int((high - start) / step) + 1
    counts = [0] * count
    rest = 0
    for value, times in spread.values.items():
        place = int((value - start) / step)
        if place < count:
            counts[max(place, 0)] += times
        else:
            rest += times
    bins = [
        Bin(start + i * step, start + (i + 1) * step, number) for i, number in enumerate(counts)
    ]
    return [*bins, Bin(start + count * step, math.inf, rest)] if rest else bins


def doubling_bins(spread: Spread) -> list[Bin]:
    """Bins 1, 2, 3-4, 5-8, 9-16 and so on, for counts that a few values dominate."""
    bins: list[Bin] = []
    low = 1
    while spread.count and low <= spread.most:
        high = 2 if low == 1 else 2 * (low - 1) + 1
        within = sum(times for value, times in spread.values.items() if low <= value < high)
        bins.append(Bin(low, high, within))
        low = high
    zero = sum(times for value, times in spread.values.items() if value < 1)
    return [Bin(0, 1, zero), *bins] if zero else bins


def _round_step(step: float, whole: bool) -> float:
    """The next of 1, 2, 5, 10, 20, 50 ... (and of 0.5, 0.2 ... unless whole numbers)."""
    if whole and step <= 1:
        return 1
    if step <= 0:
        return 1 if whole else 0.1
    power = 10.0 ** math.floor(math.log10(step))
    for factor in (1, 2, 5, 10):
        if factor * power >= step * (1 - 1e-9):
            return factor * power
    return 10 * power


def _rounded(value: float) -> float:
    if value == 0 or (abs(value) < 10**_DIGITS and value == int(value)):
        return value
    places = _DIGITS - 1 - math.floor(math.log10(abs(value)))
    return round(value, places)
