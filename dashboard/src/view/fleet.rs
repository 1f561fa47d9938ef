//! The list of Rollouts.

use std::collections::BTreeSet;

use kube::ResourceExt;
use serde::Deserialize;
use sluice_crds::{Rollout, RolloutPhase};

use super::Weight;
use super::release::strategy;
use crate::standing::standing;

/// The most rows on one page.
pub const ROWS: usize = 1000;

/// One Rollout in a line.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its phase.
    pub phase: RolloutPhase,
    /// Why it is in that phase.
    pub message: String,
    /// How it goes out.
    pub strategy: &'static str,
    /// The step under way and how many there are.
    pub step: Option<(i32, usize)>,
    /// The new version's share.
    pub weight: Option<Weight>,
    /// Pods that are ready, and that are asked for.
    pub ready: (i32, i32),
    /// The images that its template asks for.
    pub images: Vec<String>,
}

/// Which Rollouts to show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Filter {
    /// Those of this namespace; empty: of all.
    #[serde(default)]
    pub namespace: String,
    /// Those in this phase; empty: in any.
    #[serde(default)]
    pub phase: String,
    /// Those whose name or image holds this text.
    #[serde(default)]
    pub q: String,
    /// Which page of them, from 0.
    #[serde(default)]
    pub page: usize,
}

/// A page of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// What was asked for.
    pub filter: Filter,
    /// The namespaces that may be chosen.
    pub namespaces: BTreeSet<String>,
    /// The Rollouts on this page, by namespace and name.
    pub rows: Vec<Row>,
    /// How many match in all.
    pub matching: usize,
    /// How many there are.
    pub all: usize,
    /// How many are in each phase, whatever the filter.
    pub phases: Vec<(RolloutPhase, usize)>,
    /// What cannot be read or watched, and why.
    pub troubles: Vec<String>,
    /// Whether there may be more: not all is known yet.
    pub is_loading: bool,
}

impl Row {
    /// The line of a Rollout.
    pub fn of(rollout: &Rollout) -> Self {
        let standing = standing(rollout);
        let status = rollout.status.clone().unwrap_or_default();
        let steps = rollout.spec.strategy.canary.as_ref().map_or(0, |canary| canary.steps.len());
        let template = rollout.spec.template.as_ref();
        Self {
            namespace: rollout.namespace().unwrap_or_default(),
            name: rollout.name_any(),
            phase: standing.phase,
            message: standing.message,
            strategy: strategy(rollout),
            step: status.current_step_index.filter(|_| steps > 0).map(|step| (step, steps)),
            weight: Weight::of(rollout),
            ready: (status.ready_replicas, rollout.spec.replicas.unwrap_or(1)),
            images: template.map(|template| template.images().into_values().collect()).unwrap_or_default(),
        }
    }
}

impl Filter {
    fn takes(&self, row: &Row) -> bool {
        let text = self.q.trim();
        (self.namespace.is_empty() || self.namespace == row.namespace)
            && (self.phase.is_empty() || self.phase == format!("{:?}", row.phase))
            && (text.is_empty() || row.name.contains(text) || row.images.iter().any(|image| image.contains(text)))
    }
}

impl Page {
    /// The page that a filter asks for, of these Rollouts. A page behind the last one is empty.
    pub fn of<'a>(filter: Filter, rollouts: impl Iterator<Item = &'a Rollout>) -> Self {
        let mut rows: Vec<_> = rollouts.map(Row::of).collect();
        rows.sort_by(|one, other| (&one.namespace, &one.name).cmp(&(&other.namespace, &other.name)));
        let all = rows.len();
        let namespaces = rows.iter().map(|row| row.namespace.clone()).collect();
        let count = |phase| (phase, rows.iter().filter(|row| row.phase == phase).count());
        let phases = [RolloutPhase::Degraded, RolloutPhase::Paused, RolloutPhase::Progressing, RolloutPhase::Healthy];
        let phases = phases.map(count).to_vec();
        rows.retain(|row| filter.takes(row));
        let matching = rows.len();
        let rows = rows.into_iter().skip(filter.page.saturating_mul(ROWS)).take(ROWS).collect();
        Self { filter, namespaces, rows, matching, all, phases, troubles: Vec::new(), is_loading: false }
    }
}
