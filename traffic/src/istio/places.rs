//! Which routes of a VirtualService are weighted.

use std::collections::BTreeSet;

use serde_json::Value;

use super::split::Split;
use super::{VirtualService, managed};
use crate::{Mismatch, edit};

/// A weighted route's place.
pub(super) struct Place {
    /// `http`, `tls` or `tcp`.
    pub(super) section: &'static str,
    index: usize,
}

impl Place {
    /// The route there.
    pub(super) fn route<'a>(&self, object: &'a Value) -> &'a Value {
        section(object, self.section).get(self.index).unwrap_or(&Value::Null)
    }

    /// Puts these destinations there.
    pub(super) fn set(&self, object: &mut Value, destinations: Vec<Value>) {
        if let Some(route) = object.pointer_mut(&format!("/spec/{}/{}/route", self.section, self.index)) {
            *route = Value::Array(destinations);
        }
    }
}

/// All of them: those that are named; where none is named in any section, the only one of each section.
///
/// A section of which none is named, while some are of another, is weighted if its only route has both arms.
pub(super) fn of(
    service: &VirtualService,
    managed: &[String],
    object: &Value,
    split: &Split,
) -> Result<Vec<Place>, Mismatch> {
    let named = !(service.http.is_empty() && service.tls.is_empty() && service.tcp.is_empty());
    let listed = [http(service, object)?, tls(service, object)?, tcp(service, object)?];
    let mut places = Vec::new();
    for (section, indexes) in ["http", "tls", "tcp"].into_iter().zip(listed) {
        let indexes = if indexes.is_empty() { only(service, managed, object, section, named, split)? } else { indexes };
        places.extend(indexes.into_iter().map(|index| Place { section, index }));
    }
    if places.is_empty() {
        return Err(service.object.mismatch("has no route in spec.http, spec.tls or spec.tcp that could be weighted"));
    }
    Ok(places)
}

fn http(service: &VirtualService, object: &Value) -> Result<Vec<usize>, Mismatch> {
    let routes = section(object, "http");
    let index = |name: &String| {
        let found = routes.iter().position(|route| edit::text(route, "name") == Some(name));
        let named = routes.iter().filter_map(|route| edit::text(route, "name"));
        found.ok_or_else(|| {
            service
                .object
                .mismatch(format!("spec.http has no route named \"{name}\"; named are {}", edit::names(named)))
        })
    };
    service.http.iter().map(index).collect()
}

fn tls(service: &VirtualService, object: &Value) -> Result<Vec<usize>, Mismatch> {
    let routes = section(object, "tls");
    let matching = |wanted: &super::Tls| {
        let fits =
            |route: &Value| ports(route) == BTreeSet::from([wanted.port]) && hosts(route) == texts(&wanted.hosts);
        let text =
            || format!("port {} and exactly the SNI hosts {}", port(wanted.port), edit::names(texts(&wanted.hosts)));
        positions(service, "tls", routes, fits, text)
    };
    let found: Result<Vec<_>, _> = service.tls.iter().map(matching).collect();
    Ok(found?.concat())
}

fn tcp(service: &VirtualService, object: &Value) -> Result<Vec<usize>, Mismatch> {
    let routes = section(object, "tcp");
    let matching = |wanted: &Option<i64>| {
        let fits = |route: &Value| ports(route) == BTreeSet::from([*wanted]);
        positions(service, "tcp", routes, fits, || format!("port {}", port(*wanted)))
    };
    let found: Result<Vec<_>, _> = service.tcp.iter().map(matching).collect();
    Ok(found?.concat())
}

fn positions(
    service: &VirtualService,
    section: &str,
    routes: &[Value],
    fits: impl Fn(&Value) -> bool,
    text: impl Fn() -> String,
) -> Result<Vec<usize>, Mismatch> {
    let found: Vec<usize> = routes.iter().enumerate().filter(|(_, route)| fits(route)).map(|(at, _)| at).collect();
    if found.is_empty() {
        return Err(service.object.mismatch(format!("spec.{section} has no route that matches {}", text())));
    }
    Ok(found)
}

/// The only route of a section.
fn only(
    service: &VirtualService,
    managed: &[String],
    object: &Value,
    name: &'static str,
    others_named: bool,
    split: &Split,
) -> Result<Vec<usize>, Mismatch> {
    let own = section(object, name).iter().enumerate().filter(|(_, route)| !managed::is_one_of(managed, route));
    let own: Vec<(usize, &Value)> = own.collect();
    match own.as_slice() {
        [(at, route)] if !others_named || split.has_both(edit::list(route, "/route")) => Ok(vec![*at]),
        [_, _, ..] if !others_named => Err(service
            .object
            .mismatch(format!("spec.{name} has {} routes; name those to be weighted in the Rollout", own.len()))),
        _ => Ok(Vec::new()),
    }
}

fn section<'a>(object: &'a Value, name: &str) -> &'a [Value] {
    edit::list(object, &format!("/spec/{name}"))
}

/// The ports of all matches of a route; `None` for a match without one.
fn ports(route: &Value) -> BTreeSet<Option<i64>> {
    let matches = edit::list(route, "/match");
    if matches.is_empty() {
        return BTreeSet::from([None]);
    }
    matches.iter().map(|one| one.get("port").and_then(Value::as_i64)).collect()
}

fn hosts(route: &Value) -> BTreeSet<&str> {
    let matches = edit::list(route, "/match").iter();
    matches.flat_map(|one| edit::list(one, "/sniHosts")).filter_map(Value::as_str).collect()
}

fn texts(hosts: &BTreeSet<String>) -> BTreeSet<&str> {
    hosts.iter().map(String::as_str).collect()
}

fn port(port: Option<i64>) -> String {
    port.map_or_else(|| "any".to_owned(), |port| port.to_string())
}
