"""What decoders are built of."""
