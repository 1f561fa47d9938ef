//! Analyses from their templates to their verdict: arguments, secrets, metrics, measurements.
#![no_main]

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;
use sluice_analysis::fact;
use sluice_analysis::given::Place;
use sluice_analysis::metric::Reading;
use sluice_analysis::plan::{Wake, plan};
use sluice_analysis::provider::{Answer, prometheus::Defaults};
use sluice_analysis::{fold, run::Run, template};
use sluice_crds::{
    AnalysisRunSpec, AnalysisRunStatus, AnalysisTemplateSpec, RolloutAnalysis, Violation, violation::in_one_line,
};

libfuzzer_sys::fuzz_target!(|data: &[u8]| try_one(data));

/// A story: templates by name, the analysis that names them, and what the measurements give in turn.
#[derive(Deserialize)]
struct Story {
    templates: BTreeMap<String, AnalysisTemplateSpec>,
    analysis: RolloutAnalysis,
    #[serde(default)]
    answers: Vec<Value>,
    #[serde(default)]
    status: AnalysisRunStatus,
}

/// What every Secret holds: it looks different once quoted, and no part of it may ever be shown.
const SECRET: &str = "\"QZXJ\\\n";
/// The part of it that no quoting changes.
const TRACE: &str = "QZXJ";

/// A story in JSON.
///
/// # Panics
/// When a secret is shown, a settled status changes, or an ended run goes on.
fn try_one(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    // A text that holds the secret itself gives nothing away.
    if text.to_uppercase().contains(TRACE) || text.contains("\\u") {
        return;
    }
    let Ok(story) = serde_json::from_str::<Story>(text) else { return };
    let lookup = |place: Place<'_>| match place {
        Place::StableHash => Some("5b8f".to_owned()),
        Place::LatestHash => None,
        Place::Field(path) => (!path.is_empty()).then(|| path.to_owned()),
    };
    match template::prepare(&story.analysis, |one| story.templates.get(&one.template_name), lookup) {
        Ok(prepared) => run(&prepared.spec, &story),
        Err(violations) => told(&violations),
    }
}

fn told(violations: &[Violation]) {
    let text = in_one_line(violations);
    assert!(!text.contains(TRACE), "shows a secret: {text}");
    sluice_fuzz::fits_a_status(&text);
}

fn run(spec: &AnalysisRunSpec, story: &Story) {
    let defaults = Defaults { prometheus_address: Some("http://prometheus:9090".to_owned()) };
    let run = match Run::parse(spec, |_| Some(SECRET.to_owned()), &defaults) {
        Ok(run) => run,
        Err(violations) => return told(&violations),
    };
    let mut status = story.status.clone();
    let mut now = Timestamp::UNIX_EPOCH;
    for answer in &story.answers {
        let next = plan(&run, &status, &BTreeSet::new(), now);
        let readings = next.measure.iter().map(|metric| reading(metric, answer, now)).collect();
        now = match next.wake {
            Wake::At(at) if at > now => at,
            _ => now.checked_add(SignedDuration::from_secs(30)).unwrap_or(now),
        };
        status = folded(&run, &status, readings, now);
    }
}

fn reading(metric: &sluice_analysis::metric::Metric, answer: &Value, now: Timestamp) -> Reading {
    let text = answer.to_string();
    let value = match answer {
        // What Prometheus answers, rather than any list.
        Value::Array(items) if items.iter().all(Value::is_number) => {
            items.iter().filter_map(Value::as_f64).collect::<Vec<_>>().into()
        }
        other => other.clone().into(),
    };
    let verdict = metric.conditions.judge(&value, &text);
    // An object of numbers stands for the counters of two versions.
    let arms = answer.as_object().into_iter().flatten();
    let arms = arms.filter_map(|(name, number)| Some((name.clone(), number.as_f64()?))).collect();
    let answer = Some(Answer { value, text, metadata: BTreeMap::new(), arms });
    Reading { metric: metric.name.clone(), started: now, finished: now, verdict, answer }
}

/// The next status: what was over stays as it was, what nothing happened to stays the same, and no secret is in it.
fn folded(run: &Run, before: &AnalysisRunStatus, readings: Vec<Reading>, now: Timestamp) -> AnalysisRunStatus {
    let after = fold::fold(run, before, readings, now);
    if before.phase.is_completed() {
        assert_eq!(before, &after);
    }
    assert_eq!(fold::fold(run, &after, Vec::new(), now), after);
    let text = serde_json::to_string(&after).expect("a status can be written");
    assert!(!text.contains(TRACE), "shows a secret: {text}");
    for fact in fact::facts(before, &after) {
        assert!(!fact.to_string().contains(TRACE), "shows a secret: {fact}");
    }
    after
}
