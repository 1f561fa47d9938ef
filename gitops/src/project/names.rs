//! Where Applications of a project may live, and who may do what with them.

use std::collections::BTreeSet;

use regex::Regex;
use sluice_crds::ProjectRole;

use crate::check::Checker;
use crate::glob::Glob;
use crate::project::MOST;

/// Namespaces that Applications may be in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Homes(Vec<Home>);

#[derive(Clone, Debug)]
enum Home {
    Like(Glob),
    Regex(Regex),
}

impl PartialEq for Home {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Like(one), Self::Like(other)) => one == other,
            (Self::Regex(one), Self::Regex(other)) => one.as_str() == other.as_str(),
            _ => false,
        }
    }
}

impl Eq for Home {}

impl Homes {
    pub(super) fn read(check: &mut Checker, namespaces: &[String]) -> Self {
        check.count("spec.sourceNamespaces", namespaces.len(), MOST);
        let each = namespaces.iter().take(MOST).enumerate();
        Self(each.filter_map(|(at, text)| home(check, &format!("spec.sourceNamespaces[{at}]"), text)).collect())
    }

    /// Those that a list of patterns and /regexes/ names, or what is wrong with it.
    pub fn of(namespaces: &[String]) -> Result<Self, String> {
        let mut check = Checker::default();
        let homes = Self::read(&mut check, namespaces);
        check
            .finish(Some(homes))
            .map(|(homes, _)| homes)
            .map_err(|wrong| wrong.iter().map(|one| one.message.as_str()).collect::<Vec<_>>().join("; "))
    }

    /// Whether that namespace is one of them.
    pub fn has(&self, namespace: &str) -> bool {
        self.0.iter().any(|home| match home {
            Home::Like(glob) => glob.is_match(namespace),
            Home::Regex(regex) => regex.is_match(namespace),
        })
    }
}

/// The largest program that a regular expression may become.
const REGEX_SIZE: usize = 1 << 20;

fn home(check: &mut Checker, field: &str, text: &str) -> Option<Home> {
    let inner = text.strip_prefix('/').and_then(|text| text.strip_suffix('/'));
    let read = match inner {
        Some(expression) => regex::RegexBuilder::new(&sluice_dialect::translate(expression))
            .size_limit(REGEX_SIZE)
            .build()
            .map(Home::Regex)
            .map_err(|error| {
                format!("is no regular expression: {}", error.to_string().lines().last().unwrap_or_default())
            }),
        None => Glob::of_names(text).map(Home::Like).map_err(|error| format!("{text:?} {error}")),
    };
    read.map_err(|error| check.wrong(field, error)).ok()
}

/// Checks roles. A policy line that can never count is doubtful, not wrong: the established controller takes it from
/// `kubectl apply` too.
pub(super) fn roles(check: &mut Checker, project: &str, roles: &[ProjectRole]) {
    check.count("spec.roles", roles.len(), MOST);
    let mut seen = BTreeSet::new();
    for (at, role) in roles.iter().take(MOST).enumerate() {
        let here = format!("spec.roles[{at}]");
        check.unknown(&here, &role.unknown);
        if !is_role(&role.name) {
            let text = format!("is {:?}; write letters, digits, - and _, a letter or digit first and last", role.name);
            check.wrong(&format!("{here}.name"), text);
        } else if !seen.insert(&role.name) {
            check.doubtful(&format!("{here}.name"), format!("{:?} is given twice", role.name));
        }
        for (at, policy) in role.policies.iter().take(MOST).enumerate() {
            if let Some(why) = doubt(project, &role.name, policy) {
                check.doubtful(&format!("{here}.policies[{at}]"), why);
            }
        }
    }
}

fn is_role(name: &str) -> bool {
    let alphanumeric = |character: Option<char>| character.is_some_and(|one| one.is_ascii_alphanumeric());
    alphanumeric(name.chars().next())
        && alphanumeric(name.chars().next_back())
        && name.chars().all(|one| one.is_ascii_alphanumeric() || one == '-' || one == '_')
}

/// Why a policy line of a project can never count, or not as its writer thinks.
fn doubt(project: &str, role: &str, policy: &str) -> Option<String> {
    let parts: Vec<&str> = policy.split(',').map(str::trim).collect();
    let ["p", subject, resource, _, object, effect] = parts.as_slice() else {
        return Some(
            "has not the form \"p, SUBJECT, RESOURCE, ACTION, OBJECT, allow|deny\", and counts for nothing".into(),
        );
    };
    let own = format!("proj:{project}:{role}");
    if *subject != own {
        return Some(format!("is about {subject:?}; a role of a project can only speak of itself, {own:?}"));
    }
    if *effect != "allow" && *effect != "deny" {
        return Some(format!("ends in {effect:?}; write allow or deny"));
    }
    let of_project = object.strip_prefix(project).is_some_and(|rest| rest.starts_with('/'));
    (!of_project)
        .then(|| format!("is about {resource} {object:?}, which are not this project's; write \"{project}/*\""))
}
