//! The pod template that another workload lends (`spec.workloadRef`), and what stands in for it while that cannot be had.

use std::sync::Arc;

use k8s_openapi::api::apps::v1::ReplicaSet;
use kube::ResourceExt;
use kube::core::DynamicObject;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sluice_core::observed::{Handover, Lending, Loan};
use sluice_core::spec::{CanaryServices, Lender, Spec};
use sluice_core::validate::{self, Lent};
use sluice_crds::names::{annotation, label};
use sluice_crds::{Metadata, PodTemplate, Rollout, Violation, decode};

use crate::caches::Unknown;
use crate::context::Context;
use crate::key::Key;
use crate::observe::memo::Source;
use crate::observe::revisions::label_of;

/// What a Rollout borrows.
#[derive(Default)]
pub(super) struct Borrowed {
    /// Who lends it; `None` where the spec has its own template, or does not say whose.
    pub(super) loan: Option<Loan>,
    /// What is lent, or stands in for it.
    lent: Option<Lent>,
    /// The object that lends, or stands in.
    pub(super) source: Option<Source>,
}

/// The note on a lender, as it is written there.
#[derive(Deserialize, Serialize)]
pub(crate) struct Note {
    /// The uid of the Rollout.
    pub(crate) to: String,
    /// Pods that the lender had.
    pub(crate) from: u32,
    /// Whether all of them went.
    pub(crate) over: bool,
}

/// Whether a list is on its way that a pass needs: it is asked for again when that is there.
pub(crate) fn is_on_its_way(ctx: &Context, key: &Key) -> bool {
    let cached = ctx.caches.rollout(key);
    let lender = cached.as_ref().and_then(|cached| validate::lender(&cached.0.as_ref().ok()?.spec).ok()?);
    lender.is_some_and(|lender| look(ctx, key, &lender) == Err(Unknown::Listing))
}

fn look(ctx: &Context, key: &Key, lender: &Lender) -> Result<Option<Arc<DynamicObject>>, Unknown> {
    ctx.caches.lenders.look(lender.kind, &key.beside(&lender.name))
}

/// What a Rollout borrows, by what the watches have shown.
pub(super) fn of(ctx: &Context, key: &Key, rollout: &Rollout, sets: &[Arc<ReplicaSet>]) -> Borrowed {
    let Ok(Some(lender)) = validate::lender(&rollout.spec) else { return Borrowed::default() };
    let violation = match look(ctx, key, &lender) {
        Ok(Some(object)) => return lent(lender, &object, rollout),
        Ok(None) => validate::no_lender(&lender, &key.namespace),
        Err(Unknown::Listing) => validate::unknown_lender(&lender, "objects of its kind are being listed"),
        Err(Unknown::Failed(why)) => validate::unknown_lender(&lender, &why),
    };
    let set = at_hand(rollout, sets);
    let loan = Some(Loan { lender, lending: Err(violation) });
    Borrowed { loan, lent: set.map(|set| stands_in(set)), source: set.map(Source::of) }
}

fn lent(lender: Lender, object: &Arc<DynamicObject>, rollout: &Rollout) -> Borrowed {
    let part = |field| object.data.get(field).cloned().unwrap_or_default();
    let template = object.data.get("template").and_then(Value::as_str).unwrap_or_default();
    let lent = Lent {
        template: PodTemplate(serde_json::from_str(template).unwrap_or_default()),
        selector: decode(part("selector")).ok(),
    };
    // The API server says 1 where nobody says anything. Only a Deployment is ever scaled.
    let pods = part("replicas").as_u64().and_then(|pods| u32::try_from(pods).ok());
    let lending = Lending {
        generation: object.metadata.generation.unwrap_or_default(),
        pods: pods.unwrap_or_default(),
        handover: handover(object, rollout),
    };
    Borrowed { loan: Some(Loan { lender, lending: Ok(lending) }), lent: Some(lent), source: Some(Source::of(object)) }
}

/// What this very Rollout noted on it: one that was there before it is another's.
fn handover(object: &DynamicObject, rollout: &Rollout) -> Option<Handover> {
    let note: Note = serde_json::from_str(object.annotations().get(annotation::HANDOVER)?).ok()?;
    let ours = rollout.metadata.uid.as_ref() == Some(&note.to);
    ours.then_some(Handover { from: note.from, over: note.over })
}

/// The ReplicaSet of the template that was asked for when the lender was last seen.
fn at_hand<'a>(rollout: &Rollout, sets: &'a [Arc<ReplicaSet>]) -> Option<&'a Arc<ReplicaSet>> {
    let recorded = rollout.status.as_ref().and_then(|status| status.current_pod_hash.as_ref())?;
    sets.iter().find(|set| label_of(set) == Some(recorded))
}

/// The template of a ReplicaSet, without what was added to it.
fn stands_in(set: &ReplicaSet) -> Lent {
    let spec = set.spec.as_ref();
    let mut template = spec.and_then(|spec| spec.template.clone()).unwrap_or_default();
    let ephemeral = set.annotations().get(annotation::EPHEMERAL_METADATA);
    let ephemeral: Metadata = ephemeral.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    if let Some(meta) = &mut template.metadata {
        let added = |key: &String| key == label::POD_TEMPLATE_HASH || ephemeral.labels.contains_key(key);
        meta.labels.iter_mut().for_each(|labels| labels.retain(|key, _| !added(key)));
        meta.annotations.iter_mut().for_each(|all| all.retain(|key, _| !ephemeral.annotations.contains_key(key)));
    }
    let mut selector = spec.map(|spec| spec.selector.clone()).unwrap_or_default();
    selector.match_labels.iter_mut().for_each(|labels| drop(labels.remove(label::POD_TEMPLATE_HASH)));
    Lent { template: PodTemplate(serde_json::to_value(template).unwrap_or_default()), selector: Some(selector) }
}

impl Borrowed {
    /// The Rollout as it reads with what is lent.
    pub(super) fn filled(&self, rollout: &Rollout) -> Rollout {
        match &self.lent {
            None => rollout.clone(),
            Some(lent) => Rollout { spec: validate::filled(&rollout.spec, lent), ..rollout.clone() },
        }
    }

    /// Checks the spec, with what is lent where it names a lender.
    pub(super) fn check(&self, rollout: &Rollout, derived: Option<CanaryServices>) -> Result<Spec, Vec<Violation>> {
        match (&self.loan, &self.lent) {
            (Some(loan), Some(lent)) => validate::borrowed(&rollout.spec, &loan.lender, lent, derived),
            (Some(Loan { lending: Err(violation), .. }), None) => {
                let others = validate::spec(&rollout.spec, derived).err().unwrap_or_default();
                Err([vec![violation.clone()], others].concat())
            }
            _ => validate::spec(&rollout.spec, derived),
        }
    }

    /// What is wrong with the lender, if anything is.
    pub(super) fn trouble(&self) -> Option<Violation> {
        self.loan.as_ref()?.lending.as_ref().err().cloned()
    }
}
