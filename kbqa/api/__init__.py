"""Way in 1: REST."""
