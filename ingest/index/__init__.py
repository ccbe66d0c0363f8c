"""Immutable segments, and the search over them. Takes vectors; never embeds."""
