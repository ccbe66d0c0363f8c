"""Who shares the next forward pass."""
