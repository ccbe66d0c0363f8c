"""Makes the small models the engine serves; nothing outside this package imports it."""
