"""Files of unknown origin: located problems, TOML, JSON, units, shipped names, errors."""
