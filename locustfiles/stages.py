"""How many users, and for how long: pairs of users and seconds, `100x60,1000x60,5000x60`. Knows nothing of Locust."""

PROFILES = {
    "smoke": "4x12",
    "quick": "100x50,1000x50,5000x50",
    "full": "100x180,1000x180,5000x180",
    "spike": "50x60,1500x30,50x90",
    "soak": "200x3600",
}


def stages_of(text: str) -> list[tuple[int, float]]:
    """(users, seconds) a stage."""
    pairs = (stage.split("x") for stage in text.split(","))
    return [(int(users), float(seconds)) for users, seconds in pairs]
