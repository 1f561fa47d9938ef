//! Labels and annotations that pods have for their role only: `canaryMetadata`, `stableMetadata` and their like.
//!
//! They are on the ReplicaSet's template, for pods to come, and on the pods that live, which are not restarted for it. What
//! a revision was given for a role is recorded on its ReplicaSet, so that it can be taken back when the role changes:
//! first the template gets what it should have (what leaves it stays in the record), then the pods, and once all are seen
//! to have it, what left is taken out of the record. A pass that dies in between is planned again.

use std::collections::{BTreeMap, BTreeSet};

use sluice_crds::Metadata;
use sluice_crds::names::label;

use crate::change::{Change, Why};
use crate::observed::{Hash, Marks, Observed, Pod, Revision};
use crate::spec::{RoleMetadata, Spec, Strategy};

/// The most pods that one pass changes: a revision of thousands is done in turns, and nothing else waits for it long.
const AT_ONCE: usize = 50;

/// New values of labels or annotations; `None` takes one away.
pub type Edits = BTreeMap<String, Option<String>>;

/// The labels and annotations that any role gives or gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    labels: BTreeSet<String>,
    annotations: BTreeSet<String>,
}

impl Keys {
    /// Those of the spec, and those that a revision was given before.
    pub fn of(roles: &RoleMetadata, recorded: &Metadata) -> Self {
        let all = [&roles.new, &roles.stable, recorded];
        Self {
            labels: all.iter().flat_map(|one| one.labels.keys()).cloned().collect(),
            annotations: all.iter().flat_map(|one| one.annotations.keys()).cloned().collect(),
        }
    }

    /// What an object has of them.
    pub fn pick(&self, labels: &BTreeMap<String, String>, annotations: &BTreeMap<String, String>) -> Metadata {
        Metadata { labels: picked(&self.labels, labels), annotations: picked(&self.annotations, annotations) }
    }
}

fn picked(keys: &BTreeSet<String>, from: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    // The label that tells revisions apart is nobody's to give.
    let keys = keys.iter().filter(|key| *key != label::POD_TEMPLATE_HASH);
    keys.filter_map(|key| Some((key.clone(), from.get(key)?.clone()))).collect()
}

/// What a revision's pods should have for its role, and what that is called.
///
/// Before a revision has ever been completed, the new one is about to be stable.
pub fn of_role(spec: &Spec, seen: &Observed, hash: &Hash) -> (Metadata, Why) {
    let stable = seen.stable_hash();
    let (new, kept) = match spec.strategy {
        Strategy::Canary(_) => ("canary metadata", "stable metadata"),
        Strategy::BlueGreen(_) => ("preview metadata", "active metadata"),
    };
    if stable.as_ref() == Some(hash) || (stable.is_none() && *hash == seen.hash) {
        (spec.metadata.stable.clone(), Why::Role(kept))
    } else if *hash == seen.hash {
        (spec.metadata.new.clone(), Why::Role(new))
    } else {
        (Metadata::default(), Why::Role("no role any more"))
    }
}

/// What is to be done so that every revision's pods have what their role gives them.
pub(crate) fn changes(spec: &Spec, seen: &Observed) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut room = AT_ONCE;
    for revision in &seen.revisions {
        let Some(marks) = seen.marks.get(&revision.hash) else { continue };
        let one = Marking::new(spec, seen, revision, marks);
        let change = one.template().or_else(|| one.pods(room)).or_else(|| one.record());
        if let Some(Change::MarkPods { pods, .. }) = &change {
            room -= pods.len();
        }
        changes.extend(change);
    }
    changes
}

/// One revision, and what it should have.
struct Marking<'a> {
    revision: &'a Revision,
    marks: &'a Marks,
    wanted: Metadata,
    why: Why,
    keys: Keys,
    /// Its pods that stay; `None` while nobody has looked.
    pods: Option<Vec<&'a Pod>>,
}

impl<'a> Marking<'a> {
    fn new(spec: &Spec, seen: &'a Observed, revision: &'a Revision, marks: &'a Marks) -> Self {
        let (wanted, why) = of_role(spec, seen, &revision.hash);
        let of_it = |pod: &&Pod| pod.hash == revision.hash && !pod.leaving;
        let pods = seen.pods.as_ref().map(|pods| pods.iter().filter(of_it).collect());
        Self { revision, marks, wanted, why, keys: Keys::of(&spec.metadata, &marks.recorded), pods }
    }

