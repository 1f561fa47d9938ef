//! What is measured while a version is watched, as the spec of an AnalysisRun: one metric for each trigger.

use jiff::Timestamp;
use sluice_crds::{
    AnalysisRunSpec, Argument, DryRun, HealthJudge, IntOrString, Judge, Metric, MetricProvider, NumberQueries,
    PodsMetric, PrometheusMetric, ThresholdJudge,
};

use crate::query::{Arm, When, at};
use crate::{Action, Queries, Rules, Trigger, What};

/// So many measurements that say nothing are put up with: only a bad one ends the watch.
const ANY: i32 = i32::MAX;

/// Where the requests of two versions can be told apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Each has a Service of its own.
    Arms {
        /// The new version's.
        new: String,
        /// The stable one's.
        stable: String,
        /// When the release began. Before that all requests were the stable one's: it is judged by these where it gets hardly any.
        began: Timestamp,
    },
    /// All requests go to one Service, since a moment: the new version's. Before it they were the stable one's.
    Since {
        /// That Service.
        service: String,
        /// The one that had the stable version's requests before: another where two take turns.
        baseline: String,
        /// That moment.
        moment: Timestamp,
    },
    /// Nowhere.
    Nowhere,
}

/// The two versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versions {
    /// The namespace of the Rollout.
    pub namespace: String,
    /// The Rollout.
    pub rollout: String,
    /// The hash of the new version.
    pub new: String,
    /// The hash of the one before it.
    pub stable: String,
    /// Where their requests are told apart.
    pub place: Place,
    /// Numbers and names of the Services' ports, as a route may say them.
    pub ports: Vec<String>,
    /// From when on requests to its Service are the new version's.
    pub since: Timestamp,
}

/// Triggers that nothing can be measured for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmeasurable {
    /// Which, and what to do.
    pub why: String,
    /// Whether versions are taken back for them.
    pub holds: bool,
    /// Whether there are no others.
    pub all: bool,
}

impl Place {
    /// Values of the arguments that an operator's queries may use.
    fn args(&self) -> [(&'static str, String); 3] {
        let (new, baseline, until) = match self {
            Self::Arms { new, stable, .. } => (new.clone(), stable.clone(), None),
            Self::Since { service, baseline, moment } => (service.clone(), baseline.clone(), Some(*moment)),
            Self::Nowhere => (String::new(), String::new(), None),
        };
        [("new-service", new), ("baseline-service", baseline), ("baseline-at", at(until))]
    }
}

impl Rules {
    /// What to measure of the new version.
    pub fn watch(&self, versions: &Versions) -> AnalysisRunSpec {
        let measured = self.triggers.iter().filter_map(|trigger| Some((trigger, self.metric(trigger, versions)?)));
        let (triggers, metrics): (Vec<&Trigger>, Vec<Metric>) = measured.unzip();
        // Of those that are measured: a run that names another is refused.
        let quiet = triggers.into_iter().filter(|trigger| !self.decides(trigger));
        let dry_run = quiet.map(|trigger| only(&trigger.name)).collect();
        AnalysisRunSpec { metrics, args: args(versions), dry_run, ..AnalysisRunSpec::default() }
    }

    /// What is measured of any version: rules of the same shape watch alike.
    pub fn shape(&self) -> AnalysisRunSpec {
        let (nobody, never) = (String::new, Timestamp::UNIX_EPOCH);
        let place = Place::Arms { new: nobody(), stable: nobody(), began: never };
        let versions = Versions {
            namespace: nobody(),
            rollout: nobody(),
            new: nobody(),
            stable: nobody(),
            place,
            ports: Vec::new(),
            since: never,
        };
        self.watch(&versions)
    }

    /// The triggers for which a version is taken back.
    pub fn decisive(&self) -> impl Iterator<Item = &Trigger> {
        self.triggers.iter().filter(|trigger| self.decides(trigger))
    }

    fn decides(&self, trigger: &Trigger) -> bool {
        !self.settings.dry_run && trigger.action == Action::Rollback
    }

    /// The triggers that nothing can be measured for. Where some of them take versions back, the others are not told.
    pub fn unmeasurable(&self, place: &Place) -> Option<Unmeasurable> {
        let lacks =
            |trigger: &&Trigger| *place == Place::Nowhere && own(&trigger.what).is_none() && !is_of_pods(trigger);
        let lacking: Vec<_> = self.triggers.iter().filter(lacks).collect();
        let (decisive, quiet): (Vec<&Trigger>, Vec<&Trigger>) =
            lacking.iter().partition(|trigger| self.decides(trigger));
        let holds = !decisive.is_empty();
        let told = if holds { decisive } else { quiet };
        let names: Vec<_> = told.iter().map(|trigger| trigger.name.as_str()).collect();
        let words =
            "the requests of its versions are not told apart by Services behind Traefik; give the trigger a query";
        let all = lacking.len() == self.triggers.len();
        (!lacking.is_empty()).then(|| Unmeasurable { why: format!("{}: {words}", names.join(", ")), holds, all })
    }

    fn metric(&self, trigger: &Trigger, versions: &Versions) -> Option<Metric> {
        let (provider, judge) = match &trigger.what {
            What::HealthChecks { failures } => (pods(&versions.new, &versions.stable), health(*failures, trigger)),
            what => (self.prometheus(), threshold(what, trigger, versions)?),
        };
        Some(Metric {
            name: trigger.name.clone(),
            interval: Some(seconds(self.settings.interval)),
            inconclusive_limit: Some(IntOrString::Int(ANY)),
            consecutive_error_limit: Some(IntOrString::Int(ANY)),
            judge: Some(judge),
            provider,
            ..Metric::default()
        })
    }

