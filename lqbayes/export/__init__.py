"""Runs in the formats of other programs."""

DEFAULT_DRAWS = 10_000
"""Draws of an ensemble in an export: many times the effective sample size of a converged run, in files of some ten megabytes."""
