//! Projects whose rules others inherit: `globalProjects` of `argocd-cm`.

use std::collections::BTreeMap;

use kube::core::{Selector, SelectorExt};
use serde::Deserialize;
use sluice_crds::{LabelSelector, decode};

/// The key.
pub const KEY: &str = "globalProjects";

/// Projects whose rules others inherit.
#[derive(Clone, Debug)]
pub struct Globals(Result<Vec<Global>, String>);

#[derive(Clone, Debug)]
struct Global {
    heirs: Selector,
    project: String,
}

/// An entry, as it is written.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Entry {
    #[serde(default)]
    label_selector: LabelSelector,
    project_name: String,
}

impl Default for Globals {
    fn default() -> Self {
        Self(Ok(Vec::new()))
    }
}

impl Globals {
    /// Reads the list. The error says what is wrong with it.
    pub fn read(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let entries: Vec<Entry> = serde_saphyr::from_str::<serde_json::Value>(text)
            .map_err(|error| error.to_string())
            .and_then(|value| decode(value).map_err(|error| error.to_string()))
            .map_err(|error| format!("is no list of labelSelector and projectName: {error}"))?;
        let read = |Entry { label_selector, project_name }| {
            let heirs = Selector::try_from(label_selector)
                .map_err(|error| format!("has a labelSelector for {project_name} that is none: {error}"))?;
            Ok(Global { heirs, project: project_name })
        };
        entries.into_iter().map(read).collect::<Result<_, String>>().map(|all| Self(Ok(all)))
    }

    /// A list that cannot be read: what refuses something may be in it, so that nobody knows what any project permits.
    pub(super) fn broken(why: String) -> Self {
        Self(Err(why))
    }

    /// The projects whose rules that one inherits, in order.
    pub fn of(&self, name: &str, labels: &BTreeMap<String, String>) -> Result<Vec<&str>, String> {
        let all = self.0.as_ref().map_err(|why| format!("argocd-cm: {KEY} {why}"))?;
        let mut names: Vec<&str> = Vec::new();
        for Global { heirs, project } in all {
            if project != name && !names.contains(&project.as_str()) && heirs.matches(labels) {
                names.push(project);
            }
        }
        Ok(names)
    }

    /// Whether anybody may inherit that project's rules.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().flatten().any(|global| global.project == name)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn labels(label: &str) -> BTreeMap<String, String> {
        label.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned())).into_iter().collect()
    }

    /// <https://argo-cd.readthedocs.io/en/stable/user-guide/projects/#configuring-global-projects>
    const WRITTEN: &str = "\
- labelSelector:
    matchExpressions:
    - {key: opt, operator: In, values: [prod]}
  projectName: of-prod
- labelSelector:
    matchLabels: {opt: prod}
  projectName: of-prod-too
- projectName: of-all
";

    #[test]
    fn labels_say_whose_rules_a_project_inherits() {
        let globals = Globals::read(WRITTEN).unwrap();
        assert_eq!(globals.of("team", &labels("opt=prod")).unwrap(), ["of-prod", "of-prod-too", "of-all"]);
        assert_eq!(globals.of("team", &labels("opt=dev")).unwrap(), ["of-all"]);
        assert_eq!(globals.of("of-all", &labels("")).unwrap(), [""; 0], "not its own once more");
        assert!(globals.has("of-prod") && !globals.has("team"));
        assert_eq!(Globals::read(" ").unwrap().of("team", &labels("")).unwrap(), [""; 0]);
    }

    #[test]
    fn what_cannot_be_read_leaves_nobody_with_fewer_rules() {
        let odd = "- labelSelector: {matchExpressions: [{key: a, operator: Like}]}\n  projectName: p\n";
        let said = Globals::read(odd).unwrap_err();
        assert!(said.starts_with("has a labelSelector for p that is none"), "{said}");
        let broken = Globals::broken(Globals::read("- {projectname: p}").unwrap_err());
        let said = broken.of("team", &labels("")).unwrap_err();
        assert!(said.starts_with("argocd-cm: globalProjects is no list of labelSelector and projectName"), "{said}");
    }
}
