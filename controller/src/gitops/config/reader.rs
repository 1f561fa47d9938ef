//! Reads the keys of `argocd-cm` and `argocd-cmd-params-cm`, and notes which were read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::ConfigMap;
use sluice_crds::duration;
use sluice_gitops::health;
use sluice_gitops::tracking::{self, Tracking};
use sluice_live::Kinds;
use sluice_render::Builds;

use super::Setting;
use super::ignored::Ignored;
use crate::gitops::globals::{self, Globals};

/// Reads keys, and notes which were read.
pub(super) struct Reader {
    keys: BTreeMap<String, String>,
    problems: BTreeSet<String>,
}

/// Customizations of all kinds in one text.
const OLDER: &str = "resource.customizations";

/// Keys that are among those, and would change how Applications are kept.
const NOT_ELSEWHERE: &[&str] =
    &["controller.sync.timeout.", "controller.self.heal.", "controller.repo.error.grace.period."];

/// Keys that are about what Sluice does not have: other processes, their pages and how people sign in to them.
const ELSEWHERE: &[&str] = &[
    "accounts.",
    "admin.",
    "url",
    "additionalUrls",
    "dex.",
    "oidc.",
    "users.",
    "ui.",
    "help.",
    "exec.",
    "ga.",
    "statusbadge.",
    "server.",
    "reposerver.",
    "repo.",
    "redis.",
    "otlp.",
    "controller.",
    "notifications",
    "notificationscontroller.",
    "applicationsetcontroller.",
    "webhook.",
    "extension.",
    "passwordPattern",
    "commitserver.",
    "hydrator.",
    "sourceHydrator.",
    "resource.customizations.actions",
    "resource.links",
    "application.links",
    "project.links",
    "log.",
    "timeout.hard.reconciliation",
    "timeout.reconciliation.jitter",
    "dexserver.",
    "resource.customLabels",
    "resource.sensitive.",
    "resource.respectRBAC",
    "resource.ignoreResourceUpdatesEnabled",
    "resource.customizations.ignoreResourceUpdates",
    "resource.customizations.knownTypeFields",
    "resource.customizations.useOpenLibs",
];

impl Reader {
    /// Both ConfigMaps together: people put keys of one into the other.
    pub(super) fn new(maps: &BTreeMap<Setting, Arc<ConfigMap>>) -> Self {
        let data =
            [Setting::Parameters, Setting::General].into_iter().filter_map(|setting| maps.get(&setting)?.data.clone());
        Self { keys: data.flatten().collect(), problems: BTreeSet::new() }
    }

