"""Answers in JSON what the reference implementations say of the cases that come in as JSON on standard input."""
import json
import sys

import numpy

numpy.float_ = numpy.float64  # confseq 0.0.11 was written for numpy 1
from confseq import betting, boundaries  # noqa: E402
from scipy.stats import binomtest, norm  # noqa: E402

cases = json.load(sys.stdin)


def capital(case):
    values = numpy.array(case["values"])
    arguments = dict(alpha=case["alpha"], trunc_scale=case["boldness"])
    above = betting.betting_mart(values, case["mean"], theta=1, **arguments)
    below = betting.betting_mart(values, case["mean"], theta=0, **arguments)
    return [float(numpy.log(above[-1])), float(numpy.log(below[-1]))]


def mixture(case):
    variance, alpha = case["variance"], case["alpha"]
    two = boundaries.normal_mixture_bound(variance, alpha, v_opt=variance, alpha_opt=alpha, is_one_sided=False)
    one = boundaries.normal_mixture_bound(variance, alpha, v_opt=variance, alpha_opt=alpha, is_one_sided=True)
    return [float(two), float(one)]


def wilson(case):
    interval = binomtest(case["hits"], case["runs"]).proportion_ci(0.99, "wilson")
    return [float(interval.low), float(interval.high)]


json.dump(
    {
        "capital": [capital(case) for case in cases["capital"]],
        "mixture": [mixture(case) for case in cases["mixture"]],
        "normal": [float(norm.cdf(z)) for z in cases["normal"]],
        "wilson": [wilson(case) for case in cases["wilson"]],
    },
    sys.stdout,
)
