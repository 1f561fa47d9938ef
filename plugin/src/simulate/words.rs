//! The controller's own words, made readable: revisions by what they are, times as since the update.

use std::time::Duration;

use jiff::Timestamp;
use sluice_core::spec::{BlueGreen, Canary, Gate, ManagedRoute, Router, Rule, Scale, Spec, Step, Strategy};
use sluice_crds::{RolloutAnalysis, StepExperiment, duration};

use super::state::Hashes;
use super::tale::{clock, length};

/// What texts are translated by.
#[derive(Clone, Debug)]
pub(crate) struct Words {
    /// The revisions' hashes.
    pub(crate) hashes: Hashes,
    /// The moment of the update.
    pub(crate) zero: Timestamp,
}

impl Words {
    /// The text with `new` and `old` for hashes, and `+00:01:30` for moments.
    pub(crate) fn translate(&self, text: &str) -> String {
        text.split(' ').map(|word| self.word(word)).collect::<Vec<_>>().join(" ")
    }

    fn word(&self, word: &str) -> String {
        let end = word.trim_end_matches([',', ';', ':', '.', ')']).len();
        let (core, tail) = word.split_at(end);
        let shown = match Some(core) {
            known if known == self.hashes.new.as_deref() => "new".to_owned(),
            known if known == self.hashes.old.as_deref() => "old".to_owned(),
            _ => core.parse().map_or_else(|_| core.to_owned(), |time| clock(self.since(time))),
        };
        format!("{shown}{tail}")
    }

    /// How long after the update that is.
    pub(crate) fn since(&self, time: Timestamp) -> Duration {
        Duration::try_from(time.duration_since(self.zero)).unwrap_or_default()
    }
}

/// An image with as much of its digest as tells it from others.
pub(crate) fn image(image: &str) -> String {
    match image.split_once("@sha256:") {
        Some((name, digest)) if digest.len() > 12 => format!("{name}@sha256:{}…", digest.get(..12).unwrap_or(digest)),
        _ => image.to_owned(),
    }
}

/// A strategy in words.
pub(crate) fn strategy(spec: &Spec) -> String {
    match &spec.strategy {
        Strategy::Canary(Canary { routers, .. }) => match routers.first() {
            Some(Router::Traefik(name)) => format!("canary by TraefikService {name}"),
            Some(router) => format!("canary by {}", router.name()),
            None => "canary by number of pods".to_owned(),
        },
        Strategy::BlueGreen(BlueGreen { active, .. }) => format!("blue-green at Service {active}"),
    }
}

/// A strategy's steps in words.
pub(crate) fn steps(spec: &Spec) -> Vec<String> {
    spec.steps().iter().map(step).collect()
}

fn step(step: &Step) -> String {
    match step {
        Step::SetWeight(weight) => format!("setWeight {weight}"),
        Step::SetRoute(ManagedRoute { name, rule: Rule::Headers(_) }) => format!("setHeaderRoute {name}"),
        Step::SetRoute(ManagedRoute { name, rule: Rule::Mirror { .. } }) => format!("setMirrorRoute {name}"),
        Step::SetScale(Scale::MatchWeight) => "setCanaryScale as the weight".to_owned(),
        Step::SetScale(Scale::Part(part)) => format!("setCanaryScale {part} % of the pods"),
        Step::SetScale(Scale::Pods(pods)) => format!("setCanaryScale {pods} pods"),
        Step::Pause(None) => "pause".to_owned(),
        Step::Pause(Some(time)) => format!("pause {}", length(Duration::try_from(*time).unwrap_or_default())),
        Step::Analysis(analysis) => format!("analysis {}", templates(analysis)),
        Step::Experiment(one) => format!("experiment {}", sets(one)),
    }
}

/// The sets of pods of an experiment, how long it lasts, and what is measured.
fn sets(experiment: &StepExperiment) -> String {
    let sets: Vec<_> = experiment.templates.iter().map(|one| format!("{} ({})", one.name, one.spec_ref)).collect();
    let length = experiment.duration.iter().map(|length| format!(" for {length}"));
    let analyses: Vec<_> = experiment.analyses.iter().map(|one| one.template_name.as_str()).collect();
    let measured = (!analyses.is_empty()).then(|| format!(", analysis {}", analyses.join(", ")));
    sets.join(" and ") + &length.chain(measured).collect::<String>()
}

fn templates(analysis: &RolloutAnalysis) -> String {
    analysis.templates.iter().map(|one| one.template_name.as_str()).collect::<Vec<_>>().join(", ")
}

/// All waits by the clock that a spec asks for.
pub(crate) fn waits(spec: &Spec) -> Duration {
    let time = |length: jiff::SignedDuration| Duration::try_from(length).unwrap_or_default();
    let lasts = |experiment: &StepExperiment| duration::parse(experiment.duration.as_deref()?).ok();
    let pauses = spec.steps().iter().map(|step| match step {
        Step::Pause(Some(length)) => time(*length),
        Step::Experiment(experiment) => lasts(experiment).map_or(Duration::ZERO, time),
        _ => Duration::ZERO,
    });
    let gate = match &spec.strategy {
        Strategy::BlueGreen(BlueGreen { gate: Gate::After(length), .. }) => time(*length),
        _ => Duration::ZERO,
    };
    pauses.fold(gate, Duration::saturating_add)
}
