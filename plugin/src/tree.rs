//! The tree view: a Rollout or an Experiment, with revisions, pods, analyses and experiments. Pure.
//!
//! [`Tree::of`] turns what was seen into a tree, which two looks can be compared by; [`Tree::lines`] draws it. Only the
//! drawing knows the time.

mod analysis;
mod document;
mod experiment;
pub(crate) mod icon;
pub(crate) mod node;
mod pod;
pub(crate) mod render;
mod replica_set;
mod revision;
mod role;
mod summary;
pub(crate) mod text;
mod trial;

use jiff::Timestamp;
use kube::{Resource, ResourceExt};
use sluice_orders::standing::standing;

use crate::seen::Seen;
use crate::trial::Trial;
use icon::Icon;
use node::{Node, Status};
pub(crate) use summary::set_weight;
use text::Text;

/// A Rollout, or an Experiment, as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tree {
    /// Labels and what stands behind them.
    summary: Vec<(&'static str, Text)>,
    root: Node,
}

impl Tree {
    /// The tree of what was seen.
    pub(crate) fn of(seen: &Seen) -> Self {
        let standing = standing(&seen.rollout);
        let status = Status { icon: Icon::of_phase(standing.phase), text: format!("{:?}", standing.phase) };
        let root = Node {
            glyph: '⟳',
            name: Text::plain(seen.rollout.name_any()),
            kind: "Rollout".into(),
            status: Some(status),
            created: created(&seen.rollout),
            info: Vec::new(),
            children: revision::nodes(seen),
        };
        Self { summary: summary::of(seen, &standing), root }
    }

    /// The tree of an Experiment by itself.
    pub(crate) fn of_trial(trial: &Trial) -> Self {
        Self { summary: trial::summary(trial), root: trial::node(trial) }
    }

    /// The same for programs.
    pub(crate) fn document(&self) -> serde_json::Value {
        document::of(&self.summary, &self.root)
    }

    /// The lines to print, with colours.
    pub(crate) fn lines(&self, now: Timestamp) -> Vec<String> {
        let mut lines = render::summary(&self.summary);
        lines.push(String::new());
        lines.extend(render::table(&self.root, now));
        lines
    }
}

fn created<K: Resource>(object: &K) -> Option<Timestamp> {
    object.meta().creation_timestamp.as_ref().map(|time| time.0)
}

#[cfg(test)]
mod tests;
