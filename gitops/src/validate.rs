//! From what a user wrote of an Application to a [`Spec`], or to everything that is wrong with it.

mod destination;
mod hooks;
mod policy;
mod sources;

use sluice_crds::{ApplicationSpec, ComparedTo, Operation, Violation};

use crate::check::Checker;
use crate::diff::Ignore;
use crate::project;
use crate::spec::{HealthCheck, Options, Retry, Spec};

/// The most entries of any list of a spec.
pub(crate) const MOST: usize = 1000;

/// A spec, and what works in it but does not mean what it seems to.
pub type Checked = (Spec, Vec<Violation>);

/// The usual number of past deployments that are kept, and the most.
const HISTORY: (usize, usize) = (10, 1000);

/// Checks a spec, and fills in its defaults.
pub fn spec(spec: &ApplicationSpec) -> Result<Checked, Vec<Violation>> {
    let mut check = Checker::default();
    check.ignored("spec", &spec.unknown);
    check.unsupported("spec.sourceHydrator", spec.source_hydrator.is_some());
    let policy = spec.sync_policy.clone().unwrap_or_default();
    check.ignored("spec.syncPolicy", &policy.unknown);
    let sources = sources::read(&mut check, spec);
    let destination = destination::read(&mut check, &spec.destination);
    let automated = policy::automated(&mut check, policy.automated.as_ref());
    let options = policy::options(&mut check, "spec.syncPolicy.syncOptions", &policy.sync_options);
    let retry = policy.retry.as_ref().and_then(|retry| policy::retry(&mut check, "spec.syncPolicy.retry", retry));
    let hooks = hooks::read(&mut check, &policy.hooks);
    let ignore = ignore(&mut check, spec);
    let health = health(&mut check, spec);
    let history = history(&mut check, spec);
    let checked = destination.map(|destination| Spec {
        project: project::name(spec).to_owned(),
        sources,
        destination,
        automated,
        options,
        retry,
        namespace_metadata: policy.managed_namespace_metadata.unwrap_or_default(),
        hooks,
        ignore,
        health,
        history,
        written: ComparedTo {
            destination: Some(spec.destination.clone()),
            ignore_differences: spec.ignore_differences.clone(),
            ..ComparedTo::default()
        },
    });
    check.finish(checked)
}

/// What an operation asks for: the options of the spec with its own, and what becomes of it if it fails.
pub fn operation(operation: &Operation, options: Options) -> Result<(Options, Option<Retry>), Vec<Violation>> {
    let mut check = Checker::default();
    check.unknown("operation", &operation.unknown);
    let retry = operation.retry.as_ref().and_then(|retry| policy::retry(&mut check, "operation.retry", retry));
    let sync = operation.sync.clone().unwrap_or_default();
    check.unknown("operation.sync", &sync.unknown);
    if operation.sync.is_none() {
        check.wrong("operation.sync", "is missing; there is nothing else to do");
    }
    let options = options.of(sync.sync_options.iter().map(String::as_str));
    check.finish(Some((options, retry))).map(|(asked, _)| asked)
}

fn ignore(check: &mut Checker, spec: &ApplicationSpec) -> Vec<Ignore> {
    check.count("spec.ignoreDifferences", spec.ignore_differences.len(), MOST);
    let each = spec.ignore_differences.iter().take(MOST).enumerate();
    each.filter_map(|(at, one)| Ignore::read(check, &format!("spec.ignoreDifferences[{at}]"), one)).collect()
}

fn health(check: &mut Checker, spec: &ApplicationSpec) -> Vec<HealthCheck> {
    let checks = spec.health.as_deref().unwrap_or_default();
    check.count("spec.health", checks.len(), MOST);
    let mut read: Vec<HealthCheck> = Vec::new();
    for (at, one) in checks.iter().take(MOST).enumerate() {
        let here = format!("spec.health[{at}]");
        check.ignored(&here, &one.unknown);
        let group = one.group.as_deref().unwrap_or_default();
        if one.kind.trim().is_empty() {
            check.wrong(&format!("{here}.kind"), "is empty");
        } else if read.iter().any(|other| other.group == group && other.kind == one.kind) {
            check.wrong(&here, format!("is a second check of {}; join them with &&", one.kind));
        }
        match HealthCheck::read(group, &one.kind, &one.check) {
            Ok(health) => read.push(health),
            Err(error) => check.wrong(&format!("{here}.check"), error),
        }
    }
    read
}

fn history(check: &mut Checker, spec: &ApplicationSpec) -> usize {
    let field = "spec.revisionHistoryLimit";
    let Some(limit) = check.number(field, spec.revision_history_limit.as_ref()) else { return HISTORY.0 };
    match usize::try_from(limit) {
        Ok(limit) if limit <= HISTORY.1 => limit,
        _ => {
            check.wrong(field, format!("is {limit}; write 0 to {}", HISTORY.1));
            HISTORY.0
        }
    }
}
