"""Run directories and chain files."""
