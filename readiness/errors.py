"""What can be wrong with the numbers handed to this room; each error says it in one sentence."""


class ReadinessError(Exception):
    """Root of all errors of this package."""


class InvalidCount(ReadinessError):
    """A count of people below 0, or a minimum below 1."""

    def __init__(self, name: str, n: int) -> None:
        super().__init__(f"{n} is no possible value of {name}.")
        self.name = name
        self.n = n


class TotalTooSmall(ReadinessError):
    """The groups of a breakdown hold more people than the whole."""

    def __init__(self, total: int, n_in_groups: int) -> None:
        super().__init__(f"The groups hold {n_in_groups} people and the whole only {total}.")
        self.total = total
        self.n_in_groups = n_in_groups


class FieldRefused(ReadinessError):
    """A field of an instrument is missing, of the wrong kind or unknown. Readers add the file's name to it."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}." if field else f"{reason}.")
        self.field = field
        self.reason = reason


class InvalidInstrument(ReadinessError):
    """An instrument that is not written as the content format says."""

    def __init__(self, file: str, field: str, reason: str) -> None:
        place = f"{file}, {field}" if field else file
        super().__init__(f"{place}: {reason}.")
        self.file = file
        self.field = field
        self.reason = reason


class UnknownArea(ReadinessError):
    """A key that no area of the instrument bears."""

    def __init__(self, area_key: str) -> None:
        super().__init__(f"The instrument has no area {area_key!r}.")
        self.area_key = area_key


class UnknownItem(ReadinessError):
    """A key that no item of the instrument bears."""

    def __init__(self, item_key: str) -> None:
        super().__init__(f"The instrument has no item {item_key!r}.")
        self.item_key = item_key


class AnswerOutOfRange(ReadinessError):
    """A value outside the scale."""

    def __init__(self, value: float, low: int, high: int) -> None:
        super().__init__(f"{value} does not lie between {low} and {high}.")
        self.value = value
        self.low = low
        self.high = high


class InvalidScores(ReadinessError):
    """Numbers that a statistic cannot be computed from: lists of unequal length, an impossible size or share."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The scores cannot be used: {reason}.")
        self.reason = reason


class FactOutOfRange(ReadinessError):
    """A fact that cannot be: a day to come, a share beyond the whole, an answer of another kind."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The fact cannot be used: {reason}.")
        self.reason = reason
