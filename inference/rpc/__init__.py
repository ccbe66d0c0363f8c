"""The engine's public face over gRPC: one process holds the networks, others ask it."""
