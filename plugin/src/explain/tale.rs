//! A plan, told. Pure.

use anyhow::{Context, Result};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use sluice_core::fact::Fact;
use sluice_core::observed::Observed;
use sluice_core::plan::{Plan, plan};
use sluice_core::status;

use crate::age;
use crate::clean::clean;

/// What the controller makes of a Rollout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tale {
    /// What it writes in its next pass, in this order.
    next: Vec<String>,
    /// What it finds.
    found: Vec<String>,
    /// What it waits for.
    waits_for: Vec<String>,
    /// When it looks again if nothing changes before.
    looks_again: Option<Timestamp>,
    /// What an order would do in the passes after it.
    orders: Vec<Order>,
}

/// What an order would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Order {
    order: &'static str,
    does: Vec<String>,
}

/// How wide labels are.
const LABELS: usize = 14;

impl Tale {
    /// What the controller makes of what it sees, and of what it would see after each order.
    pub(super) fn of(seen: &Observed, ordered: &[(&'static str, Observed)], now: Timestamp) -> Self {
        let now_planned = plan(seen, now);
        let mut tale = Self {
            next: now_planned.changes.iter().map(ToString::to_string).collect(),
            found: Vec::new(),
            waits_for: Vec::new(),
            looks_again: now_planned.wake,
            orders: Vec::new(),
        };
        for fact in &now_planned.facts {
            match fact {
                Fact::Held(hold) => tale.waits_for.push(hold.to_string()),
                Fact::Restarting(_) | Fact::DeadlineExceeded(_) => tale.waits_for.push(fact.to_string()),
                _ => tale.found.push(fact.to_string()),
            }
        }
        for (order, seen) in ordered {
            let does = followed(&now_planned, seen, now);
            tale.orders.extend((!does.is_empty()).then_some(Order { order, does }));
        }
        tale
    }

    /// For people.
    pub(super) fn lines(&self, name: &str, now: Timestamp) -> Vec<String> {
        let mut lines = labelled("Rollout:", &[name.to_owned()]);
        lines.extend(labelled("Found:", &self.found));
        let nothing = || vec!["nothing".to_owned()];
        lines.extend(labelled("Next:", &if self.next.is_empty() { nothing() } else { self.next.clone() }));
        lines.extend(labelled("Waits for:", &self.waits_for));
        if let Some(at) = self.looks_again {
            lines.extend(labelled("Looks again:", &[format!("in {}, at {at}", age::text(at.duration_since(now)))]));
        }
        for Order { order, does } in &self.orders {
            lines.extend(labelled(&format!("On {order}:"), does));
        }
        lines
    }

    /// For programs.
    pub(super) fn document(&self, name: &str) -> Result<Value> {
        let mut document = serde_json::to_value(self).context("write the document")?;
        json_patch::merge(&mut document, &json!({"name": name}));
        Ok(document)
    }
}

fn labelled(label: &str, texts: &[String]) -> Vec<String> {
    let labels = std::iter::once(label).chain(std::iter::repeat(""));
    labels.zip(texts).map(|(label, text)| format!("{label:LABELS$}{}", clean(text))).collect()
}

/// The most passes that are followed.
const PASSES: usize = 3;

/// What passes do after an order, up to the first that writes something beside the status.
fn followed(before: &Plan, seen: &Observed, now: Timestamp) -> Vec<String> {
    let (mut seen, mut told) = (seen.clone(), Vec::new());
    for _ in 0..PASSES {
        let next = plan(&seen, now);
        told.extend(news(before, &next));
        if !next.changes.is_empty() {
            break;
        }
        seen.status = status::fold(&seen, &next.facts, &[], now);
    }
    told.dedup();
    told
}

/// What the second plan does and finds that the first does not.
fn news(before: &Plan, after: &Plan) -> Vec<String> {
    let found = after.facts.iter().filter(|fact| !before.facts.contains(fact)).map(ToString::to_string);
    let changes = after.changes.iter().filter(|change| !before.changes.contains(change)).map(ToString::to_string);
    found.chain(changes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_steers_no_terminal() {
        assert_eq!(labelled("Found:", &["\u{1b}[2Jfine".to_owned()]), [r"Found:        \u{1b}[2Jfine"]);
    }
}
