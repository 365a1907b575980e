"""How simulation-based calibration is done: numbers that a user may choose."""

from dataclasses import dataclass

from lqbayes.sampling.settings import SettingProblem, number_problems


@dataclass(frozen=True, slots=True)
class CalibrationSettings:
    """Settings that decide every bit of a calibration, together with the posterior."""

    seed: int = 1  # Every random number follows from it
    repetitions: int = 200  # Points drawn from the prior, each with a posterior of its own
    walkers: int = 300  # Of each population
    sweeps: int = 25  # Steps that all walkers make on a rung of the annealing, fewer while it is hot, more where it is cold
    steps: int = 150  # Further steps at the posterior
    draws: int = 99  # Posterior draws that the point is ranked among: so many different draws after the last step
    populations: int = 2  # Annealed by themselves and pooled by their evidences, as in an ensemble of a run

    def problems(self, dimension: int) -> list[SettingProblem]:
        """Find everything that cannot work, with so many sampling coordinates."""
        found = number_problems("draws", self.draws, 1)
        walkers = max(4 * dimension, 1 if found else self.draws)
        least = {"seed": 0, "repetitions": 20, "walkers": walkers, "sweeps": 1, "steps": 1, "populations": 1}
        return found + [problem for name, minimum in least.items() for problem in number_problems(name, getattr(self, name), minimum)]
