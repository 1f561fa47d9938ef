//! Istio: the weights of a VirtualService's routes, and the subsets of a DestinationRule.
//!
//! Destinations that are neither arm keep their weight, which is taken from the stable arm's part: those of
//! `additionalSubsetNames` and any other that the user wrote. Those a release added for an experiment are noted on the object
//! ([`crate::added`]) and taken out again.

mod managed;
mod places;
mod split;
pub mod subsets;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{Arms, Live, Mismatch, Object, Share, Taken, Write, added, edit};
use places::Place;
use split::Split;
pub use subsets::Subsets;

/// What a Rollout's spec says of Istio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The VirtualServices, each with the same weights.
    pub services: Vec<VirtualService>,
    /// The DestinationRule whose subsets are the arms; without it the arms are hosts.
    pub subsets: Option<Subsets>,
    /// The names of the routes that steps may add, the most important first. Those that a release added under other names are
    /// noted on the object.
    pub managed: Vec<String>,
}

/// A VirtualService, and which of its routes are weighted. None named: its only one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VirtualService {
    /// Which.
    pub object: Object,
    /// HTTP routes by name.
    pub http: Vec<String>,
    /// TLS routes by what they match.
    pub tls: Vec<Tls>,
    /// TCP routes by the one port that they match; `None`: those that match any.
    pub tcp: Vec<Option<i64>>,
}

/// What a TLS route matches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// The one port.
    pub port: Option<i64>,
    /// All its SNI hosts.
    pub hosts: BTreeSet<String>,
}

impl Route {
    /// Every object it reads or writes.
    pub fn objects(&self) -> Vec<Object> {
        let services = self.services.iter().map(|service| service.object.clone());
        services.chain(self.subsets.iter().map(|subsets| subsets.rule.clone())).collect()
    }

    /// What the live objects send where; `None` where the VirtualServices differ from each other.
    pub fn read(&self, live: &Live, arms: &Arms) -> Result<Option<Share>, Mismatch> {
        if let Some(subsets) = &self.subsets {
            subsets.check(live)?;
        }
        let shares: Result<Vec<_>, _> = self.services.iter().map(|service| self.told(service, live, arms)).collect();
        let shares = shares?;
        let first = shares.first().cloned().flatten();
        Ok(first.filter(|first| shares.iter().all(|share| share.as_ref() == Some(first))))
    }

    /// What makes the live objects say that. A write for another reason notes the routes that steps added; alone, the note is not
    /// worth one: another controller of this API writes none.
    pub fn writes(&self, live: &Live, arms: &Arms, share: &Share) -> Result<Vec<Write>, Mismatch> {
        let share = share.within(arms.whole);
        let patches = self.services.iter().map(|service| {
            let object = live.get(&service.object)?;
            let mut wanted = self.wanted(service, object, arms, &share)?;
            if wanted != *object {
                note(&mut wanted, managed::ANNOTATION, share.routes.iter().map(|route| route.name.as_str()));
            }
            Ok(edit::patch(&service.object, object, &wanted))
        });
        let patches: Result<Vec<_>, _> = patches.collect();
        Ok(patches?.into_iter().flatten().collect())
    }

    /// Nothing: Istio writes no status here unless it is told to.
    pub fn taken(&self, _: &Live) -> Taken {
        Taken::Untold
    }

    /// What one VirtualService says, if it says just what a release would have written.
    fn told(&self, service: &VirtualService, live: &Live, arms: &Arms) -> Result<Option<Share>, Mismatch> {
        let object = live.get(&service.object)?;
        let added = managed::names(object, &self.managed);
        let places = places::of(service, &added, object, &self.split(service, arms))?;
        let Some(first) = places.first() else { return Ok(None) };
        let noted = added::services(object);
        let (canary, others) = self.split(service, arms).told(first.destinations(object), &noted)?;
        let Some(routes) = managed::told(object, &added) else { return Ok(None) };
        let share = Share { canary, others, routes };
        let wanted = self.wanted(service, object, arms, &share)?;
        Ok((wanted == *object).then_some(share))
    }

    /// The VirtualService as it should be.
    fn wanted(&self, service: &VirtualService, object: &Value, arms: &Arms, share: &Share) -> Result<Value, Mismatch> {
        let split = self.split(service, arms);
        let added = managed::names(object, &self.managed);
        let places = places::of(service, &added, object, &split)?;
        let noted = added::services(object);
        let mut wanted = object.clone();
        for place in &places {
            let shared = split.shared(place.destinations(object), share, &noted)?;
            place.set(&mut wanted, shared);
        }
        let pattern = places.iter().find(|place| place.section == "http").map(|place| place.route(&wanted).clone());
        let canary = pattern.as_ref().and_then(|route| split.canary(edit::list(route, "/route")));
        if canary.is_none() && !share.routes.is_empty() {
            return Err(service.object.mismatch("weights no HTTP route, and only those go by headers or are mirrored"));
        }
        if let Some(http) = wanted.pointer_mut("/spec/http").and_then(Value::as_array_mut) {
            let own = http.drain(..).filter(|route| !managed::is_one_of(&added, route)).collect();
            *http = managed::first(share, &added, pattern.as_ref(), canary, own);
        }
        note(&mut wanted, added::ANNOTATION, share.others.keys().map(String::as_str));
        Ok(wanted)
    }

    fn split<'a>(&'a self, service: &'a VirtualService, arms: &'a Arms) -> Split<'a> {
        Split { object: &service.object, subsets: self.subsets.as_ref(), arms }
    }
}

/// Notes these names under that annotation; without any, it has none.
fn note<'a>(wanted: &mut Value, annotation: &str, names: impl Iterator<Item = &'a str>) {
    let names = names.collect::<Vec<_>>().join(",");
    let is_noted = edit::annotation(wanted, annotation).is_some();
    if names.is_empty() && !is_noted {
        return;
    }
    let Some(annotations) = edit::annotations(wanted) else { return };
    if names.is_empty() {
        annotations.remove(annotation);
    } else {
        annotations.insert(annotation.to_owned(), json!(names));
    }
}

impl Place {
    fn destinations<'a>(&self, object: &'a Value) -> &'a [Value] {
        edit::list(self.route(object), "/route")
    }
}
