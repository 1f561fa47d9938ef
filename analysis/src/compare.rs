//! Compares the new version with the stable one by counters of both.
//!
//! The counters come from one query, so that they are of one moment. What they grew by since the last measurement is
//! weighed, and the evidence kept in the metric's status: a controller that starts anew goes on where the last one ended.
//! Until the new version has answered enough requests a measurement says nothing, and is counted as none.

mod counters;
mod health;
mod latency;
mod parse;
mod ranks;
mod threshold;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::evidence::{Look, Power};
use crate::judge::{Outcome, Verdict, verdict};

/// Under which key status keeps the evidence so far.
pub const EVIDENCE: &str = "Evidence";

/// Under which key status keeps what the traffic at hand can show.
pub const POWER: &str = "Power";

/// Last words of a verdict on numbers that are bad for both versions: no rollback would mend that.
pub const SHARED: &str = "it may not be the version that does it";

/// So many bad requests tell how often they come, to about a third.
const KNOWN: u64 = 10;

/// How a metric compares two versions.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    what: What,
    alpha: f64,
    samples: u64,
    wait: SignedDuration,
}

/// What is compared, with the queries for it.
#[derive(Clone, Debug, PartialEq)]
enum What {
    /// By the sequential test, which finds a version that is `ratio` times worse or more.
    Requests { queries: [(counters::Counter, String); 4], ratio: f64 },
    /// The same for slow requests.
    Latency { queries: latency::Queries, ratio: f64 },
    /// By the test of Mann and Whitney.
    Ranks { queries: latency::Queries, bounds: ranks::Bounds },
    /// By a bound.
    Number { queries: threshold::Queries, bound: threshold::Bound },
    /// By how often pods fail.
    Health(health::Bound),
}

/// What one measurement came to.
pub(crate) struct Weighed {
    /// What is kept until the next one.
    pub(crate) kept: String,
    /// What it says.
    pub(crate) verdict: Verdict,
    /// What the traffic can show, once that can be told.
    pub(crate) power: Option<Power>,
}

impl Weighed {
    fn error(kept: Option<&str>, message: String) -> Self {
        let kept = kept.unwrap_or_default().to_owned();
        Self { kept, verdict: verdict(Outcome::Error, message), power: None }
    }
}

/// Counters of both versions, of one moment.
trait Counted: Sized {
    /// What they grew by.
    type Grown;

    /// What they grew by until they stood so; `None` where one went down: it began anew somewhere, or a part of it could not be read,
    /// as when a scrape misses one of several Traefik pods.
    fn until(&self, later: &Self) -> Option<Self::Grown>;

    /// Whether one has come from below to where it stood then, or beyond: it may have a part again that could not be read, with all
    /// that was ever counted in it.
    fn is_back(&self, then: &Self, now: &Self) -> bool;
}

/// The most falls that are remembered: more than there are scrapes that are lost in a row.
const FALLS: usize = 20;

fn grown(before: f64, now: f64) -> Option<f64> {
    (now >= before).then_some(now - before)
}

fn is_back(before: f64, then: f64, now: f64) -> bool {
    before < then && now >= then
}

/// What is kept between measurements.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct State<Counters, Evidence> {
    since: Timestamp,
    counters: Counters,
    /// How they stood each time before one went down, as far as they have not passed that since.
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    fell: Vec<Counters>,
    evidence: Evidence,
}

impl<C, E> State<C, E> {
    fn new(since: Timestamp, counters: C, evidence: E) -> Self {
        Self { since, counters, fell: Vec::new(), evidence }
    }
}

impl<C: Counted, E> State<C, E> {
    /// What they grew by since the last measurement. From now on it is counted from these.
    fn count(&mut self, now: C) -> Option<C::Grown> {
        let grown = self.counters.until(&now);
        let passed = |then: &C| self.counters.is_back(then, &now);
        let is_back = self.fell.iter().any(passed);
        self.fell.retain(|then| !passed(then));
        let before = std::mem::replace(&mut self.counters, now);
        if grown.is_none() {
            self.fell.push(before);
            self.fell.drain(..self.fell.len().saturating_sub(FALLS));
        }
        grown.filter(|_| !is_back)
    }
}

