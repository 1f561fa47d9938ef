//! Reads triggers.

use serde_json::Value;

use crate::fields::{Fields, Found};
use crate::watch::ARGS;
use crate::{Action, Queries, Trigger, What, quantity};

/// The most triggers of a list.
const MOST: usize = 50;

/// How many requests are needed to tell where a trigger does not say.
const SAMPLES: u32 = 20;

/// So many requests beyond a quantile tell how large it is. Where one request in twenty takes five times the usual, the 95th
/// percentile doubles by chance once in 2,000 looks at 200 requests each, and once in 9 at 20.
const SLOWER: f64 = 10.0;

/// Response times that differ by less, in seconds, are alike: nobody feels it, and the buckets of a histogram are coarser.
const ALIKE: f64 = 0.01;

/// The kinds of trigger.
#[derive(Clone, Copy)]
enum Kind {
    Health,
    Errors,
    Times,
}

const KINDS: [(&str, Kind); 3] = [
    ("health_check_failure", Kind::Health),
    ("error_rate_spike", Kind::Errors),
    ("response_time_degradation", Kind::Times),
];

const ACTIONS: [(&str, Action); 2] = [("automatic_rollback", Action::Rollback), ("notify_only", Action::Notify)];

/// Reads a list of triggers; those with mistakes are left out, and the mistakes noted.
pub(crate) fn triggers(items: Vec<(String, Value)>, at: &str, found: &mut Found) -> Vec<Trigger> {
    if items.len() > MOST {
        found.wrong(at, format!("has {} triggers; {MOST} are the most", items.len()));
        return Vec::new();
    }
    let read: Vec<_> =
        items.into_iter().filter_map(|(path, item)| Some((trigger(&path, item, found)?, path))).collect();
    for (index, (one, path)) in read.iter().enumerate() {
        if read.iter().take(index).any(|(other, _)| other.name == one.name) {
            found.wrong(path, format!("is called {:?} like an earlier one; give it another name", one.name));
        }
    }
    read.into_iter().map(|(trigger, _)| trigger).collect()
}

fn trigger(path: &str, item: Value, found: &mut Found) -> Option<Trigger> {
    let mut fields = Fields::of(path, item, found);
    let r#type = fields.text("type", found);
    let name = fields.text("name", found);
    let kind = kind(&fields.at("type"), r#type.as_deref(), found);
    let threshold = required(&mut fields, "threshold", found);
    let window = fields.time("duration", found);
    if window.is_none() && !found.names(&fields.at("duration")) {
        found.wrong(&fields.at("duration"), "is missing; say over which time, such as 5m");
    }
    let least = samples(&mut fields, found);
    let action = fields.word("action", &ACTIONS, found).unwrap_or(Action::Rollback);
    let what = kind.and_then(|kind| what(kind, threshold.as_deref(), least, &mut fields, found));
    fields.end(found);
    Some(Trigger { name: name.or(r#type)?, what: what?, window: window?, samples: least.unwrap_or(SAMPLES), action })
}

/// The number of requests that are needed to tell, where the trigger says one.
fn samples(fields: &mut Fields, found: &mut Found) -> Option<u32> {
    let text = fields.text("min_samples", found)?;
    found.note(&fields.at("min_samples"), quantity::count(&text))
}

/// So many requests that at least [`SLOWER`] of them are slower than that quantile.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "what is too large is as much as fits")]
fn telling(quantile: f64) -> u32 {
    (SLOWER / (1.0 - quantile)).round() as u32
}

fn kind(path: &str, text: Option<&str>, found: &mut Found) -> Option<Kind> {
    let known = || KINDS.map(|(word, _)| word).join(", ");
    let Some(text) = text else {
        found.wrong(path, format!("is missing; must be one of {}", known()));
        return None;
    };
    let kind = KINDS.iter().find(|(word, _)| *word == text).map(|(_, kind)| *kind);
    found.note(path, kind.ok_or_else(|| format!("is {text:?}; must be one of {}", known())))
}

fn what(
    kind: Kind,
    threshold: Option<&str>,
    samples: Option<u32>,
    fields: &mut Fields,
    found: &mut Found,
) -> Option<What> {
    let at = fields.at("threshold");
    match kind {
        Kind::Health => {
            let failures = found.note(&at, quantity::count(threshold?))?;
            Some(What::HealthChecks { failures })
        }
        Kind::Errors => {
            let queries = queries(fields, found);
            let share = found.note(&at, quantity::share(threshold?))?;
            Some(What::ErrorRate { share, queries })
        }
        Kind::Times => {
            let queries = queries(fields, found);
            let text = fields.text("quantile", found);
            let quantile =
                text.map_or(Some(0.95), |text| found.note(&fields.at("quantile"), quantity::quantile(&text)));
            let difference = fields.time("min_difference", found).map(|time| time.as_secs_f64());
            // Queries of one's own may be in any unit.
            let difference = difference.unwrap_or(if queries.is_some() { 0.0 } else { ALIKE });
            let factor = found.note(&at, quantity::multiple(threshold?))?;
            let quantile = quantile?;
            let telling = samples.unwrap_or_else(|| telling(quantile));
            Some(What::ResponseTime { factor, quantile, difference, telling, queries })
        }
    }
}

/// The operator's own queries; both versions must be asked for, or nothing could be told from what happens to all.
fn queries(fields: &mut Fields, found: &mut Found) -> Option<Queries> {
    let at = fields.at("query");
    let mut own = Fields::of(&at, fields.take("query")?, found);
    let [new, baseline] = ["new", "baseline"].map(|name| {
        let asked = query(&mut own, name, found);
        if asked.is_none() && !found.names(&own.at(name)) {
            found.wrong(&own.at(name), "is missing; give it a value");
        }
        asked
    });
    let [samples, baseline_samples] = ["samples", "baseline_samples"].map(|name| query(&mut own, name, found));
    own.end(found);
    Some(Queries { new: new?, baseline: baseline?, samples, baseline_samples })
}

/// A query. One that could not be asked would take the others of its watch down with it.
fn query(fields: &mut Fields, name: &str, found: &mut Found) -> Option<String> {
    let text = fields.text(name, found)?;
    let pieces = text.split("{{").skip(1).map(|piece| piece.split_once("}}").map_or(piece, |(name, _)| name).trim());
    let unknown = { pieces }.find(|name| !ARGS.iter().any(|known| name.strip_prefix("args.") == Some(known)));
    if let Some(unknown) = unknown {
        let known = ARGS.map(|name| format!("{{{{args.{name}}}}}")).join(", ");
        found.wrong(&fields.at(name), format!("asks for {{{{{unknown}}}}}, which is not there; there are {known}"));
    }
    Some(text)
}

fn required(fields: &mut Fields, name: &str, found: &mut Found) -> Option<String> {
    let at = fields.at(name);
    let text = fields.text(name, found);
    if text.is_none() && !found.names(&at) {
        found.wrong(&at, "is missing; give it a value");
    }
    text
}
