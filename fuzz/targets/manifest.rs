//! Manifests of every kind, as YAML and as JSON, through the checks into a first plan.
#![no_main]

use std::collections::BTreeMap;
use std::fmt::Debug;

use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use sluice_analysis::{provider::prometheus::Defaults, run::Run, template};
use sluice_core::observed::{Hash, Observed};
use sluice_core::{event, hash, ping_pong, plan, status, validate};
use sluice_crds::{
    AnalysisRun, AnalysisTemplate, AnalysisTemplateSpec, ClusterAnalysisTemplate, Experiment, Rollout, TemplateRef,
    Violation, duration, violation,
};

libfuzzer_sys::fuzz_target!(|data: &[u8]| try_one(data));

/// One document.
///
/// # Panics
/// When a manifest changes on its way through its type, or when what is wrong with it does not fit a status.
fn try_one(data: &[u8]) {
    if let Ok(json) = serde_json::from_slice::<Value>(data) {
        every_kind(&json);
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = read_yaml::<Rollout>(text);
    let _ = read_yaml::<AnalysisRun>(text);
    if let Some(yaml) = read_yaml::<Value>(text) {
        every_kind(&yaml);
    }
}

/// Reads YAML within limits: by default a bomb of aliases of 700 bytes takes a second.
fn read_yaml<T: DeserializeOwned>(text: &str) -> Option<T> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_depth: 64, max_nodes: 100_000 },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 100_000 },
    };
    serde_saphyr::from_str_with_options(text, options).ok()
}

fn every_kind(manifest: &Value) {
    if let Some(rollout) = typed::<Rollout>(manifest) {
        of_rollout(&rollout);
    }
    if let Some(run) = typed::<AnalysisRun>(manifest) {
        report(Run::parse(&run.spec, |_| Some("secret".to_owned()), &Defaults::default()));
    }
    if let Some(template) = typed::<AnalysisTemplate>(manifest) {
        of_template(&template.spec);
    }
    if let Some(template) = typed::<ClusterAnalysisTemplate>(manifest) {
        of_template(&template.spec.0);
    }
    let _ = typed::<Experiment>(manifest);
}

/// The manifest as a `T`: what that writes reads as the same.
fn typed<T: Serialize + DeserializeOwned + PartialEq + Debug>(manifest: &Value) -> Option<T> {
    let first: T = serde_json::from_value(manifest.clone()).ok()?;
    let written = serde_json::to_value(&first).expect("what was read can be written");
    let second: T = serde_json::from_value(written).expect("what was written can be read");
    assert_eq!(first, second);
    Some(first)
}

fn report<T>(checked: Result<T, Vec<Violation>>) -> Option<T> {
    checked.map_err(|violations| sluice_fuzz::fits_a_status(&violation::in_one_line(&violations))).ok()
}

fn of_template(spec: &AnalysisTemplateSpec) {
    let named = TemplateRef { template_name: "self".to_owned(), ..TemplateRef::default() };
    let flat = report(template::flatten(std::slice::from_ref(&named), |one| (*one == named).then_some(spec)));
    if let Some(flat) = flat {
        report(flat.into_run(&[], &[], &[], |_| None));
    }
}

fn of_rollout(rollout: &Rollout) {
    let spec = &rollout.spec;
    let template = spec.template.clone().unwrap_or_default();
    let steps = spec.strategy.canary.as_ref().map_or(&[][..], |canary| &canary.steps);
    let _ = template.images();
    for step in steps {
        let _ = step.pause.as_ref().map(|pause| duration::parse_or_seconds(&format!("{:?}", pause.duration)));
    }
    let seen = Observed {
        name: rollout.metadata.name.clone().unwrap_or_default(),
        generation: rollout.metadata.generation.unwrap_or_default(),
        spec: validate::spec(spec, ping_pong::arms(spec, &rollout.status.clone().unwrap_or_default())),
        status: rollout.status.clone().unwrap_or_default(),
        loan: None,
        hash: hash::template(&template),
        steps_hash: hash::steps(steps),
        selector: String::new(),
        revisions: Vec::new(),
        marks: BTreeMap::new(),
        pods: None,
        services: BTreeMap::new(),
        routed: None,
        analyses: Vec::new(),
        aside: Vec::new(),
        guard: None,
    };
    for hash in [seen.hash.clone(), Hash::from("")] {
        first_pass(&Observed { hash, ..seen.clone() });
    }
}

fn first_pass(seen: &Observed) {
    let plan = plan(seen, Timestamp::UNIX_EPOCH);
    let status = status::fold(seen, &plan.facts, &plan.changes, Timestamp::UNIX_EPOCH);
    let own = status.conditions.iter().filter(|condition| !seen.status.conditions.contains(condition));
    own.for_each(|condition| sluice_fuzz::fits_a_status(&condition.message));
    for event in event::events(&seen.status, &plan.facts, &plan.changes) {
        assert!(!event.reason.is_empty());
    }
}
