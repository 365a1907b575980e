"""A prior file turned into densities, draws and coordinates."""
