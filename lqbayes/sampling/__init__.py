"""One population: moves, annealing, evidence, convergence; no files, no processes."""
