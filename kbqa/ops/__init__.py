"""Way in 3: operators."""
