"""Is it right? Measures of retrieval, reading and abstention."""
