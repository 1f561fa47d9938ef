//! Rules that keep Applications from being synced by themselves, in the form of the established controller's own rules
//! (`policy.csv` of the ConfigMap `argocd-sync-policies`).
//!
//! `p, environment:prod, applications, sync, *, deny`: what has the label `environment: prod` does not sync by itself. A person may
//! have it synced; which one is Kubernetes' to say. Rules about people and about times are somebody else's to keep, and are told.

use std::collections::{BTreeMap, BTreeSet};

use crate::glob::Glob;

/// The label of an Application that says where it deploys to.
pub const ENVIRONMENT: &str = "environment";

/// What the rules deny.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policies(Vec<Denial>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Denial {
    environment: Glob,
    whom: Glob,
    /// Whether the pattern is of project and name, or of the name alone.
    with_project: bool,
    rule: String,
}

/// Why a rule counts for nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Void {
    Form,
    People,
    Time,
    Subject,
    Matter,
    Pattern,
}

impl Void {
    fn why(self) -> &'static str {
        match self {
            Self::Form => "write p, environment:NAME, applications, sync, APPLICATION, allow or deny",
            Self::People => "who may sync is said by Kubernetes' own rights: give a RoleBinding on Applications",
            Self::Time => "nothing says when that is: write it into syncWindows of the AppProject",
            Self::Subject => {
                "rules are about environment:NAME, which is what the label environment of an Application says"
            }
            Self::Matter => "rules are about applications, sync",
            Self::Pattern => "that is no pattern",
        }
    }
}

impl Policies {
    /// Reads rules, one a line. Beside them comes what of them counts for nothing, and what to do instead.
    pub fn read(text: &str) -> (Self, BTreeSet<String>) {
        let (mut denials, mut void) = (Vec::new(), BTreeMap::<Void, Vec<&str>>::new());
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            match rule(line) {
                Ok(denial) => denials.extend(denial),
                Err(why) => void.entry(why).or_default().push(line),
            }
        }
        let told =
            void.into_iter().map(|(why, lines)| format!("{}: counts for nothing: {}", lines.join("; "), why.why()));
        (Self(denials), told.collect())
    }

    /// The rule by which an Application does not sync by itself, if there is one.
    pub fn denies(&self, environment: Option<&str>, project: &str, name: &str) -> Option<&str> {
        let (environment, full) = (environment?, format!("{project}/{name}"));
        let is_for = |one: &&Denial| {
            let called = if one.with_project { &full } else { name };
            one.environment.is_match(environment) && one.whom.is_match(called)
        };
        self.0.iter().find(is_for).map(|one| one.rule.as_str())
    }
}

/// What a line denies; nothing, where it allows what is allowed anyway.
fn rule(line: &str) -> Result<Option<Denial>, Void> {
    let parts: Vec<&str> = line.split(',').map(str::trim).collect();
    let (subject, resource, action, whom, effect) = match parts[..] {
        ["p", subject, resource, action, whom, effect @ ("allow" | "deny")] => {
            (subject, resource, action, whom, effect)
        }
        ["g", ..] => return Err(Void::People),
        _ => return Err(Void::Form),
    };
    let environment = match subject.split_once(':') {
        Some(("environment", name)) => name,
        Some(("time", _)) => return Err(Void::Time),
        Some(("role" | "proj", _)) => return Err(Void::People),
        _ => return Err(Void::Subject),
    };
    if !matches!(resource, "applications" | "*") || !matches!(action, "sync" | "*") {
        return Err(Void::Matter);
    }
    let glob = |text| Glob::of_names(text).map_err(|_| Void::Pattern);
    let denial = Denial {
        environment: glob(environment)?,
        whom: glob(whom)?,
        with_project: whom.contains('/'),
        rule: line.to_owned(),
    };
    Ok((effect == "deny").then_some(denial))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    /// The guide's own, and what people get wrong.
    const RULES: &str = "
        # Environment-based sync policies
        p, environment:dev, applications, sync, *, allow
        p, environment:staging, applications, sync, *, deny
        p, environment:prod, applications, sync, bookverse/web-*, deny
        p, role:developer, applications, sync, bookverse-dev-*, allow
        g, bookverse:developers, role:developer
        p, time:business-hours, applications, sync, bookverse-prod-*, allow
        p, everybody, applications, sync, *, deny
        p, environment:qa, repositories, get, *, deny
        p, environment:qa, applications, sync, *
        p, environment:qa, applications, sync, [, deny
    ";

    #[test]
    fn what_an_environment_is_denied_is_found_by_its_label() {
        let (policies, _) = Policies::read(RULES);
        let denied = |environment, project, name| policies.denies(environment, project, name);
        assert_eq!(denied(Some("staging"), "any", "web"), Some("p, environment:staging, applications, sync, *, deny"));
        assert!(denied(Some("prod"), "bookverse", "web-1").is_some());
        for (environment, project, name) in [
            (Some("dev"), "any", "web"),
            (None, "any", "web"),
            (Some("prod"), "bookverse", "api"),
            (Some("prod"), "other", "web-1"),
        ] {
            assert_eq!(denied(environment, project, name), None, "{environment:?} {project}/{name}");
        }
    }

    #[test]
    fn what_counts_for_nothing_is_told_with_what_to_do() {
        let told: String = Policies::read(RULES).1.into_iter().map(|line| line + "\n").collect();
        expect![[r#"
            p, environment:qa, applications, sync, *: counts for nothing: write p, environment:NAME, applications, sync, APPLICATION, allow or deny
            p, environment:qa, applications, sync, [, deny: counts for nothing: that is no pattern
            p, environment:qa, repositories, get, *, deny: counts for nothing: rules are about applications, sync
            p, everybody, applications, sync, *, deny: counts for nothing: rules are about environment:NAME, which is what the label environment of an Application says
            p, role:developer, applications, sync, bookverse-dev-*, allow; g, bookverse:developers, role:developer: counts for nothing: who may sync is said by Kubernetes' own rights: give a RoleBinding on Applications
            p, time:business-hours, applications, sync, bookverse-prod-*, allow: counts for nothing: nothing says when that is: write it into syncWindows of the AppProject
        "#]].assert_eq(&told);
    }
}
