"""How much is let in at once, and how often one asker may come."""
