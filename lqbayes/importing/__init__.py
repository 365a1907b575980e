"""Measurements from the data of other programs."""
