"""What other slices tell, and what then waits for whom."""


def connect() -> None:
    """Listen to the signals that make or close todos."""
