"""How queries meet keys: one protocol, and a file a variant."""
