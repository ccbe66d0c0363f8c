"""Checkpoints on disk → parameters: safetensors only."""
