//! What the numbers of one moment mean: whether a version went bad, and whether it is the version that did it.
//!
//! A number beyond the threshold alone takes nothing back. What happens to the stable version too, or happened before the
//! release, no rollback would mend: people are told, and the version stays. And what cannot be read says nothing at all.

use crate::{Trigger, What};

/// The fewest requests that a rate or a response time is judged by.
const FEWEST: f64 = 20.0;
/// The fewest failed requests that are a spike.
const FEWEST_FAILED: f64 = 3.0;
/// How many standard deviations apart two rates must be for one to be the worse: 1 % of equal ones are, by the normal
/// approximation of the difference of two proportions.
const APART: f64 = 2.33;

/// The numbers of one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Numbers {
    /// Of the new version: failed health checks, the share of failed requests, or seconds.
    pub new: Option<f64>,
    /// The same of what it is compared with: the stable version, or the time before the release.
    pub baseline: Option<f64>,
    /// Requests that the new version answered.
    pub requests: Option<f64>,
    /// Requests that the numbers of the baseline rest on.
    pub baseline_requests: Option<f64>,
}

/// What they mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing is wrong.
    Fine,
    /// Too little has happened yet to say anything.
    TooFew(String),
    /// The version went bad.
    Worse(String),
    /// Something went bad, and not by this version.
    NotByThis(String),
    /// What is needed could not be read.
    Unread(String),
}

/// What the numbers mean for a trigger.
pub fn judge(trigger: &Trigger, numbers: &Numbers) -> Verdict {
    match trigger.what {
        What::HealthChecks { failures } => health(f64::from(failures), numbers),
        What::ErrorRate { share, .. } => errors(share, numbers),
        What::ResponseTime { factor, .. } => times(factor, numbers),
    }
}

fn health(most: f64, numbers: &Numbers) -> Verdict {
    let Some(new) = finite(numbers.new) else { return unread("failed health checks of the new version") };
    if new < most {
        return Verdict::Fine;
    }
    let told = format!("{new} failed health checks, {most} are too many");
    match finite(numbers.baseline) {
        Some(stable) if stable >= most => Verdict::NotByThis(format!("{told}; the stable version had {stable}")),
        _ => Verdict::Worse(told),
    }
}

fn errors(share: f64, numbers: &Numbers) -> Verdict {
    if let Some(early) = too_few(numbers) {
        return early;
    }
    let (Some(new), Some(requests)) = (finite(numbers.new), finite(numbers.requests)) else {
        return unread("the share of failed requests of the new version");
    };
    if new < share {
        return Verdict::Fine;
    }
    let told = format!("{} of {requests:.0} requests failed, {} are too many", percent(new), percent(share));
    if new * requests < FEWEST_FAILED {
        return Verdict::TooFew(told);
    }
    match finite(numbers.baseline) {
        None => unread("the share of failed requests to compare with"),
        Some(before) if apart((new, requests), (before, finite(numbers.baseline_requests).unwrap_or(0.0))) => {
            Verdict::Worse(format!("{told}; {} did otherwise", percent(before)))
        }
        Some(before) => Verdict::NotByThis(format!("{told}; {} do otherwise", percent(before))),
    }
}

fn times(factor: f64, numbers: &Numbers) -> Verdict {
    if let Some(early) = too_few(numbers) {
        return early;
    }
    let (Some(new), Some(before)) = (finite(numbers.new), finite(numbers.baseline).filter(|before| *before > 0.0))
    else {
        return unread("response times of both versions");
    };
    let told = format!("{:.0} ms, otherwise {:.0} ms", new * 1000.0, before * 1000.0);
    if new < before * factor {
        Verdict::Fine
    } else {
        Verdict::Worse(format!("{told}: {factor} times that is too much"))
    }
}

/// Whether too little was answered to judge by; what could not be read is not few.
fn too_few(numbers: &Numbers) -> Option<Verdict> {
    let Some(requests) = finite(numbers.requests) else { return Some(unread("requests of the new version")) };
    (requests < FEWEST).then(|| Verdict::TooFew(format!("{requests:.0} requests so far, {FEWEST} are needed")))
}

/// Whether the first share is above the second by more than chance: the difference of two proportions, pooled.
fn apart((new, n): (f64, f64), (before, m): (f64, f64)) -> bool {
    if m < 1.0 {
        return new > before;
    }
    let pooled = (new * n + before * m) / (n + m);
    let deviation = (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m)).sqrt();
    new - before > APART * deviation
}

fn finite(number: Option<f64>) -> Option<f64> {
    number.filter(|number| number.is_finite())
}

fn unread(what: &str) -> Verdict {
    Verdict::Unread(format!("{what} could not be read"))
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}
