"""The four that do not recognise: all their rates, fitted jointly to what happened since 2008.

Evidence: none of the four recognised (``members.csv``) in some 73 holdout-years under the covariates as they
were (``covariates.csv``); how they took part in 32 decisions (``votes.csv``); no Partnership for Peace was
offered; fourteen states' recognitions after a settlement (``normalisations.csv``, ``settlements.csv``).
Priors: medians and spreads of :data:`PRIOR`, judged. Recognition and softening have theirs on the *average
over the history* (Jeffreys for recognition), whatever effects are drawn; the columns are the rates at
reference conditions: calm, Washington distant, no interim text, no new government, effect 1. So an effect
that was there in most years lowers the base rate instead of counting twice, and no centring constant is
needed.
Method: draws from the priors, weighted by the likelihood (:mod:`sim.history.fits.holdout_likelihood`),
resampled; then each holdout's stance today is drawn given the row, and its chance of making no move without a
settlement given both. Of those that make none, a share does not move after a settlement either.
Judged beside the priors: how far a vote shows a stance (EMISSION), the coding of covariates (with hindsight for
governments), the discount on the precedents, how many make no move without a settlement. Not here, for nothing was
learnt: the effect of peers (no holdout moved) and a climate common to the four (one that has lasted since 2008 cannot
be told from the base rate; it cancels, so in the model it is how the coming years differ from the past ones).
"""

from __future__ import annotations

from functools import partial

from sim.facts.read import Facts
from sim.history.fits.fitted import DRAWS, Fit
from sim.history.fits.holdout_checks import checks
from sim.history.fits.holdout_posterior import PRIOR, posterior, rows

FACTS = ("blocks", "covariates", "members", "milestones", "normalisations", "settlements", "votes")
PROPOSALS = 60_000
METHOD = """Joint posterior of the four holdouts' rates, stances and response to a settlement: priors
    (judged) weighed by the exact likelihood of no recognition since 2008, of their votes and of no offer,
    under the covariates as they were, never-movers integrated out; the precedent of 1972 with weight
    0.3 and a discount; sampling-importance-resampling."""


def fit(facts: Facts, seed: int = 1) -> Fit:
    """The table ``holdouts``: 2,000 rows of rates (per year), factors, stances today (0 or 1) and shares."""
    found, rng = posterior(facts, PRIOR, PROPOSALS, seed)
    table = rows(found, DRAWS, rng)
    return Fit("holdouts", FACTS, table, METHOD, partial(checks, facts, found, table, seed))
