//! The metrics of all templates, and what Prometheus answers for each.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde_json::{Value, json};
use sluice_analysis::judge::Outcome;
use sluice_analysis::provider::prometheus::Defaults;
use sluice_analysis::run::Run;
use sluice_crds::{AnalysisRunSpec, decode};
use sluice_world::actors::prometheus::{Answer, Prometheus};

use super::answers::{self, Judged};
use super::case::text;
use super::scenario::{Reading, Which};

/// The metrics of a simulation. A clone is the same one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Metrics(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    known: Vec<Known>,
    /// Why no answer was found, where one was needed.
    lacking: Option<String>,
}

/// One metric.
#[derive(Debug)]
struct Known {
    template: String,
    name: String,
    reading: Reading,
    /// Its conditions, once a run has it.
    judged: Option<Judged>,
    answered: BTreeMap<&'static str, Answer>,
}

/// What a metric was answered.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answered {
    /// Its template.
    pub(crate) template: String,
    /// Its name.
    pub(crate) metric: String,
    /// The answers, by what was wanted of it.
    pub(crate) answers: BTreeMap<String, String>,
}

impl Metrics {
    /// Marks each query of the templates among these objects by a comment, so that whoever asks it can be told which metric
    /// it is: two metrics may ask the same, or one a part of the other.
    pub(crate) fn mark(&self, objects: &mut [Value], prometheus: &Prometheus) {
        for object in objects.iter_mut().filter(|one| text(one, "/kind").is_some_and(|kind| kind.ends_with("Template")))
        {
            let template = text(object, "/metadata/name").unwrap_or_default().to_owned();
            let metrics = object.pointer_mut("/spec/metrics").and_then(Value::as_array_mut);
            for metric in metrics.into_iter().flatten() {
                self.mark_one(&template, metric, prometheus);
            }
        }
    }

    fn mark_one(&self, template: &str, metric: &mut Value, prometheus: &Prometheus) {
        let name = text(metric, "/name").unwrap_or_default().to_owned();
        let Some(query) = metric.pointer_mut("/provider/prometheus/query") else { return };
        // What is missing is for the controller to find.
        let Some(written) = query.as_str().filter(|query| !query.trim().is_empty()) else { return };
        let number = self.lock().known.len();
        *query = json!(format!("{}{written}", mark(number)));
        self.lock().known.push(Known {
            template: template.to_owned(),
            name,
            reading: Reading::Good,
            judged: None,
            answered: BTreeMap::new(),
        });
        let metrics = self.clone();
        prometheus.set(&mark(number), Arc::new(move |_| metrics.answer(number)));
    }

    /// Sets what is answered from now on. False where no metric is meant.
    pub(crate) fn set(&self, which: &Which, reading: &Reading) -> bool {
        let mut state = self.lock();
        let meant = state.known.iter_mut().filter(|known| which.is(&known.template, &known.name));
        meant.map(|known| known.reading = reading.clone()).count() > 0
    }

    /// Whether some metric is meant.
    pub(crate) fn has(&self, which: &Which) -> bool {
        self.lock().known.iter().any(|known| which.is(&known.template, &known.name))
    }

    /// The metrics, as people name them.
    pub(crate) fn names(&self) -> Vec<String> {
        self.lock().known.iter().map(Known::title).collect()
    }

    /// Learns the conditions of a new run's metrics: only there their arguments are filled in.
    pub(crate) fn learn(&self, run: &Value) {
        let spec = run.get("spec").and_then(|spec| decode::<AnalysisRunSpec>(spec.clone()).ok());
        let Some(spec) = spec else { return };
        // A secret is no part of a condition, so any will do.
        let Ok(parsed) = Run::parse(&spec, |_| Some("0".to_owned()), &defaults()) else { return };
        for metric in &spec.metrics {
            let query = metric.provider.prometheus.as_ref().and_then(|one| one.query.as_deref());
            let (Some(number), Some(found)) = (query.and_then(number), parsed.metric(&metric.name)) else { continue };
            let texts = metric.success_condition.iter().chain(&metric.failure_condition).cloned().collect();
            let mut state = self.lock();
            if let Some(known) = state.known.get_mut(number) {
                known.judged = Some(Judged { conditions: found.conditions.clone(), texts });
            }
        }
    }

    /// Why the simulation cannot go on, if so.
    pub(crate) fn lacking(&self) -> Option<String> {
        self.lock().lacking.clone()
    }

    /// What was answered so far.
    pub(crate) fn answered(&self) -> Vec<Answered> {
        let state = self.lock();
        let asked = state.known.iter().filter(|known| !known.answered.is_empty());
        asked.map(Known::told).collect()
    }

    fn answer(&self, number: usize) -> Answer {
        let mut state = self.lock();
        let Some(known) = state.known.get_mut(number) else { return Answer::Empty };
        match known.answer() {
            Ok(answer) => answer,
            Err(why) => {
                state.lacking.get_or_insert(why);
                Answer::Empty
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn title(&self) -> String {
        format!("{}/{}", self.template, self.name)
    }

    fn answer(&mut self) -> Result<Answer, String> {
        match self.reading.clone() {
            Reading::Good => self.found("good", Outcome::Successful),
            Reading::Bad => self.found("bad", Outcome::Failed),
            Reading::Absent => Ok(Answer::Empty),
            Reading::Unreachable => Ok(Answer::Unreachable),
            Reading::Numbers(numbers) => Ok(match &self.judged {
                Some(judged) => judged.given(numbers),
                None => Answer::Vector(numbers),
            }),
        }
    }

    fn found(&mut self, what: &'static str, outcome: Outcome) -> Result<Answer, String> {
        if let Some(answer) = self.answered.get(what) {
            return Ok(answer.clone());
        }
        let Some(judged) = &self.judged else { return Ok(Answer::Empty) };
        let answer = judged.answer(outcome).ok_or_else(|| {
            let conditions = judged.texts.join(" and ");
            format!(
                "no answer was found by which metric {} is {what} ({conditions}); say one in the scenario file: \
                 metrics: [{{template: {}, name: {}, value: 0.5}}]",
                self.title(),
                self.template,
                self.name
            )
        })?;
        self.answered.insert(what, answer.clone());
        Ok(answer)
    }

    fn told(&self) -> Answered {
        let answers = self.answered.iter().map(|(what, answer)| ((*what).to_owned(), answers::shown(answer)));
        Answered { template: self.template.clone(), metric: self.name.clone(), answers: answers.collect() }
    }
}

/// Where metrics are measured that do not say it themselves.
pub(crate) fn defaults() -> Defaults {
    Defaults { prometheus_address: Some("http://prometheus".to_owned()) }
}

const MARK: &str = "# simulated metric ";

/// A comment, in the language of queries.
fn mark(number: usize) -> String {
    format!("{MARK}{number}\n")
}

fn number(query: &str) -> Option<usize> {
    query.strip_prefix(MARK)?.lines().next()?.parse().ok()
}
