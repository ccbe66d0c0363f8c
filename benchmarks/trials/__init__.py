"""What the site does when too much is asked of it, or something goes away: each trial starts its own and asserts."""
