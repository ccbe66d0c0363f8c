"""Bytes in, sealed and searchable segments out. No Django here."""
