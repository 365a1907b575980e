"""Moves of the sampler."""
