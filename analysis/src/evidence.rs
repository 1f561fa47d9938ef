//! Whether one version does worse than another, judged while the numbers come in.
//!
//! A test that is looked at every few seconds must not be an ordinary one: a z-test at 1 %, looked at every ten seconds for
//! an hour, calls one good release in six bad. What is here may be looked at as often as one likes: over the whole release it
//! blames a good version at most as often as the user allows. `ranks` alone is an ordinary test, for so many looks as are
//! known before.
//!
//! *The formula.* Among the requests of one look, a share `s` went to the canary. If both versions fail alike, each
//! failure is one of the canary's with probability `s`; if the canary fails `r` times as often, with probability
//! `r s / (r s + 1 - s)`. With `k` failures of the canary and `m` of both, the look multiplies the e-value of `r` by
//!
//! ```text
//! r^k / (r s + 1 - s)^m
//! ```
//!
//! whose mean is at most 1 for a version that is no worse. So is that of the average over several `r`, and by Ville's
//! inequality it reaches `1 / alpha` with probability `alpha` at most, whenever one looks. The share is what was *seen*, look
//! by look, not the weight that was asked for: weights move, and a balancer starves small ones.
//!
//! Sources: Lindon and Malek, *Anytime-Valid Inference for Multinomial Count Data* (2022); Ville, *Étude critique de la
//! notion de collectif* (1939). That failures are drawn without putting back, and not independently, makes the e-value only
//! smaller: Hoeffding, *Probability inequalities for sums of bounded random variables* (1963), theorem 4.

mod counts;
mod latency;
mod normal;
mod power;
mod ranks;

pub use counts::{Arm, Evidence, Look};
pub use latency::{Buckets, Latency};
pub use power::Power;
pub use ranks::Ranks;

#[cfg(test)]
mod simulation;
