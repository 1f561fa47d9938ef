//! What a person should know of an Application beside what is decided about it.

use std::collections::BTreeSet;

use sluice_crds::{Violation, violation};
use sluice_gitops::application::fact::{Fact, Trouble};

/// The most that one condition lists.
const MOST: usize = 10;

/// What works in a spec or a project, and does not do what it seems to.
pub(super) fn doubts(of_spec: &[Violation], of_project: &[Violation], project: &str) -> Vec<Fact> {
    let of_spec = (!of_spec.is_empty()).then(|| violation::in_one_line(of_spec));
    let of_project =
        (!of_project.is_empty()).then(|| format!("AppProject {project}: {}", violation::in_one_line(of_project)));
    of_spec.into_iter().chain(of_project).map(|text| Fact::Trouble(Trouble::ExcludedResourceWarning, text)).collect()
}

/// A list of things of one kind, as one condition.
pub(super) fn listed(trouble: Trouble, each: impl IntoIterator<Item = String>) -> Option<Fact> {
    let all: BTreeSet<String> = each.into_iter().collect();
    let more = all.len().saturating_sub(MOST);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    let shown: Vec<String> = all.into_iter().take(MOST).collect();
    (!shown.is_empty()).then(|| Fact::Trouble(trouble, shown.join("; ") + &more))
}
