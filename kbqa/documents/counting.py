"""Numbers with their noun, as workers and commands say them in English."""


def counted(number: int, noun: str) -> str:
    """`1 page`, `2,048 pages`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
