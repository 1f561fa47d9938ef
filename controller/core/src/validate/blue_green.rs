//! The blue-green strategy.

use jiff::SignedDuration;
use sluice_crds::{BlueGreenStrategy, RolloutAnalysis};

use super::canary::abort_delay;
use super::fields::{Checker, Round};
use crate::spec::{BlueGreen, Gate};

const HERE: &str = "spec.strategy.blueGreen";

pub(super) fn check(check: &mut Checker, spec: &BlueGreenStrategy, replicas: u32, history: u32) -> BlueGreen {
    check.unknown(HERE, &spec.unknown);
    let active = check.name("spec.strategy.blueGreen.activeService", Some(&spec.active_service));
    let preview = check.name("spec.strategy.blueGreen.previewService", spec.preview_service.as_ref());
    if active.is_some() && active == preview {
        check
            .wrong("spec.strategy.blueGreen.previewService", "is the same as activeService; name another or remove it");
    }
    BlueGreen {
        active: active.unwrap_or_default(),
        preview,
        preview_pods: preview_pods(check, spec, replicas),
        gate: gate(check, spec),
        max_unavailable: check.pods(
            "spec.strategy.blueGreen.maxUnavailable",
            spec.max_unavailable.as_ref(),
            replicas,
            Round::Down,
        ),
        scale_down_delay: check.seconds(
            "spec.strategy.blueGreen.scaleDownDelaySeconds",
            spec.scale_down_delay_seconds,
            30,
        ),
        scale_down_delay_revisions: delay_revisions(check, spec, history),
        abort_scale_down_delay: abort_delay(check, HERE, spec.abort_scale_down_delay_seconds),
        pre_promotion: analysis(check, "prePromotionAnalysis", spec.pre_promotion_analysis.as_ref()),
        post_promotion: analysis(check, "postPromotionAnalysis", spec.post_promotion_analysis.as_ref()),
    }
}

/// New pods until the way to the switch is open: all, unless the spec says fewer.
fn preview_pods(check: &mut Checker, spec: &BlueGreenStrategy, replicas: u32) -> u32 {
    let field = "spec.strategy.blueGreen.previewReplicaCount";
    check.count(field, spec.preview_replica_count, replicas).min(replicas)
}

fn delay_revisions(check: &mut Checker, spec: &BlueGreenStrategy, history: u32) -> Option<usize> {
    let field = "spec.strategy.blueGreen.scaleDownDelayRevisionLimit";
    let limit = check.count(field, Some(spec.scale_down_delay_revision_limit?), 0);
    if limit > history {
        check.wrong(field, format!("is {limit}, and spec.revisionHistoryLimit keeps only {history}; raise that"));
    }
    Some(limit as usize)
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
