//! The blue-green strategy.

use jiff::SignedDuration;
use sluice_crds::{BlueGreenStrategy, RolloutAnalysis};

use super::canary::abort_delay;
use super::fields::Checker;
use crate::spec::{BlueGreen, Gate};

const HERE: &str = "spec.strategy.blueGreen";

pub(super) fn check(check: &mut Checker, spec: &BlueGreenStrategy) -> BlueGreen {
    check.unknown(HERE, &spec.unknown);
    unsupported(check, spec);
    let active = check.name("spec.strategy.blueGreen.activeService", Some(&spec.active_service));
    let preview = check.name("spec.strategy.blueGreen.previewService", spec.preview_service.as_ref());
    if active.is_some() && active == preview {
        check
            .wrong("spec.strategy.blueGreen.previewService", "is the same as activeService; name another or remove it");
    }
    BlueGreen {
        active: active.unwrap_or_default(),
        preview,
        gate: gate(check, spec),
        scale_down_delay: check.seconds(
            "spec.strategy.blueGreen.scaleDownDelaySeconds",
            spec.scale_down_delay_seconds,
            30,
        ),
        abort_scale_down_delay: abort_delay(check, HERE, spec.abort_scale_down_delay_seconds),
        pre_promotion: analysis(check, "prePromotionAnalysis", spec.pre_promotion_analysis.as_ref()),
        post_promotion: analysis(check, "postPromotionAnalysis", spec.post_promotion_analysis.as_ref()),
    }
}

fn unsupported(check: &mut Checker, spec: &BlueGreenStrategy) {
    for (field, present) in [
        ("previewReplicaCount", spec.preview_replica_count.is_some()),
        ("maxUnavailable", spec.max_unavailable.is_some()),
        ("scaleDownDelayRevisionLimit", spec.scale_down_delay_revision_limit.is_some()),
        ("antiAffinity", spec.anti_affinity.is_some()),
        ("activeMetadata", spec.active_metadata.is_some()),
        ("previewMetadata", spec.preview_metadata.is_some()),
    ] {
        check.unsupported(&format!("{HERE}.{field}"), present);
    }
}

fn gate(check: &mut Checker, spec: &BlueGreenStrategy) -> Gate {
    let field = "spec.strategy.blueGreen.autoPromotionSeconds";
    match check.count(field, spec.auto_promotion_seconds, 0) {
        0 if spec.auto_promotion_enabled == Some(false) => Gate::Person,
        0 => Gate::Open,
        seconds => Gate::After(SignedDuration::from_secs(seconds.into())),
    }
}

fn analysis(check: &mut Checker, name: &str, analysis: Option<&RolloutAnalysis>) -> Option<Box<RolloutAnalysis>> {
    let analysis = analysis?;
    check.analysis(&format!("{HERE}.{name}"), analysis);
    Some(Box::new(analysis.clone()))
}
