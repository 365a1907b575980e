"""Numbers from a run: intervals and their errors, agreement, influence, importance, best fit, pulls."""

DEFAULT_STARTS = 256
"""From how many of the best draws a search for the maxima starts."""
