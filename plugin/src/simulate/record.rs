//! Writes down what happens: out of the writes to the API server, and of looks at what requests and pods do.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use sluice_orders::standing::Standing;
use sluice_world::api::Write;

use super::runs::Runs;
use super::state::State;
use super::tale::{Analysis, Entry, Sample, Who};
use super::words::Words;

/// The most entries of a timeline, and the most measurements.
const MOST_ENTRIES: usize = 5_000;
const MOST_MEASUREMENTS: usize = 20_000;

/// What was written down so far.
#[derive(Debug, Default)]
pub(crate) struct Record {
    entries: Vec<Entry>,
    samples: Vec<Sample>,
    /// The AnalysisRuns.
    pub(crate) runs: Runs,
    /// What was last told of the Rollout.
    standing: Option<Standing>,
    /// How often each Kubernetes event was told.
    events: BTreeMap<String, u64>,
}

/// One moment: when it is, how everything stands in it, and the words for it.
pub(crate) struct Moment<'a> {
    /// After the update.
    pub(crate) at: Duration,
    /// How everything stands.
    pub(crate) state: &'a State,
    /// The words.
    pub(crate) words: &'a Words,
}

impl Record {
    /// Takes down that somebody or something did this.
    pub(crate) fn deed(&mut self, moment: &Moment<'_>, who: Who, text: &str) {
        self.push(moment, who, text);
    }

    /// Takes down a write to the API server, as far as it tells something.
    pub(crate) fn wrote(&mut self, moment: &Moment<'_>, write: &Write) {
        let Some(after) = &write.after else { return };
        match write.of.kind {
            "Event" => self.event(moment, &write.name, after),
            "AnalysisRun" => {
                for said in self.runs.take(after, moment.at, moment.words) {
                    self.push(moment, Who::Metric, &said);
                }
            }
            _ => {}
        }
    }

    /// Takes down how the Rollout stands, if that is another than before.
    pub(crate) fn stands(&mut self, moment: &Moment<'_>, standing: &Standing) {
        if self.standing.as_ref() == Some(standing) {
            return;
        }
        let text = match standing.message.as_str() {
            "" => format!("{:?}", standing.phase),
            message => format!("{:?}: {message}", standing.phase),
        };
        self.standing = Some(standing.clone());
        self.replace(moment, Who::Status, &text);
    }

    /// Takes down what has changed of traffic and pods.
    pub(crate) fn looked(&mut self, moment: &Moment<'_>) {
        let before = self.samples.last().map(|sample| sample.state.clone());
        if before.as_ref() == Some(moment.state) && self.samples.last().is_some_and(|last| last.phase == self.phase()) {
            return;
        }
        self.samples.retain(|sample| sample.at != moment.at);
        self.samples.push(Sample { at: moment.at, phase: self.phase(), state: moment.state.clone() });
        let Some(before) = before else { return };
        let now = moment.state;
        if (before.new.ready, before.old.ready) != (now.new.ready, now.old.ready) {
            self.replace(moment, Who::Pods, &format!("ready: {} new, {} old", now.new.ready, now.old.ready));
        }
        if before.weight != now.weight {
            let text = match now.weight {
                Some(weight) => format!("{weight}% of the requests reach the new version"),
                None => "no request is served".to_owned(),
            };
            self.replace(moment, Who::Router, &text);
        }
    }

    /// What the Rollout's status says.
    pub(crate) fn message(&self) -> String {
        self.standing.as_ref().map(|standing| standing.message.clone()).unwrap_or_default()
    }

    /// Whether more happened than anybody would read.
    pub(crate) fn is_full(&self) -> bool {
        self.entries.len() > MOST_ENTRIES || self.runs.count() > MOST_MEASUREMENTS
    }

    /// The first sample from a moment on that is so.
    pub(crate) fn first(&self, from: Duration, is: impl Fn(&Sample) -> bool) -> Option<&Sample> {
        let earlier = self.samples.iter().rev().find(|sample| sample.at <= from && is(sample));
        let is_so_then = self.samples.iter().rev().find(|sample| sample.at <= from).is_some_and(&is);
        if is_so_then { earlier } else { self.samples.iter().find(|sample| sample.at > from && is(sample)) }
    }

    /// All of it: each moment's entries in the order of who they are about.
    pub(crate) fn told(mut self) -> (Vec<Entry>, Vec<Sample>, Vec<Analysis>) {
        self.entries.sort_by_key(|entry| (entry.at, entry.who));
        (self.entries, self.samples, self.runs.all())
    }

    fn phase(&self) -> String {
        self.standing.as_ref().map_or_else(String::new, |standing| format!("{:?}", standing.phase))
    }

    /// An event of the Rollout: each time that it is said.
    fn event(&mut self, moment: &Moment<'_>, name: &str, event: &Value) {
        let part = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let count = event.pointer("/series/count").and_then(Value::as_u64).unwrap_or(1);
        let told = self.events.insert(name.to_owned(), count).unwrap_or_default();
        if part("/regarding/kind") != "Rollout" || count <= told {
            return;
        }
        let note = part("/note");
        let text = match self.runs.tally(note) {
            Some(tally) => format!("{} ({tally})", moment.words.translate(note)),
            None => moment.words.translate(note),
        };
        self.push(moment, Who::Event, &text);
        if let Some(entry) = self.entries.last_mut() {
            entry.reason = Some(part("/reason").to_owned());
            entry.warning = part("/type") == "Warning";
        }
    }

    fn push(&mut self, moment: &Moment<'_>, who: Who, text: &str) {
        let text = moment.words.translate(text);
        let state = moment.state.clone();
        self.entries.push(Entry { at: moment.at, who, reason: None, warning: false, text, state });
    }

    /// As [`Record::push`], in place of what was said of the same in this moment: only the last of that is true.
    fn replace(&mut self, moment: &Moment<'_>, who: Who, text: &str) {
        self.entries.retain(|entry| !(entry.at == moment.at && entry.who == who));
        self.push(moment, who, text);
    }
}
