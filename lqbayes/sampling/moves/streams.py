"""Random numbers inside compiled moves: one short stream for each walker and step, reproducible to the bit.

Each step draws one seed from emcee's generator; walker i of that step then has the splitmix64 sequence (Steele, Lea and Flood 2014) that
starts at a hash of the seed and i. Nothing but emcee's own generator has to be stored to resume a run.
"""

import math

import numpy as np
from numpy.typing import NDArray

from lqbayes.compilation import compiled, inlined

Stream = NDArray[np.uint64]
_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_ULP = 2.0**-53


@inlined
def _mix(z: np.uint64) -> np.uint64:
    z = (z ^ (z >> _S30)) * _MIX_1
    z = (z ^ (z >> _S27)) * _MIX_2
    return z ^ (z >> _S31)


@inlined
def restart(stream: Stream, seed: int, walker: int) -> None:
    """Start the stream of one walker of a step, in the place of another one's."""
    stream[0] = _mix(np.uint64(seed) + _mix(np.uint64(walker) * _GAMMA + _GAMMA))


@compiled
def start(seed: int, walker: int) -> Stream:
    """Start the stream of one walker of a step."""
    stream = np.empty(1, dtype=np.uint64)
    restart(stream, seed, walker)
    return stream


@inlined
def uniform(stream: Stream) -> float:
    """Draw a uniform number: above 0, and at most 1, which only the last of its 2^53 values is rounded to."""
    stream[0] += _GAMMA
    return (float(_mix(stream[0]) >> _S11) + 0.5) * _ULP


@inlined
def choose(stream: Stream, n: int) -> int:
    """Draw one of 0 ... n - 1."""
    return min(int(uniform(stream) * n), n - 1)


@inlined
def choose_two(stream: Stream, n: int) -> tuple[int, int]:
    """Draw two different ones of 0 ... n - 1."""
    first, second = choose(stream, n), choose(stream, n - 1)
    return first, second + 1 if second >= first else second


@inlined
def normal(stream: Stream) -> float:
    """Draw from the standard normal distribution, by the method of Box and Muller."""
    return math.sqrt(-2 * math.log(uniform(stream))) * math.cos(2 * math.pi * uniform(stream))


@inlined
def size_of_all_scales(stream: Stream, least: float) -> float:
    """Draw from 1 down to `least`, uniformly in the logarithm."""
    return math.exp(math.log(least) * uniform(stream))


@inlined
def gap(stream: Stream, log_rest: float) -> int:
    """Draw how many are left out before the next one is chosen, where each is left out with a probability of this logarithm."""
    return 0 if log_rest == -math.inf else int(math.log(uniform(stream)) / log_rest)
