//! `--resource`: some of an Application's objects, as they are named on the command line.

use std::fmt;

use sluice_crds::ResourceStatus;

/// Stands for anything in its field.
const ANY: &str = "*";
/// Before a name: all but that.
const NOT: char = '!';

/// Objects that are meant, or that are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ResourceFlag {
    /// Whether they are left out.
    pub(crate) excludes: bool,
    group: Field,
    kind: Field,
    namespace: Field,
    name: Field,
}

/// What a field of an object must be.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Field {
    Any,
    Is(String),
}

impl ResourceFlag {
    /// Whether it names that object.
    pub(crate) fn names(&self, one: &ResourceStatus) -> bool {
        self.group.fits(&one.group)
            && self.kind.fits(&one.kind)
            && self.namespace.fits(&one.namespace)
            && self.name.fits(&one.name)
    }
}

impl Field {
    fn of(text: &str) -> Result<Self, String> {
        match text {
            ANY => Ok(Self::Any),
            part if part.contains(ANY) => Err(format!("\"{part}\": * stands for a whole field, not for a part of it")),
            whole => Ok(Self::Is(whole.to_owned())),
        }
    }

    fn fits(&self, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Is(own) => own == text,
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Any => ANY,
            Self::Is(text) => text,
        })
    }
}

/// The objects without their namespace, as they are mostly named.
impl fmt::Display for ResourceFlag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:", self.group, self.kind)?;
        if let Field::Is(namespace) = &self.namespace {
            write!(f, "{namespace}/")?;
        }
        write!(f, "{}", self.name)
    }
}

/// Reads GROUP:KIND:NAME, where NAMESPACE/ may stand before the name, and ! before all. A blank group is the core group, a blank
/// namespace any. A blank kind or name is nothing that an object has: whoever leaves one out is asked for it.
pub(super) fn resource(text: &str) -> Result<ResourceFlag, String> {
    let named = text.strip_prefix(NOT);
    let parts: Vec<&str> = named.unwrap_or(text).split(':').collect();
    let [group, kind, name] = parts.as_slice() else {
        return Err("write GROUP:KIND:NAME, as in apps:Deployment:web or :Service:shop/web".to_owned());
    };
    let (namespace, name) = name.split_once('/').unwrap_or((ANY, name));
    if kind.is_empty() || name.is_empty() {
        return Err("needs a kind and a name, as in apps:Deployment:web; * is any".to_owned());
    }
    if name.contains('/') {
        return Err("has more than one /; write GROUP:KIND:NAMESPACE/NAME".to_owned());
    }
    Ok(ResourceFlag {
        excludes: named.is_some(),
        group: Field::of(group)?,
        kind: Field::of(kind)?,
        namespace: Field::of(if namespace.is_empty() { ANY } else { namespace })?,
        name: Field::of(name)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The objects of a list that a flag names.
    fn check(flag: &str, expected: &[&str]) {
        let objects = ["apps:Deployment:shop/web", ":Service:shop/web", ":Service:cart/web", ":Namespace:/shop"];
        let named = |object: &&&str| {
            let (what, name) = object.rsplit_once('/').unwrap();
            let [group, kind, namespace] = what.split(':').collect::<Vec<_>>().try_into().unwrap();
            resource(flag).unwrap().names(&ResourceStatus {
                group: str::to_owned(group),
                kind: str::to_owned(kind),
                namespace: str::to_owned(namespace),
                name: name.to_owned(),
                ..ResourceStatus::default()
            })
        };
        assert_eq!(objects.iter().filter(named).copied().collect::<Vec<_>>(), expected, "{flag}");
    }

    #[test]
    fn a_star_is_any_and_a_blank_group_is_the_core_one() {
        check("apps:Deployment:web", &["apps:Deployment:shop/web"]);
        check(":Deployment:web", &[]);
        check(":Service:web", &[":Service:shop/web", ":Service:cart/web"]);
        check(":Service:cart/web", &[":Service:cart/web"]);
        check(":Service:/web", &[":Service:shop/web", ":Service:cart/web"]);
        check("*:Service:*", &[":Service:shop/web", ":Service:cart/web"]);
        check("*:*:shop/*", &["apps:Deployment:shop/web", ":Service:shop/web"]);
        check(":*:*/shop", &[":Namespace:/shop"]);
    }

    #[test]
    fn what_names_nothing_is_said_to() {
        let wrong = |flag: &str| resource(flag).unwrap_err();
        assert_eq!(wrong("web"), "write GROUP:KIND:NAME, as in apps:Deployment:web or :Service:shop/web");
        assert_eq!(wrong("apps:Deployment:"), "needs a kind and a name, as in apps:Deployment:web; * is any");
        assert_eq!(wrong("!::web"), "needs a kind and a name, as in apps:Deployment:web; * is any");
        assert_eq!(wrong("apps:Deployment:a/b/c"), "has more than one /; write GROUP:KIND:NAMESPACE/NAME");
        assert_eq!(wrong("apps:Deployment:web-*"), "\"web-*\": * stands for a whole field, not for a part of it");
    }
}
