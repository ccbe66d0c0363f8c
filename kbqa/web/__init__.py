"""Way in 2: pages and HTMX fragments."""
