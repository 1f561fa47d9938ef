//! `antiAffinity` of a strategy.

use sluice_crds::{AntiAffinity, RolloutStrategy};

use super::fields::Checker;
use crate::spec::Apart;

/// Whether pods of the two revisions keep apart, whichever strategy says so.
pub(super) fn check(check: &mut Checker, strategy: &RolloutStrategy) -> Option<Apart> {
    let canary = strategy.canary.as_ref().and_then(|canary| canary.anti_affinity.as_ref());
    let blue_green = strategy.blue_green.as_ref().and_then(|blue_green| blue_green.anti_affinity.as_ref());
    let canary = canary.and_then(|wanted| one(check, "spec.strategy.canary.antiAffinity", wanted));
    let blue_green = blue_green.and_then(|wanted| one(check, "spec.strategy.blueGreen.antiAffinity", wanted));
    canary.or(blue_green)
}

fn one(check: &mut Checker, here: &str, wanted: &AntiAffinity) -> Option<Apart> {
    let preferred = wanted.preferred_during_scheduling_ignored_during_execution.as_ref();
    let required = wanted.required_during_scheduling_ignored_during_execution.as_ref();
    check.unknown(here, &wanted.unknown);
    if let Some(preferred) = preferred {
        check.unknown(&format!("{here}.preferredDuringSchedulingIgnoredDuringExecution"), &preferred.unknown);
    }
    if let Some(required) = required {
        check.unknown(&format!("{here}.requiredDuringSchedulingIgnoredDuringExecution"), required);
    }
    match (preferred, required) {
        (None, Some(_)) => Some(Apart::Required),
        (Some(preferred), None) if (1..=100).contains(&preferred.weight) => Some(Apart::Preferred(preferred.weight)),
        (Some(preferred), None) => {
            let field = format!("{here}.preferredDuringSchedulingIgnoredDuringExecution.weight");
            check.wrong(&field, format!("is {}; must be 1 to 100", preferred.weight));
            None
        }
        _ => {
            let text = "needs exactly one of requiredDuringSchedulingIgnoredDuringExecution: {} and \
                        preferredDuringSchedulingIgnoredDuringExecution: {weight: 1}";
            check.wrong(here, text);
            None
        }
    }
}
