"""Moves that only this model has."""