    fn prometheus(&self) -> MetricProvider {
        let prometheus = PrometheusMetric { address: self.settings.prometheus.clone(), ..PrometheusMetric::default() };
        MetricProvider { prometheus: Some(prometheus), ..MetricProvider::default() }
    }
}

/// The metric of that name, and no other.
fn only(name: &str) -> DryRun {
    DryRun { metric_name: format!("^{}$", regex_literal(name)), ..DryRun::default() }
}

fn regex_literal(text: &str) -> String {
    let special = |letter: char| !letter.is_alphanumeric() && !matches!(letter, '_' | ' ' | '-');
    text.chars().flat_map(|letter| special(letter).then_some('\\').into_iter().chain([letter])).collect()
}

fn is_of_pods(trigger: &Trigger) -> bool {
    matches!(trigger.what, What::HealthChecks { .. })
}

pub(crate) fn pods(new: &str, stable: &str) -> MetricProvider {
    let stable = (stable != new).then(|| stable.to_owned());
    let pods = PodsMetric { canary: new.to_owned(), stable, ..PodsMetric::default() };
    MetricProvider { pods: Some(pods), ..MetricProvider::default() }
}

fn health(failures: u32, trigger: &Trigger) -> Judge {
    let within = seconds(trigger.window);
    let health = HealthJudge { failures: i64::from(failures), within, ..HealthJudge::default() };
    Judge { health: Some(health), ..Judge::default() }
}

fn threshold(what: &What, trigger: &Trigger, versions: &Versions) -> Option<Judge> {
    let [canary, stable] = match own(what) {
        Some(own) => of_operator(own),
        None => of_traefik(trigger, versions)?,
    };
    let bound = match what {
        What::ErrorRate { share, .. } => ThresholdJudge { limit: Some(*share), ..ThresholdJudge::default() },
        What::ResponseTime { factor, difference, telling, .. } => ThresholdJudge {
            times: Some(*factor),
            min_difference: (*difference > 0.0).then_some(*difference),
            min_samples_to_fail: (*telling > trigger.samples).then(|| i64::from(*telling)),
            ..ThresholdJudge::default()
        },
        What::HealthChecks { .. } => return None,
    };
    let (samples, wait) = (Some(i64::from(trigger.samples)), Some(seconds(trigger.window)));
    let judge = ThresholdJudge { canary, stable, min_samples: samples, max_wait: wait, ..bound };
    Some(Judge { threshold: Some(judge), ..Judge::default() })
}

/// The operator's own queries, if there are any.
fn own(what: &What) -> Option<&Queries> {
    match what {
        What::ErrorRate { queries, .. } | What::ResponseTime { queries, .. } => queries.as_ref(),
        What::HealthChecks { .. } => None,
    }
}

fn of_operator(queries: &Queries) -> [NumberQueries; 2] {
    let canary = numbers(queries.new.clone(), queries.samples.clone());
    [canary, numbers(queries.baseline.clone(), queries.baseline_samples.clone())]
}

/// Traefik's counters of both versions, and of the time before the release where that is to be compared with.
fn of_traefik(trigger: &Trigger, versions: &Versions) -> Option<[NumberQueries; 2]> {
    let Versions { namespace, ports, since, .. } = versions;
    let arm = |service, when| Arm { namespace, service, ports, window: trigger.window, when };
    let number = |arm: &Arm| Some(numbers(arm.number(&trigger.what)?, Some(arm.requests())));
    match &versions.place {
        Place::Arms { new, stable, began } => {
            let [now, before] = [When::Since(*since), When::Until(*began)].map(|when| arm(stable, when));
            Some([number(&arm(new, When::Since(*since)))?, either(trigger, &now, &before)?])
        }
        Place::Since { service, baseline, moment } => {
            Some([number(&arm(service, When::Since(*since)))?, number(&arm(baseline, When::Until(*moment)))?])
        }
        Place::Nowhere => None,
    }
}

/// Of before the release while now there are too few requests to take a version back, if there were any; else of now.
fn either(trigger: &Trigger, now: &Arm, before: &Arm) -> Option<NumberQueries> {
    let needed = match trigger.what {
        What::ResponseTime { telling, .. } => telling.max(trigger.samples),
        What::ErrorRate { .. } | What::HealthChecks { .. } => trigger.samples,
    };
    let enough = format!("({} >= {needed})", now.requests());
    let [of_now, of_before] = [now.number(&trigger.what)?, before.number(&trigger.what)?];
    let requests = format!("(({} > 0) unless {enough}) or {}", before.requests(), now.requests());
    Some(numbers(format!("(({of_before}) unless {enough}) or ({of_now})"), Some(requests)))
}

fn numbers(value: String, requests: Option<String>) -> NumberQueries {
    NumberQueries { value, requests, ..NumberQueries::default() }
}

/// The names of [`args`].
pub(crate) const ARGS: [&str; 7] =
    ["namespace", "rollout", "latest-hash", "stable-hash", "new-service", "baseline-service", "baseline-at"];

/// What an operator's queries may use, as `{{args.NAME}}`.
pub(crate) fn args(versions: &Versions) -> Vec<Argument> {
    let Versions { namespace, rollout, new, stable, place, .. } = versions;
    let known = [("namespace", namespace), ("rollout", rollout), ("latest-hash", new), ("stable-hash", stable)];
    let known = known.map(|(name, value)| (name, value.clone()));
    let all = known.into_iter().chain(place.args());
    all.map(|(name, value)| Argument { name: name.to_owned(), value: Some(value), ..Argument::default() }).collect()
}

/// A duration as the API has it.
pub(crate) fn seconds(time: jiff::SignedDuration) -> String {
    format!("{}ms", time.as_millis())
        .strip_suffix("000ms")
        .map_or_else(|| format!("{}ms", time.as_millis()), |whole| format!("{whole}s"))
}
