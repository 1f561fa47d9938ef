//! Rules of a project that are not written in it: those of projects whose rules it inherits, and what belongs to it alone.

use sluice_crds::{AppProjectSpec, ProjectDestination};

/// Repositories and clusters that belong to one project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Belongings {
    /// Addresses of repositories.
    pub repositories: Vec<String>,
    /// Addresses of clusters, each with the only namespaces that may be looked at there; `None`: all.
    pub clusters: Vec<(String, Option<Vec<String>>)>,
}

impl Belongings {
    /// Lets the project deploy from and to what belongs to it. What it refuses by `!` stays refused.
    pub fn add_to(&self, spec: &mut AppProjectSpec) {
        let repositories: Vec<String> = self.repositories.iter().map(|url| literal(url)).collect();
        append(&mut spec.source_repos, &repositories);
        for (server, namespaces) in &self.clusters {
            let all = [String::from("*")];
            let each = namespaces.as_deref().unwrap_or(&all).iter().map(|namespace| ProjectDestination {
                server: Some(literal(server)),
                namespace: Some(namespace.clone()),
                ..ProjectDestination::default()
            });
            append(&mut spec.destinations, &each.collect::<Vec<_>>());
        }
    }
}

/// A pattern that fits that text alone.
fn literal(text: &str) -> String {
    let special = |letter: char| "*?[]{}\\,!^".contains(letter);
    text.chars().flat_map(|letter| special(letter).then_some('\\').into_iter().chain([letter])).collect()
}

/// Gives a project the rules of another one beside its own, list by list: what the other allows and refuses is allowed and refused.
///
/// A list of kinds in namespaces allows only what it has, also where the project itself has none.
pub fn inherit(spec: &mut AppProjectSpec, from: &AppProjectSpec) {
    append(&mut spec.source_repos, &from.source_repos);
    append(&mut spec.destinations, &from.destinations);
    append(&mut spec.cluster_resource_whitelist, &from.cluster_resource_whitelist);
    append(&mut spec.cluster_resource_blacklist, &from.cluster_resource_blacklist);
    append(&mut spec.namespace_resource_blacklist, &from.namespace_resource_blacklist);
    append(&mut spec.sync_windows, &from.sync_windows);
    if let Some(more) = &from.reverts {
        append(spec.reverts.get_or_insert_default(), more);
    }
    if let Some(more) = &from.namespace_resource_whitelist {
        append(spec.namespace_resource_whitelist.get_or_insert_default(), more);
    }
}

/// What both have is there once.
fn append<T: Clone + PartialEq>(list: &mut Vec<T>, more: &[T]) {
    for one in more {
        if !list.contains(one) {
            list.push(one.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Key;
    use crate::application::revert::Manner;
    use crate::project::{Place, Project};

    fn read(spec: &AppProjectSpec) -> Project {
        Project::read("team", spec).unwrap().0
    }

    fn spec(value: serde_json::Value) -> AppProjectSpec {
        serde_json::from_value(value).unwrap()
    }

    fn place(server: &str, namespace: &str) -> Place {
        Place { server: server.to_owned(), namespace: namespace.to_owned(), ..Place::default() }
    }

    #[test]
    fn what_belongs_to_a_project_is_allowed_and_what_it_refuses_is_not() {
        let belongings = Belongings {
            repositories: vec!["https://[::1]/*/shop.git".to_owned()],
            clusters: vec![
                ("https://near".to_owned(), None),
                ("https://far".to_owned(), Some(vec!["shop".to_owned()])),
            ],
        };
        let mut own = spec(json!({"destinations": [{"server": "!https://near", "namespace": "kube-system"}]}));
        belongings.add_to(&mut own);
        let project = read(&own);
        assert!(project.permits_source("https://[::1]/*/shop").is_ok());
        assert!(project.permits_source("https://[::1]/x/shop").is_err(), "an address is no pattern");
        for (server, namespace, permitted) in [
            ("https://near", "any", true),
            ("https://near", "kube-system", false),
            ("https://far", "shop", true),
            ("https://far", "other", false),
            ("https://else", "shop", false),
        ] {
            assert_eq!(project.permits_place(&place(server, namespace)).is_ok(), permitted, "{server} {namespace}");
        }
    }

    #[test]
    fn a_project_that_inherits_has_all_rules_of_both() {
        let mut own = spec(json!({
            "sourceRepos": ["https://git/own"], "destinations": [{"server": "https://near", "namespace": "shop"}],
            "clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
        }));
        inherit(
            &mut own,
            &spec(json!({
                "sourceRepos": ["https://git/all", "!https://git/own"],
                // Twice the same would be a mistake of a list.
                "destinations": [{"server": "https://near", "namespace": "shop"}, {"server": "https://near", "namespace": "more"}],
                "clusterResourceBlacklist": [{"group": "", "kind": "Node"}],
                "namespaceResourceWhitelist": [{"group": "", "kind": "ConfigMap"}],
                "syncWindows": [{"kind": "deny", "schedule": "* * * * *", "duration": "1h", "applications": ["*"]}],
                "reverts": ["push"],
            })),
        );
        let project = read(&own);
        assert!(
            project.permits_source("https://git/all").is_ok() && project.permits_source("https://git/own").is_err()
        );
        let near = place("https://near", "more");
        let permits = |group: &str, kind: &str, namespace: &str| {
            let key = Key { group: group.into(), kind: kind.into(), namespace: namespace.into(), name: "x".into() };
            project.permits(&key, &near).is_ok()
        };
        assert!(permits("", "ConfigMap", "more") && !permits("", "Secret", "more"));
        assert!(permits("", "Namespace", "") && !permits("", "Node", ""));
        assert_eq!(project.windows.of("web", &near).len(), 1);
        assert!(project.permits_revert(Manner::Push).is_ok() && project.permits_revert(Manner::PullRequest).is_err());
    }
}
