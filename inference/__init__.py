"""The engine: text in; vectors, answer spans and scores out. No Django here."""
