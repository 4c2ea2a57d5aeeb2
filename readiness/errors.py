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
