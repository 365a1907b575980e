"""Moves of the walkers, each with the statement of why it keeps the posterior invariant."""
