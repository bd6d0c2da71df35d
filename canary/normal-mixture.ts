/**
 * The normal mixture boundary of Howard, Ramdas, McAuliffe and Sekhon, "Time-uniform, nonparametric, nonasymptotic
 * confidence sequences" (arXiv 1810.08240): for sub-Gaussian values whose variance is known. The verdict does not use it,
 * since trades have fat tails; it is the second opinion that the betting sequence is compared with.
 *
 * All functions take `variance`, the sum of the variances so far (the intrinsic time), and `rho`, the mixture's precision.
 */

/**
 * The precision that makes the two-sided bound about tightest at `variance`: the approximation of the paper's authors,
 * within a few percent of the best, which needs no Lambert W.
 */
export function bestTwoSidedRho(variance: number, alpha: number): number {
  const nats = 2 * Math.log(1 / alpha);
  return variance / (nats + Math.log1p(nats));
}

/** Like {@link bestTwoSidedRho}, for the one-sided bound: nearly the two-sided one at twice the alpha. */
export function bestOneSidedRho(variance: number, alpha: number): number {
  return bestTwoSidedRho(variance, 2 * alpha);
}

/** Log of the two-sided mixture martingale at a sum of `sum`. */
export function logMixture(sum: number, variance: number, rho: number): number {
  return 0.5 * Math.log(rho / (variance + rho)) + sum ** 2 / (2 * (variance + rho));
}

/** The sum stays within this of its mean at all times, with chance 1 - alpha. */
export function twoSidedBound(variance: number, alpha: number, rho: number): number {
  return Math.sqrt((variance + rho) * (Math.log((variance + rho) / rho) + 2 * Math.log(1 / alpha)));
}

/** The sum never goes further above its mean than this, with chance 1 - alpha. */
export function oneSidedBound(variance: number, alpha: number, rho: number): number {
  const logAt = (sum: number) => {
    const half = 0.5 * Math.log((4 * rho) / (variance + rho)) + sum ** 2 / (2 * (variance + rho));
    return half + Math.log(normalCdf(sum / Math.sqrt(variance + rho)));
  };
  let [low, high] = [0, 2 * twoSidedBound(variance, alpha, rho)];
  for (let step = 0; step < 200 && high - low > 1e-13 * high; step += 1) {
    const middle = (low + high) / 2;
    if (logAt(middle) < Math.log(1 / alpha)) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The standard normal distribution function, by its series; for |z| up to 8, to about 1e-14. */
export function normalCdf(z: number): number {
  if (z > 8) return 1;
  if (z < -8) return 0;
  let term = z;
  let sum = z;
  for (let k = 3; Math.abs(term) > 1e-17 * Math.abs(sum); k += 2) {
    term *= (z * z) / k;
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI);
}
