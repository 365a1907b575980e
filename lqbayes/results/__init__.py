"""Numbers from a run: intervals and their errors, agreement, influence, importance, best fit, pulls."""