    /// Gives the template what its role has, and takes from it what an earlier role had.
    fn template(&self) -> Option<Change> {
        let labels = due(|of| &of.labels, &self.wanted, self.marks);
        let annotations = due(|of| &of.annotations, &self.wanted, self.marks);
        let has =
            |edits: &Edits, has: &BTreeMap<String, String>| edits.iter().all(|(key, to)| has.get(key) == to.as_ref());
        let fits = has(&labels, &self.marks.template.labels) && has(&annotations, &self.marks.template.annotations);
        if fits && includes(&self.marks.recorded, &self.wanted) {
            return None;
        }
        let nobody = self.revision.current == 0;
        let record = if nobody { self.wanted.clone() } else { both(&self.marks.recorded, &self.wanted) };
        Some(Change::Mark { hash: self.revision.hash.clone(), labels, annotations, record, why: self.why.clone() })
    }

    /// Whether a pod has of what roles give just what the template has. What else it has is nobody's affair.
    fn is_as_template(&self, pod: &Pod) -> bool {
        let picked = |of: &Metadata| self.keys.pick(&of.labels, &of.annotations);
        picked(&pod.marks) == picked(&self.marks.template)
    }

    /// Gives pods that differ from their template what that has. Waits for: the template seen to have it.
    fn pods(&self, room: usize) -> Option<Change> {
        let pods = self.pods.iter().flatten().filter(|pod| !self.is_as_template(pod));
        let pods: Vec<&Pod> = pods.take(room).copied().collect();
        let first = pods.first()?;
        let differs = |of: fn(&Metadata) -> &BTreeMap<String, String>, keys: &BTreeSet<String>| -> Edits {
            let to = |key: &String| of(&self.marks.template).get(key).cloned();
            let other =
                |key: &&String| pods.iter().any(|pod| of(&pod.marks).get(*key) != of(&self.marks.template).get(*key));
            keys.iter().filter(other).map(|key| (key.clone(), to(key))).collect()
        };
        Some(Change::MarkPods {
            hash: first.hash.clone(),
            pods: pods.iter().map(|pod| pod.name.clone()).collect(),
            labels: differs(|of| &of.labels, &self.keys.labels),
            annotations: differs(|of| &of.annotations, &self.keys.annotations),
            why: self.why.clone(),
        })
    }

    /// Takes out of the record what left. Waits for: every pod seen to be as the template is.
    fn record(&self) -> Option<Change> {
        let pods = self.pods.as_ref()?;
        let due = self.marks.recorded != self.wanted && pods.iter().all(|pod| self.is_as_template(pod));
        due.then(|| Change::Mark {
            hash: self.revision.hash.clone(),
            labels: Edits::new(),
            annotations: Edits::new(),
            record: self.wanted.clone(),
            why: Why::PodsMarked,
        })
    }
}

/// What the template should say: all that is wanted, and of what it was given before what its user wrote, or nothing.
fn due(of: fn(&Metadata) -> &BTreeMap<String, String>, wanted: &Metadata, marks: &Marks) -> Edits {
    let before = of(&marks.recorded).keys().map(|key| (key.clone(), of(&marks.own).get(key).cloned()));
    let now = of(wanted).iter().map(|(key, value)| (key.clone(), Some(value.clone())));
    before.chain(now).collect()
}

fn includes(all: &Metadata, some: &Metadata) -> bool {
    let has = |all: &BTreeMap<String, String>, some: &BTreeMap<String, String>| {
        some.iter().all(|(key, value)| all.get(key) == Some(value))
    };
    has(&all.labels, &some.labels) && has(&all.annotations, &some.annotations)
}

fn both(one: &Metadata, over: &Metadata) -> Metadata {
    let mut both = one.clone();
    both.labels.extend(over.labels.clone());
    both.annotations.extend(over.annotations.clone());
    both
}

/// Edits as `kubectl label` takes them: `role=canary`, and `role-` for one that goes.
pub(crate) fn told(labels: &Edits, annotations: &Edits) -> String {
    let all = labels.iter().chain(annotations);
    let one = |(key, value): (&String, &Option<String>)| match value {
        Some(value) => format!(" {key}={value}"),
        None => format!(" {key}-"),
    };
    all.map(one).collect()
}
