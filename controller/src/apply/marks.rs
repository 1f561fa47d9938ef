//! Labels and annotations that pods have for their role only.

use serde_json::{Value, json};
use sluice_core::marks::Edits;
use sluice_core::observed::Hash;
use sluice_crds::Metadata;
use sluice_crds::names::annotation;

use crate::apply::hand::Hand;
use crate::apply::{Cause, revision};
use crate::key::Kind;

/// Gives a revision's template these labels and annotations, and records what was given in the same write.
pub(super) async fn template(
    hand: &mut Hand<'_>,
    hash: &Hash,
    labels: &Edits,
    annotations: &Edits,
    record: &Metadata,
) -> Result<(), Cause> {
    let patch = json!({
        "metadata": {"annotations": {annotation::EPHEMERAL_METADATA: recorded(record)}},
        "spec": {"template": {"metadata": {"labels": labels, "annotations": annotations}}},
    });
    revision::merge(hand, hash, patch).await
}

/// The record as the established controller writes it; nothing where nothing was given.
fn recorded(record: &Metadata) -> Option<String> {
    (!record.is_unset()).then(|| serde_json::to_string(record).unwrap_or_default())
}

/// Puts what a role gives on a template that is about to be created; the annotation that records it.
pub(super) fn give(template: &mut Value, given: &Metadata) -> Option<(String, String)> {
    json_patch::merge(template, &json!({"metadata": given}));
    Some((annotation::EPHEMERAL_METADATA.to_owned(), recorded(given)?))
}

/// Gives pods these labels and annotations. One that is gone needs none.
pub(super) async fn pods(
    hand: &mut Hand<'_>,
    pods: &[String],
    labels: &Edits,
    annotations: &Edits,
) -> Result<(), Cause> {
    for pod in pods {
        let patch = json!({"metadata": {"labels": labels, "annotations": annotations}});
        match hand.merge(Kind::Pod, pod, None, patch).await {
            Err(Cause::Api(kube::Error::Api(status))) if status.is_not_found() => {}
            patched => patched?,
        }
    }
    Ok(())
}
