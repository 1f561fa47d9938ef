//! Labels and annotations that pods have for their role only.

use sluice_crds::names::label;
use sluice_crds::{Metadata, RolloutSpec};

use super::fields::Checker;
use super::metadata;
use crate::spec::RoleMetadata;

/// Checks the metadata of both roles of whichever strategy there is.
pub(super) fn check(check: &mut Checker, spec: &RolloutSpec) -> RoleMetadata {
    let mut of = |field: &str, metadata: Option<&Metadata>| role(check, spec, field, metadata);
    match (&spec.strategy.canary, &spec.strategy.blue_green) {
        (Some(canary), None) => RoleMetadata {
            new: of("spec.strategy.canary.canaryMetadata", canary.canary_metadata.as_ref()),
            stable: of("spec.strategy.canary.stableMetadata", canary.stable_metadata.as_ref()),
        },
        (None, Some(blue_green)) => RoleMetadata {
            new: of("spec.strategy.blueGreen.previewMetadata", blue_green.preview_metadata.as_ref()),
            stable: of("spec.strategy.blueGreen.activeMetadata", blue_green.active_metadata.as_ref()),
        },
        _ => RoleMetadata::default(),
    }
}

fn role(check: &mut Checker, spec: &RolloutSpec, field: &str, metadata: Option<&Metadata>) -> Metadata {
    let Some(given) = metadata else { return Metadata::default() };
    metadata::check(check, field, given);
    for key in given.labels.keys().filter(|key| tells_whose(spec, key)) {
        let text = "is one of the labels by which pods are told apart (spec.selector); give the role another";
        check.wrong(&format!("{field}.labels.{key}"), text);
    }
    given.clone()
}

/// Whether a label says whose a pod is: one that came and went with a role would make it nobody's.
fn tells_whose(spec: &RolloutSpec, key: &str) -> bool {
    let selector = spec.selector.as_ref();
    let equal = selector.into_iter().flat_map(|selector| selector.match_labels.iter().flatten().map(|(key, _)| key));
    let asked = selector.into_iter().flat_map(|one| one.match_expressions.iter().flatten().map(|one| &one.key));
    key == label::POD_TEMPLATE_HASH || equal.chain(asked).any(|own| own == key)
}
