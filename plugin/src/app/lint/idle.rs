//! Patterns of a project that no Application is matched by: a name that was misspelt, or a rule that outlived what it was for. Pure.

use kube::ResourceExt;
use sluice_crds::{AppProjectSpec, Application, Violation};
use sluice_gitops::project::Project;

use super::finding::{Finding, Harm};
use super::read::{Ground, Rules};
use crate::app::{project, standing};

/// All of them. A project whose Applications are not in sight is not judged.
pub(super) fn of(ground: &Ground) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, rules) in ground.projects.iter().filter(|(_, rules)| rules.project.is_some()) {
        let apps: Vec<&Application> = ground.of_project(name).collect();
        if apps.is_empty() {
            continue;
        }
        let among = if ground.of_files { "no Application of these files" } else { "no Application of this project" };
        let called = match rules.written.namespace() {
            Some(namespace) => format!("{namespace}/{name}"),
            None => name.clone(),
        };
        let idle = idle(name, rules, &apps).into_iter().map(|(field, text)| {
            let message = format!("{text} matches {among}");
            Finding::about("AppProject", called.clone(), Harm::Doubt, Violation::new(field, message))
        });
        findings.extend(idle);
    }
    findings
}

/// Each pattern is asked as a project of its own.
fn idle(name: &str, rules: &Rules, apps: &[&Application]) -> Vec<(String, String)> {
    let spec = &rules.written.spec;
    let alone = |spec: AppProjectSpec| Project::read(name, &spec).ok().map(|(project, _)| project);
    let mut found = Vec::new();
    for (at, pattern) in spec.source_repos.iter().enumerate() {
        let plain = pattern.trim_start_matches('!').to_owned();
        let project = alone(AppProjectSpec { source_repos: vec![plain], ..AppProjectSpec::default() });
        let is_met = |project: &Project| {
            let mut urls = apps.iter().flat_map(|app| standing::sources(app)).map(|source| &source.repo_url);
            urls.any(|url| project.permits_source(url).is_ok())
        };
        if project.is_some_and(|project| !is_met(&project)) {
            found.push((format!("spec.sourceRepos[{at}]"), format!("{pattern:?}")));
        }
    }
    for (at, one) in spec.destinations.iter().enumerate() {
        let bare = |text: &Option<String>| text.as_ref().map(|text| text.trim_start_matches('!').to_owned());
        let shown: Vec<String> = [&one.server, &one.name, &one.namespace].into_iter().flatten().cloned().collect();
        let mut one = one.clone();
        (one.server, one.name, one.namespace) = (bare(&one.server), bare(&one.name), bare(&one.namespace));
        let project = alone(AppProjectSpec { destinations: vec![one], ..AppProjectSpec::default() });
        let is_met = |project: &Project| apps.iter().any(|app| project.permits_place(&project::place(app)).is_ok());
        if project.is_some_and(|project| !is_met(&project)) {
            found.push((format!("spec.destinations[{at}]"), format!("{:?}", shown.join(" "))));
        }
    }
    for (at, window) in spec.sync_windows.iter().enumerate() {
        let project = alone(AppProjectSpec { sync_windows: vec![window.clone()], ..AppProjectSpec::default() });
        let is_met = |project: &Project| {
            apps.iter().any(|app| !project.windows.of(&app.name_any(), &project::place(app)).is_empty())
        };
        if project.is_some_and(|project| !is_met(&project)) {
            found.push((format!("spec.syncWindows[{at}]"), "it".to_owned()));
        }
    }
    found
}
