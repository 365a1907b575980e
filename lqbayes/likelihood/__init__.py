"""A measurement file turned into terms."""
