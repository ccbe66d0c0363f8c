"""Is it fast, and is it right? Each file is `python -m benchmarks.<name>`."""
