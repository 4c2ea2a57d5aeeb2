"""What can be wrong with the numbers or the settings of a chart; each error says it in one sentence."""


class SpcError(ValueError):
    """Root of all errors of this package."""


class InvalidChart(SpcError):
    """Numbers that do not belong together, or settings that no chart can be drawn from."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The chart cannot be drawn: {reason}.")
        self.reason = reason


class TimeNotPositive(SpcError):
    """A time between events of zero or less, which a T chart cannot show."""

    def __init__(self, position: int) -> None:
        super().__init__(f"The time between events at point {position} is not above zero.")
        self.position = position


class OrphanNumerator(SpcError):
    """Events counted where nobody was exposed: they would raise the centre line of a rate in silence."""

    def __init__(self, position: int) -> None:
        super().__init__(f"Point {position} counts events over a denominator of zero.")
        self.position = position
