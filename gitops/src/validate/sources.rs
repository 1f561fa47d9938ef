//! Where an Application's objects are described.

use std::collections::BTreeSet;

use sluice_crds::{ApplicationSource, ApplicationSpec, DirectorySource, HelmSource, KustomizeSource};

use crate::check::Checker;

/// The most sources of one Application.
const MOST: usize = 100;

/// The longest name of a Helm release.
const RELEASE: usize = 53;

pub(super) fn read(check: &mut Checker, spec: &ApplicationSpec) -> Vec<ApplicationSource> {
    if !spec.sources.is_empty() {
        check.count("spec.sources", spec.sources.len(), MOST);
        references(check, &spec.sources);
        let each = spec.sources.iter().take(MOST).enumerate();
        each.for_each(|(at, one)| source(check, &format!("spec.sources[{at}]"), one));
        return spec.sources.clone();
    }
    match &spec.source {
        Some(one) => source(check, "spec.source", one),
        None => check.wrong("spec.source", "is missing; say where the objects are described"),
    }
    spec.source.iter().cloned().collect()
}

fn references(check: &mut Checker, sources: &[ApplicationSource]) {
    let mut seen = BTreeSet::new();
    for (at, name) in sources.iter().enumerate().filter_map(|(at, one)| Some((at, one.reference.as_ref()?))) {
        let field = format!("spec.sources[{at}].ref");
        if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
            check.wrong(&field, format!("is {name:?}; write letters, digits, - and _"));
        } else if !name.is_empty() && !seen.insert(name) {
            check.wrong(&field, format!("{name:?} is given twice"));
        }
    }
}

fn source(check: &mut Checker, field: &str, one: &ApplicationSource) {
    check.ignored(field, &one.unknown);
    if one.repo_url.trim().is_empty() {
        check.wrong(&format!("{field}.repoURL"), "is missing; name the repository");
    }
    let said = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
    match (said(&one.path), said(&one.chart)) {
        (true, true) => check.wrong(field, "has both path and chart; a chart is not in a folder of a git repository"),
        (false, false) if !said(&one.reference) => {
            check.wrong(field, "needs path, for a git repository, or chart, for a Helm repository");
        }
        _ => {}
    }
    inside(check, &format!("{field}.path"), one.path.as_deref().unwrap_or_default());
    tools(check, field, one);
}

/// A folder must stay within its repository.
fn inside(check: &mut Checker, field: &str, path: &str) {
    if path.starts_with('/') || path.split('/').any(|part| part == "..") {
        check.wrong(field, format!("is {path:?}; write a folder of the repository, without .. and a leading slash"));
    }
}

fn tools(check: &mut Checker, field: &str, one: &ApplicationSource) {
    let named = [
        ("helm", one.helm.is_some()),
        ("kustomize", one.kustomize.is_some()),
        ("directory", one.directory.is_some()),
        ("plugin", one.plugin.is_some()),
    ];
    let given: Vec<&str> = named.into_iter().filter(|(_, given)| *given).map(|(name, _)| name).collect();
    if given.len() > 1 {
        check.wrong(field, format!("has {}; objects are rendered in one way", given.join(" and ")));
    }
    check.unsupported(&format!("{field}.plugin"), one.plugin.is_some());
    if let Some(one) = &one.helm {
        helm(check, &format!("{field}.helm"), one);
    }
    if let Some(one) = &one.kustomize {
        kustomize(check, &format!("{field}.kustomize"), one);
    }
    if let Some(one) = &one.directory {
        directory(check, &format!("{field}.directory"), one);
    }
}

fn helm(check: &mut Checker, field: &str, one: &HelmSource) {
    check.ignored(field, &one.unknown);
    let release = one.release_name.as_deref().unwrap_or_default();
    if release.len() > RELEASE {
        check.wrong(&format!("{field}.releaseName"), format!("is longer than {RELEASE} letters"));
    }
    let version = one.version.as_deref().unwrap_or_default();
    if !["", "v3"].contains(&version) {
        check.wrong(&format!("{field}.version"), format!("is {version:?}; write v3, or leave it out"));
    }
    for (at, _) in one.parameters.iter().enumerate().filter(|(_, parameter)| parameter.name.is_empty()) {
        check.wrong(&format!("{field}.parameters[{at}].name"), "is empty");
    }
    if one.values.is_some() && one.values_object.is_some() {
        check.doubtful(&format!("{field}.values"), "counts for nothing beside valuesObject");
    }
}

fn kustomize(check: &mut Checker, field: &str, one: &KustomizeSource) {
    check.ignored(field, &one.unknown);
    for (at, patch) in one.patches.iter().enumerate() {
        if patch.path.is_some() == patch.patch.is_some() {
            check.wrong(&format!("{field}.patches[{at}]"), "needs exactly one of path and patch");
        }
    }
}

fn directory(check: &mut Checker, field: &str, one: &DirectorySource) {
    check.ignored(field, &one.unknown);
    let Some(jsonnet) = &one.jsonnet else { return };
    let field = format!("{field}.jsonnet");
    check.ignored(&field, &jsonnet.unknown);
    for (at, folder) in jsonnet.libs.iter().enumerate() {
        inside(check, &format!("{field}.libs[{at}]"), folder);
    }
}
