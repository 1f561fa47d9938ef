//! What an address is of.

use super::super::catalog::{self, Resource, Sub};
use super::super::status::Status;
use super::query::decoded;

/// A kind, a namespace, and one or all of what is there.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) of: &'static Resource,
    /// Empty for all, and for what is in none.
    pub(super) namespace: String,
    pub(super) thing: Thing,
    pub(super) shape: Shape,
}

#[derive(Clone, Debug)]
pub(super) enum Thing {
    All,
    One { name: String, sub: Sub },
}

/// In which of two groups an Event is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Stored,
    CoreEvent,
}

impl Target {
    /// Nothing for an address that nobody serves; a refusal for one that a served kind has not.
    pub(super) fn parse(path: &str, served: &[&'static Resource]) -> Option<Result<Self, Status>> {
        let parts: Vec<String> = path.split('/').filter(|part| !part.is_empty()).map(decoded).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let (group, version, rest) = match parts.as_slice() {
            ["api", version, rest @ ..] => ("", *version, rest),
            ["apis", group, version, rest @ ..] => (*group, *version, rest),
            _ => return None,
        };
        let (namespace, rest) = match rest {
            ["namespaces", namespace, rest @ ..] if !rest.is_empty() && !["status", "finalize"].contains(&rest[0]) => {
                (*namespace, rest)
            }
            rest => ("", rest),
        };
        let (plural, rest) = rest.split_first()?;
        let (of, shape) = find(group, version, plural, served)?;
        // Objects of namespaces have addresses in theirs only; a list may be of all.
        if of.namespaced == namespace.is_empty() && !(rest.is_empty() && of.namespaced) {
            return None;
        }
        let thing = match *rest {
            [] => Ok(Thing::All),
            [name] => Ok(Thing::One { name: name.to_owned(), sub: Sub::Object }),
            [name, sub] => part(of, name, sub).map(|sub| Thing::One { name: name.to_owned(), sub }),
            _ => return None,
        };
        Some(thing.map(|thing| Self { of, namespace: namespace.to_owned(), thing, shape }))
    }

    pub(super) fn name(&self) -> &str {
        match &self.thing {
            Thing::All => "",
            Thing::One { name, .. } => name,
        }
    }

    pub(super) fn sub(&self) -> Sub {
        match &self.thing {
            Thing::All => Sub::Object,
            Thing::One { sub, .. } => *sub,
        }
    }
}

fn find(group: &str, version: &str, plural: &str, served: &[&'static Resource]) -> Option<(&'static Resource, Shape)> {
    if (group, version, plural) == ("", "v1", "events") {
        return Some((&catalog::EVENT, Shape::CoreEvent));
    }
    let of = served.iter().find(|of| (of.group, of.version, of.plural) == (group, version, plural))?;
    Some((of, Shape::Stored))
}

fn part(of: &'static Resource, name: &str, sub: &str) -> Result<Sub, Status> {
    let known = match sub {
        "status" => Some(Sub::Status),
        "scale" => Some(Sub::Scale),
        "eviction" => Some(Sub::Eviction),
        _ => None,
    };
    known
        .filter(|sub| of.has(*sub))
        .ok_or_else(|| if of.custom { Status::not_found(of, name) } else { Status::no_such_path() })
}
