//! What an Application's project says to its source, its destination, its home and its reverts. Pure but for the clock.

use kube::ResourceExt;
use sluice_crds::Violation;
use sluice_crds::names::application::REVERT;
use sluice_gitops::application::revert;
use sluice_gitops::project::{Project, Refusal};
use sluice_gitops::windows::Verdict;

use super::finding::{Finding, Harm};
use super::read::{Ground, One, Rules};
use crate::app::{project, standing};
use crate::clock;

/// All of it.
pub(super) fn of(one: &One, ground: &Ground) -> Vec<Finding> {
    let app = &one.app;
    let name = project::name(app);
    let say = |harm, field: &str, message: String| Finding::of(app, harm, Violation::new(field, message));
    let Some(rules) = ground.project(app) else {
        return vec![if ground.of_files {
            say(
                Harm::Doubt,
                "spec.project",
                format!("project {name:?} is not in these files: its rules are not looked at"),
            )
        } else {
            say(
                Harm::Mistake,
                "spec.project",
                format!("there is no project {name:?} in namespace {}", project::control_namespace(app)),
            )
        }];
    };
    let Some(project) = &rules.project else {
        return vec![say(
            Harm::Doubt,
            "spec.project",
            format!("project {name:?} has mistakes of its own: its rules are not looked at"),
        )];
    };
    let sources = standing::sources(app).iter().enumerate().filter_map(|(at, source)| {
        let field = if app.spec.sources.is_empty() { "spec.source".to_owned() } else { format!("spec.sources[{at}]") };
        let refusal = project.permits_source(&source.repo_url).err()?;
        Some(say(Harm::Mistake, &format!("{field}.repoURL"), refusal.to_string()))
    });
    let mut findings: Vec<Finding> = sources.collect();
    findings.extend(destination(one, project));
    findings
        .extend(home(one, rules, project).map(|refusal| say(Harm::Mistake, "metadata.namespace", refusal.to_string())));
    findings.extend(revert(one, project));
    if !ground.of_files {
        findings.extend(window(one, project));
    }
    findings
}

/// Of another cluster only one of its names may be known here: then it may be allowed by the other.
fn destination(one: &One, project: &Project) -> Option<Finding> {
    let place = project::place(&one.app);
    let refusal = project.permits_place(&place).err()?;
    let half = place.server.is_empty() || place.name.is_empty();
    let (harm, more) = match (half, place.server.is_empty()) {
        (false, _) => (Harm::Mistake, ""),
        (true, true) => (Harm::Doubt, "; the address of this cluster is not known here, and may be allowed"),
        (true, false) => (Harm::Doubt, "; the name of this cluster is not known here, and may be allowed"),
    };
    Some(Finding::of(&one.app, harm, Violation::new("spec.destination", format!("{refusal}{more}"))))
}

/// The namespace of the project itself is the controller's, and always allowed.
fn home(one: &One, rules: &Rules, project: &Project) -> Option<Refusal> {
    let namespace = one.app.namespace().filter(|namespace| !namespace.is_empty())?;
    let own = rules.written.namespace().unwrap_or_else(|| project::control_namespace(&one.app));
    if namespace == own { None } else { project.permits_home(&namespace).err() }
}

/// What is asked to be done in git about a commit whose release was taken back.
fn revert(one: &One, project: &Project) -> Option<Finding> {
    let text = one.app.annotations().get(REVERT).filter(|text| !text.is_empty())?;
    let why = revert::asked(text, project).err()?;
    Some(Finding::of(&one.app, Harm::Mistake, Violation::new("metadata.annotations", why)))
}

/// What the windows say now. Of files nothing is said: what is found in them must not hang on the time of day.
fn window(one: &One, project: &Project) -> Option<Finding> {
    let app = &one.app;
    let windows = project::windows(app, project, clock::now());
    let why = match (windows.by_person, windows.by_itself) {
        (Verdict::Blocked(why), _) => why,
        (Verdict::Allowed, Verdict::Blocked(why)) if standing::is_automated(app) => format!("{why}; by hand it may"),
        _ => return None,
    };
    Some(Finding::of(app, Harm::Doubt, Violation::new("", format!("cannot be synced now: {why}"))))
}
