"""Prior, likelihood, posterior, moves, annealing and convergence."""
