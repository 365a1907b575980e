"""Moves that any model can use."""
