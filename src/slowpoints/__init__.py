"""Documented with the public surface below."""
