"""Who may see what: users, teams and keys."""
