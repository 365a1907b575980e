"""Nested samplers and pocoMC on a posterior: each solves it from the prior, as its documentation proposes for many dimensions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from peer_target import Watch, circles

LIVE = 1000


def _effective(log_weights: NDArray[np.float64]) -> float:
    weights = np.exp(log_weights - np.max(log_weights))
    return float(weights.sum() ** 2 / (weights @ weights))


def dynesty(watch: Watch) -> dict[str, Any]:
    import dynesty as package

    target, prior = watch.target, watch.target.posterior.prior
    sampler = package.NestedSampler(
        lambda z: float(target.log_likelihood(z[None])[0]),
        lambda u: prior.transform(u)[0],
        target.posterior.dimension,
        nlive=LIVE,
        sample="rslice",  # with the default number of slices, 3 + d
        periodic=circles(prior) or None,
        rstate=np.random.default_rng(1),
    )
    watch.describe = lambda: {"reached": f"live points at log L >= {np.min(sampler.live_logl):.3g}"}
    sampler.run_nested(print_progress=False)
    results = sampler.results
    return {"log_z": float(results.logz[-1]), "log_z_error": float(results.logzerr[-1]), "ess": _effective(results.logwt)}


def nautilus(watch: Watch) -> dict[str, Any]:
    from nautilus import Sampler

    target, prior = watch.target, watch.target.posterior.prior
    sampler = Sampler(
        prior.transform,
        target.log_likelihood,
        n_dim=target.posterior.dimension,
        n_live=3 * LIVE,
        periodic=np.array(circles(prior)),
        vectorized=True,
        pass_dict=False,
        seed=1,
    )
    watch.describe = lambda: {"reached": f"{len(sampler.bounds)} bounds, the last one at log L >= {sampler.shell_log_l_min[-1]:.3g}"}
    sampler.run(discard_exploration=True)
    return {"log_z": float(sampler.log_z), "log_z_error": float(sampler.n_eff**-0.5), "ess": float(sampler.n_eff)}


def ultranest(watch: Watch) -> dict[str, Any]:
    import logging

    from ultranest import ReactiveNestedSampler
    from ultranest.stepsampler import SliceSampler, generate_mixture_random_direction

    logging.getLogger("ultranest").setLevel(logging.ERROR)
    target, prior = watch.target, watch.target.posterior.prior
    names = list(target.posterior.coordinate_names)
    closed = [index in circles(prior) for index in range(len(names))]
    sampler = ReactiveNestedSampler(names, target.log_likelihood, prior.transform, wrapped_params=closed, vectorized=True)
    sampler.stepsampler = SliceSampler(nsteps=2 * len(names), generate_direction=generate_mixture_random_direction)
    watch.describe = lambda: {"reached": f"live points at log L >= {sampler.Lmin:.3g}"}
    results = sampler.run(min_num_live_points=400, show_status=False, viz_callback=False)
    return {"log_z": results["logz"], "log_z_error": results["logzerr"], "ess": results["ess"]}


def blackjax(watch: Watch) -> dict[str, Any]:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    import blackjax as package
    from blackjax.ns import utils

    target, prior = watch.target, watch.target.posterior.prior
    batch = LIVE // 10  # points that are replaced at a time, in one batch of evaluations

    def evaluate(u: NDArray[np.float64]) -> NDArray[np.float64]:
        flat = np.asarray(u, dtype=float).reshape(-1, target.posterior.dimension)
        result = np.full(len(flat), -np.inf)
        inside = np.all((flat > 0) & (flat < 1), axis=1)
        result[inside] = target.log_likelihood(prior.transform(flat[inside]))
        return result.reshape(np.shape(u)[:-1])

    number = jax.ShapeDtypeStruct((), jnp.float64)
    algorithm = package.nss(
        lambda u: jnp.where(jnp.all((u > 0) & (u < 1)), 0.0, -jnp.inf),
        lambda u: jax.pure_callback(evaluate, number, u, vmap_method="expand_dims"),
        num_inner_steps=2 * target.posterior.dimension,
        num_delete=batch,
    )
    key = jax.random.PRNGKey(1)
    state = algorithm.init(jax.random.uniform(key, (LIVE, target.posterior.dimension), dtype=jnp.float64))
    step, dead = jax.jit(algorithm.step), []
    watch.describe = lambda: {"reached": f"live points at log L >= {np.min(state.particles.loglikelihood):.3g}"}
    while state.integrator.logZ_live - state.integrator.logZ > -3:
        key, now = jax.random.split(key)
        state, info = step(now, state)
        dead.append(info)
    every = utils.finalise(state, dead, update_info=False)
    log_z = jax.scipy.special.logsumexp(utils.log_weights(key, every), axis=0)
    return {"log_z": float(jnp.mean(log_z)), "log_z_error": float(jnp.std(log_z)), "ess": float(utils.ess(key, every))}


def pocomc(watch: Watch) -> dict[str, Any]:
    import pocomc as package
    from scipy.stats import uniform

    target, prior = watch.target, watch.target.posterior.prior
    sampler = package.Sampler(
        package.Prior([uniform()] * target.posterior.dimension),
        lambda u: target.log_likelihood(prior.transform(u)),
        vectorize=True,
        periodic=circles(prior),
        n_effective=2 * LIVE,
        n_active=LIVE,
        random_state=1,
    )
    watch.describe = lambda: {
        "reached": f"beta = {sampler.current_particles['beta']:.2g}",
        "acceptance": float(sampler.current_particles["accept"]),
    }
    sampler.run(progress=False)
    _, log_weights, _, _ = sampler.posterior()
    log_z, error = sampler.evidence()
    return {"log_z": float(log_z), "log_z_error": None if error is None else float(error), "ess": _effective(log_weights)}
