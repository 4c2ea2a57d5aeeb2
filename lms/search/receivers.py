"""What other slices publish, and what then can be found."""


def connect() -> None:
    """Listen to the signals that change what can be found."""
