//! Kinds that are left alone (`resource.inclusions`, `resource.exclusions` of the ConfigMap `argocd-cm`).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use sluice_gitops::glob::Glob;

/// How many rules there may be.
const MOST: usize = 1_000;
/// How long a value may be.
const LONGEST: usize = 256 * 1024;
/// Kinds that no Application deploys, and that change all the time: the established controller leaves them alone whatever is
/// configured (`util/settings/resources_filter.go`).
const NEVER: &[(&str, &str)] =
    &[("events.k8s.io", "*"), ("metrics.k8s.io", "*"), ("", "Event"), ("coordination.k8s.io", "Lease")];

/// Kinds that are looked at and deployed: without rules all, but for a few that no Application deploys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kinds {
    included: Vec<Rule>,
    excluded: Vec<Rule>,
    /// Why nobody knows what they are.
    broken: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    groups: Vec<Glob>,
    kinds: Vec<String>,
    clusters: Vec<Glob>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    api_groups: Option<Vec<String>>,
    kinds: Option<Vec<String>>,
    clusters: Option<Vec<String>>,
    #[serde(flatten)]
    others: BTreeMap<String, Value>,
}

impl Kinds {
    /// Reads the two values, as YAML lists of `apiGroups` and `clusters` (patterns) and `kinds`. What a rule leaves out is any.
    ///
    /// Tells, too, which fields of rules mean nothing. Fails with a sentence that names the key.
    pub fn read(inclusions: Option<&str>, exclusions: Option<&str>) -> Result<(Self, Vec<String>), String> {
        let (included, mut void) = rules("resource.inclusions", inclusions)?;
        let (excluded, more) = rules("resource.exclusions", exclusions)?;
        void.extend(more);
        Ok((Self { included, excluded, broken: None }, void))
    }

    /// Rules that cannot be read, for that reason: any kind may be one that is to be left alone, so all are.
    pub fn broken(why: String) -> Self {
        Self { broken: Some(why), ..Self::default() }
    }

    /// Why the rules cannot be read, if they cannot.
    pub fn why_broken(&self) -> Option<&str> {
        self.broken.as_deref()
    }

    /// Whether objects of that kind are neither looked at nor deployed in that cluster. What is excluded is so although it is
    /// included; where something is included for a cluster, everything else is excluded there.
    pub fn excludes(&self, group: &str, kind: &str, server: &str) -> bool {
        let is_never = NEVER.iter().any(|(of, one)| *of == group && (*one == "*" || *one == kind));
        if is_never || self.broken.is_some() || self.excluded.iter().any(|rule| rule.is_for(group, kind, server)) {
            return true;
        }
        let is_included = self.included.iter().any(|rule| rule.is_for(group, kind, server));
        !is_included && self.included.iter().any(|rule| rule.is_for_cluster(server))
    }
}

impl Rule {
    fn is_for(&self, group: &str, kind: &str, server: &str) -> bool {
        let is_group = self.groups.is_empty() || self.groups.iter().any(|glob| glob.is_match(group));
        let is_kind = self.kinds.is_empty() || self.kinds.iter().any(|one| one == "*" || one == kind);
        is_group && is_kind && self.is_for_cluster(server)
    }

    fn is_for_cluster(&self, server: &str) -> bool {
        self.clusters.is_empty() || self.clusters.iter().any(|glob| glob.is_match(server))
    }
}

/// The rules, and which of their fields mean nothing.
fn rules(key: &str, text: Option<&str>) -> Result<(Vec<Rule>, Vec<String>), String> {
    let text = text.unwrap_or_default();
    if text.len() > LONGEST {
        return Err(format!("{key} has {} bytes; at most {LONGEST} are read", text.len()));
    }
    if text.trim().is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let written: Option<Vec<Written>> = serde_saphyr::from_str(text)
        .map_err(|error| format!("{key} is no list of apiGroups, kinds and clusters: {error}"))?;
    let written = written.unwrap_or_default();
    if written.len() > MOST {
        return Err(format!("{key} has {} rules; at most {MOST} are read", written.len()));
    }
    let others = written.iter().flat_map(|one| one.others.keys());
    let void = others.map(|field| format!("{key}: {field} means nothing: a rule has apiGroups, kinds and clusters"));
    let void = void.collect();
    Ok((written.into_iter().map(|one| rule(key, one)).collect::<Result<_, _>>()?, void))
}

fn rule(key: &str, written: Written) -> Result<Rule, String> {
    let globs = |field: &str, texts: &[String]| {
        let read = |text: &String| Glob::of_names(text).map_err(|error| format!("{key}: {field} {text:?} {error}"));
        texts.iter().map(read).collect::<Result<Vec<Glob>, String>>()
    };
    if let (None, None, None) = (&written.api_groups, &written.kinds, &written.clusters) {
        return Err(format!("{key} has a rule without apiGroups, kinds and clusters; name what it is for"));
    }
    Ok(Rule {
        groups: globs("apiGroups", &written.api_groups.unwrap_or_default())?,
        clusters: globs("clusters", &written.clusters.unwrap_or_default())?,
        kinds: written.kinds.unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exclusions_count_more_than_inclusions() {
        let included = "- apiGroups: ['apps', '']\n  kinds: ['*']\n- kinds: [Issuer]\n  clusters: [https://other]";
        let excluded = "- apiGroups: ['*']\n  kinds: [Secret]\n  clusters: ['https://kubernetes.*']";
        let (kinds, void) = Kinds::read(Some(included), Some(excluded)).unwrap();
        assert_eq!(void, [""; 0]);
        for (group, kind, server, expected) in [
            ("apps", "Deployment", "https://kubernetes.default.svc", false),
            ("", "Secret", "https://kubernetes.default.svc", true),
            ("", "Secret", "https://other", false),
            ("cert-manager.io", "Issuer", "https://other", false),
            ("cert-manager.io", "Issuer", "https://kubernetes.default.svc", true),
            ("", "Event", "https://other", true),
        ] {
            assert_eq!(kinds.excludes(group, kind, server), expected, "{group}/{kind} of {server}");
        }
        assert!(!Kinds::default().excludes("any", "Kind", "https://any"));
        assert!(Kinds::default().excludes("coordination.k8s.io", "Lease", "https://any"));
    }

    #[test]
    fn what_cannot_be_read_names_its_key() {
        for text in ["kinds: [Secret]", "- kind: Secret", "- apiGroups: ['[']", "7"] {
            let why = Kinds::read(None, Some(text)).unwrap_err();
            assert!(why.starts_with("resource.exclusions"), "{why}");
        }
        assert_eq!(Kinds::read(Some(" "), Some("[]")), Ok((Kinds::default(), Vec::new())));
    }

    #[test]
    fn a_field_that_means_nothing_is_told_and_opens_nothing() {
        let (kinds, void) = Kinds::read(None, Some("- kinds: [Secret]\n  description: {of: vault}")).unwrap();
        assert!(kinds.excludes("", "Secret", "https://any") && !kinds.excludes("", "ConfigMap", "https://any"));
        assert_eq!(void, ["resource.exclusions: description means nothing: a rule has apiGroups, kinds and clusters"]);
        assert!(Kinds::broken("odd".to_owned()).excludes("", "ConfigMap", "https://any"));
    }
}