    pub(super) fn text(&mut self, key: &str) -> Option<String> {
        self.keys.remove(key).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    fn wrong(&mut self, key: &str, why: impl std::fmt::Display) {
        self.problems.insert(format!("argocd-cm: {key} {why}"));
    }

    pub(super) fn tracking(&mut self) -> Tracking {
        let [method, label, installation] =
            [tracking::METHOD, tracking::LABEL, tracking::INSTALLATION].map(|key| self.text(key));
        let tracking = Tracking::configured(method.as_deref(), label.as_deref()).unwrap_or_else(|why| {
            self.wrong(tracking::METHOD, format!("{why}. Until then it is annotation"));
            Tracking::Annotation
        });
        tracking.of_installation(installation)
    }

    pub(super) fn kinds(&mut self) -> Kinds {
        let (inclusions, exclusions) = (self.text("resource.inclusions"), self.text("resource.exclusions"));
        match Kinds::read(inclusions.as_deref(), exclusions.as_deref()) {
            Ok((kinds, void)) => {
                self.problems.extend(void.into_iter().map(|one| format!("argocd-cm: {one}")));
                kinds
            }
            Err(why) => {
                self.problems.insert(format!("argocd-cm: {why}"));
                Kinds::broken(why)
            }
        }
    }

    /// A bare number is seconds.
    pub(super) fn duration(&mut self, key: &str) -> Option<Duration> {
        let text = self.text(key)?;
        let unit = if text.bytes().all(|byte| byte.is_ascii_digit()) { "s" } else { "" };
        let read = duration::parse(&format!("{text}{unit}")).ok().and_then(|read| Duration::try_from(read).ok());
        if read.is_none() {
            self.wrong(key, format!("is {text:?}; write a duration such as 180s"));
        }
        read
    }

    /// `resource.customizations.ignoreDifferences.GROUP_KIND`, or `.all`; and those of the older form.
    pub(super) fn ignored(&mut self) -> Ignored {
        const PREFIX: &str = "resource.customizations.ignoreDifferences.";
        let named = self.keys.extract_if(.., |key, _| key.starts_with(PREFIX));
        let named: Vec<(String, String)> = named.collect();
        let mut ignored = Ignored::default();
        for (key, text) in named {
            let kind = key.trim_start_matches(PREFIX).to_owned();
            ignored.take(key, &kind, &text);
        }
        for (kind, text) in self.older() {
            ignored.take(format!("{OLDER}: {kind}: ignoreDifferences"), &kind.replacen('/', "_", 1), &text);
        }
        ignored.broken().for_each(|(key, why)| self.wrong(key, why));
        ignored
    }

    /// `ignoreDifferences` of the older form, by `group/Kind`. That it is no YAML at all is told with its health
    /// checks.
    fn older(&self) -> Vec<(String, String)> {
        let text = self.keys.get(OLDER).map(String::as_str).unwrap_or_default();
        let kinds: BTreeMap<String, serde_json::Value> = serde_saphyr::from_str(text).unwrap_or_default();
        let written = |one: &serde_json::Value| Some(one.get("ignoreDifferences")?.as_str()?.to_owned());
        kinds.into_iter().filter_map(|(kind, one)| Some((kind, written(&one)?))).collect()
    }

    pub(super) fn globals(&mut self) -> Globals {
        let text = self.text(globals::KEY).unwrap_or_default();
        Globals::read(&text).unwrap_or_else(|why| {
            self.wrong(globals::KEY, &why);
            Globals::broken(why)
        })
    }

    pub(super) fn builds(&mut self) -> Builds {
        let (builds, problems) = Builds::take(&mut self.keys);
        self.problems.extend(problems.into_iter().map(|one| format!("argocd-cm: {one}")));
        builds
    }

    /// Health checks in Lua, each of which is named.
    pub(super) fn health(&mut self) {
        let wrong = health::customizations(&self.keys);
        let is_named = |key: &String| key.starts_with("resource.customizations.health.") || key == OLDER;
        self.keys.retain(|key, _| !is_named(key));
        self.problems.extend(wrong.into_iter().map(|one| format!("argocd-cm: {one}")));
    }

    /// Namespaces that the established controller is told to keep Applications in, beside those that this one is.
    pub(super) fn homes(&mut self, kept: &[String]) {
        const KEY: &str = "application.namespaces";
        let named = self.text(KEY).unwrap_or_default();
        let named = named.split(',').map(str::trim).filter(|one| !one.is_empty());
        let left: Vec<&str> = named.filter(|one| !kept.iter().any(|kept| kept == one)).collect();
        if !left.is_empty() {
            let left = left.join(",");
            self.wrong(KEY, format!("has {left}, where Applications are left alone: what says which namespaces are kept is --application-namespaces (gitops.applicationNamespaces of the chart)"));
        }
    }

    /// What is left means nothing here. What changes how Applications are kept is told.
    pub(super) fn finish(mut self) -> BTreeSet<String> {
        let left = std::mem::take(&mut self.keys).into_keys();
        let is_among = |key: &str, prefixes: &[&str]| prefixes.iter().any(|prefix| key.starts_with(prefix));
        for key in left.filter(|key| is_among(key, NOT_ELSEWHERE) || !is_among(key, ELSEWHERE)) {
            self.wrong(&key, "is not supported by this version of Sluice, and does nothing");
        }
        self.problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namespaces_that_are_kept_are_nothing_to_tell() {
        let keys = BTreeMap::from([("application.namespaces".to_owned(), "team-*".to_owned())]);
        let mut reader = Reader { keys, problems: BTreeSet::new() };
        reader.homes(&["team-*".to_owned()]);
        assert!(reader.problems.is_empty(), "{:?}", reader.problems);
    }
}
