//! Traffic for the pods of an experiment, aside from the two arms.

use std::collections::BTreeMap;

use sluice_crds::{AnalysisPhase, StepExperiment};

use super::View;
use crate::analysis;
use crate::observed::Role;
use crate::spec::Step;
use crate::stage::Stage;
use crate::weight::Weight;

/// What Services of experiments get, by name.
pub(super) type Shares = BTreeMap<String, Weight>;

/// What Services of the experiment in force are to get beside a canary with that share: what its step gives them while it
/// runs, as far as the canary leaves it.
///
/// Waits for: the Experiment to have seen all its pods available, and for a ready pod behind each Service. A Service that loses
/// its last ready pod gets nothing, and leaves the route: for an empty one a router may drop everything.
pub(super) fn wanted(view: &View, canary: Weight) -> Shares {
    let Some((experiment, asked)) = in_force(view) else { return Shares::new() };
    let whole = view.canary.whole;
    let mut left = canary.in_parts_of(whole).rest().parts();
    let services = view.seen.aside.iter().filter(|one| one.experiment == experiment && one.is_ready);
    let shares = services.filter_map(|one| {
        let parts = parts(asked, &one.template).min(left);
        left -= parts;
        Some((one.service.clone(), Weight::of(parts, whole).filter(|weight| *weight > Weight::ZERO)?))
    });
    shares.collect()
}

/// What they may have without any of them getting more than now.
pub(super) fn kept(view: &View, wanted: &Shares) -> Shares {
    let both = view.others.iter().filter_map(|(service, now)| Some((service.clone(), *wanted.get(service)?.min(now))));
    both.collect()
}

/// Whether pods that serve would lose traffic to a stable revision that does not.
pub(super) fn has_no_way_back(view: &View, kept: &Shares) -> bool {
    let lost = view.others.iter().filter(|(service, now)| kept.get(*service).is_none_or(|left| left < now));
    let serves = |service: &String| view.seen.aside.iter().any(|one| one.service == *service && one.is_ready);
    let mut lost = lost.map(|(service, _)| service);
    view.stable.is_none_or(|stable| stable.ready == 0) && lost.any(serves)
}

/// The Experiment that runs, and what its step asks for.
fn in_force<'a>(view: &View<'a>) -> Option<(&'a str, &'a StepExperiment)> {
    let Stage::Stepping(at) = view.stage else { return None };
    let Some(Step::Experiment(asked)) = view.canary.steps.get(*at) else { return None };
    let run = analysis::of_role(view.seen, Role::Experiment(*at))?;
    (run.phase == AnalysisPhase::Running && !run.stopped).then_some((run.name.as_str(), &**asked))
}

fn parts(asked: &StepExperiment, template: &str) -> u32 {
    let template = asked.templates.iter().find(|one| one.name == template);
    template.and_then(|template| u32::try_from(template.weight?).ok()).unwrap_or_default()
}