impl<C, E> State<C, E>
where
    C: Serialize + for<'de> Deserialize<'de>,
    E: Serialize + for<'de> Deserialize<'de>,
{
    /// What was kept; what cannot be read was of another comparison, and means nothing.
    fn read(kept: Option<&str>) -> Option<Self> {
        kept.and_then(|text| serde_json::from_str(text).ok())
    }

    fn written(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// What was seen of both versions so far.
struct Seen {
    since: Timestamp,
    look: Look,
    /// Of which there must be enough.
    requests: u64,
    whose: &'static str,
    blamed: bool,
    /// The numbers, for people.
    told: String,
}

impl Comparison {
    /// One PromQL query for all counters, told apart by the label [`crate::provider::ARM`].
    pub(crate) fn query(&self) -> String {
        match &self.what {
            What::Requests { queries, .. } => counters::query(queries),
            What::Latency { queries, .. } | What::Ranks { queries, .. } => latency::query(queries),
            What::Number { queries, .. } => threshold::query(queries),
            // Pods are looked at, not asked for.
            What::Health(_) => String::new(),
        }
    }

    /// Weighs the counters of one measurement, `kept` being what was kept after the last.
    pub(crate) fn weigh(&self, kept: Option<&str>, arms: &BTreeMap<String, f64>, now: Timestamp) -> Weighed {
        let weighed = match self.what {
            What::Requests { ratio, .. } => counters::weigh(self, ratio, kept, arms, now),
            What::Latency { ratio, .. } => latency::weigh(self, ratio, kept, arms, now),
            What::Ranks { bounds, .. } => ranks::weigh(self, bounds, kept, arms, now),
            What::Number { bound, .. } => return threshold::weigh(self, bound, kept, arms, now),
            What::Health(bound) => return health::weigh(bound, kept, arms, now),
        };
        match weighed {
            Ok((kept, seen)) => Weighed { kept, verdict: self.judge(&seen, now), power: self.power(&seen, now) },
            Err(message) => Weighed::error(kept, message),
        }
    }

    fn judge(&self, seen: &Seen, now: Timestamp) -> Verdict {
        let Seen { since, requests, whose, blamed, told, .. } = seen;
        if *blamed {
            let words = "more than chance explains";
            return verdict(Outcome::Failed, format!("{told}: {words} (at a false positive rate of {})", self.alpha));
        }
        if *requests >= self.samples {
            return verdict(Outcome::Successful, String::new());
        }
        self.too_few(told, (whose, self.samples), *since, now)
    }

    /// What it comes to that too little was seen: it is waited for, though not for ever.
    fn too_few(&self, told: &str, (whose, needed): (&str, u64), since: Timestamp, now: Timestamp) -> Verdict {
        let few = format!("{told}: too few to tell; {needed} requests of {whose} are needed");
        let outcome = if now.duration_since(since) >= self.wait { Outcome::Inconclusive } else { Outcome::Waiting };
        verdict(outcome, few)
    }

    /// What the traffic at hand can show. Nothing is told before both versions were seen, and it is known how often the stable one is bad.
    fn power(&self, seen: &Seen, now: Timestamp) -> Option<Power> {
        let Look { canary, stable } = seen.look;
        let seconds = now.duration_since(seen.since).as_secs_f64();
        if canary.requests == 0 || stable.bad < KNOWN || stable.bad >= stable.requests || seconds <= 0.0 {
            return None;
        }
        let [new, old, bad] = [canary.requests, stable.requests, stable.bad].map(float);
        let power =
            Power { requests: (new + old) / seconds, share: new / (new + old), bad: bad / old, alpha: self.alpha };
        Some(power)
    }
}

#[allow(clippy::cast_precision_loss, reason = "counts of requests stay far below 2^52")]
fn float(count: u64) -> f64 {
    count as f64
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count: finite, and not negative")]
fn whole(number: f64) -> u64 {
    number.round() as u64
}

#[cfg(test)]
mod tests;
