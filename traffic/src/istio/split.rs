//! The destinations of one weighted route.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::Subsets;
use crate::{Arms, Mismatch, Object, Share, edit};

/// What tells a route's destinations apart.
pub(super) struct Split<'a> {
    /// The VirtualService.
    pub(super) object: &'a Object,
    /// The subsets that are the arms, where they are subsets.
    pub(super) subsets: Option<&'a Subsets>,
    /// The arms, where they are hosts.
    pub(super) arms: &'a Arms,
}

/// Whose a destination is.
#[derive(Clone, PartialEq, Eq)]
enum Side {
    Canary,
    Stable,
    /// An experiment's Service.
    Other(String),
    /// The user's own.
    Fixed,
}

impl Split<'_> {
    /// The parts that the destinations have.
    pub(super) fn told(
        &self,
        destinations: &[Value],
        noted: &BTreeSet<&str>,
    ) -> Result<(u32, BTreeMap<String, u32>), Mismatch> {
        self.check(destinations)?;
        let mut canary = 0;
        let mut others = BTreeMap::new();
        for destination in destinations {
            match self.side(destination, |name| noted.contains(name)) {
                Side::Canary => canary = weight(destination),
                Side::Other(name) => {
                    others.insert(name, weight(destination));
                }
                Side::Stable | Side::Fixed => {}
            }
        }
        Ok((canary, others))
    }

    /// The destinations with the parts that they should have.
    pub(super) fn shared(
        &self,
        destinations: &[Value],
        share: &Share,
        noted: &BTreeSet<&str>,
    ) -> Result<Vec<Value>, Mismatch> {
        self.check(destinations)?;
        let side = |entry: &Value| self.side(entry, |name| noted.contains(name) || share.others.contains_key(name));
        let fixed = destinations.iter().filter(|entry| side(entry) == Side::Fixed).map(weight);
        let stable = share.stable(self.arms.whole).saturating_sub(fixed.fold(0, u32::saturating_add));
        let kept = destinations.iter().filter_map(|entry| match side(entry) {
            Side::Canary => Some(weighted(entry, share.canary)),
            Side::Stable => Some(weighted(entry, stable)),
            Side::Other(name) => share.others.get(&name).map(|weight| weighted(entry, *weight)),
            Side::Fixed => Some(entry.clone()),
        });
        let there: BTreeSet<String> = destinations.iter().filter_map(|entry| other(side(entry))).collect();
        let new = share.others.iter().filter(|(name, _)| !there.contains(*name));
        let new = new.map(|(name, weight)| self.new_destination(destinations, name, *weight));
        Ok(kept.chain(new).collect())
    }

    /// Where the canary arm is.
    pub(super) fn canary<'v>(&self, destinations: &'v [Value]) -> Option<&'v Value> {
        let found = destinations.iter().find(|entry| self.side(entry, |_| false) == Side::Canary)?;
        found.get("destination")
    }

    /// Whether both arms are there, once each.
    pub(super) fn has_both(&self, destinations: &[Value]) -> bool {
        self.check(destinations).is_ok()
    }

    fn check(&self, destinations: &[Value]) -> Result<(), Mismatch> {
        let (canary, stable) = self.names();
        for (name, wanted) in [(canary, Side::Canary), (stable, Side::Stable)] {
            let found = destinations.iter().filter(|entry| self.side(entry, |_| false) == wanted).count();
            if found != 1 {
                return Err(self.lacks(destinations, &name, found));
            }
        }
        let additional = self.subsets.map_or(&[][..], |subsets| subsets.additional.as_slice());
        for name in additional {
            if !destinations.iter().any(|entry| subset(entry) == Some(name)) {
                return Err(self.lacks(destinations, &format!("subset \"{name}\""), 0));
            }
        }
        Ok(())
    }

    fn lacks(&self, destinations: &[Value], what: &str, found: usize) -> Mismatch {
        let listed = destinations.iter().filter_map(|entry| subset(entry).or_else(|| host(entry)));
        let do_what = if found == 0 { "add one, or correct the name in the Rollout" } else { "leave one" };
        self.object.mismatch(format!(
            "a weighted route has {found} destinations for {what}, among {}; {do_what}",
            edit::names(listed)
        ))
    }

    fn names(&self) -> (String, String) {
        match self.subsets {
            Some(subsets) => (format!("subset \"{}\"", subsets.canary), format!("subset \"{}\"", subsets.stable)),
            None => (self.host_text(&self.arms.canary), self.host_text(&self.arms.stable)),
        }
    }

    /// A short host name is one of the VirtualService's own namespace.
    fn host_text(&self, service: &str) -> String {
        let is_near = self.object.namespace == self.arms.namespace;
        let host = if is_near { service.to_owned() } else { format!("{service}.{}", self.arms.namespace) };
        format!("host \"{host}\"")
    }

    fn side(&self, destination: &Value, is_other: impl Fn(&str) -> bool) -> Side {
        let arms = self.arms;
        let is_arm = |name: &str, service: &str| match self.subsets {
            Some(_) => subset(destination) == Some(name),
            None => subset(destination).is_none() && self.is_host(destination, service),
        };
        let subsets = self.subsets.map_or(("", ""), |subsets| (subsets.canary.as_str(), subsets.stable.as_str()));
        if is_arm(subsets.0, &arms.canary) {
            return Side::Canary;
        }
        if is_arm(subsets.1, &arms.stable) {
            return Side::Stable;
        }
        let name = host(destination).and_then(|host| host.split('.').next()).unwrap_or_default();
        let is_other = subset(destination).is_none() && self.is_host(destination, name) && is_other(name);
        if is_other { Side::Other(name.to_owned()) } else { Side::Fixed }
    }

    /// Whether a destination's host is that Service, by its short name or any longer one.
    fn is_host(&self, destination: &Value, service: &str) -> bool {
        let mut labels = host(destination).unwrap_or_default().split('.');
        let namespace = self.arms.namespace.as_str();
        labels.next() == Some(service)
            && labels.next().unwrap_or(&self.object.namespace) == namespace
            && labels.next().is_none_or(|label| label == "svc")
    }

    /// A destination as the stable one is, with another host.
    fn new_destination(&self, destinations: &[Value], service: &str, weight: u32) -> Value {
        let stable = destinations.iter().find(|entry| self.side(entry, |_| false) == Side::Stable);
        let like = stable.and_then(|entry| entry.get("destination"));
        let rest = like.and_then(|like| edit::text(like, "host")).and_then(|host| host.split_once('.'));
        let host = rest.map_or_else(|| service.to_owned(), |(_, rest)| format!("{service}.{rest}"));
        let mut destination = json!({"host": host});
        if let Some(port) = like.and_then(|like| like.get("port")) {
            edit::set(&mut destination, &["port"], port.clone());
        }
        json!({"destination": destination, "weight": weight})
    }
}

fn other(side: Side) -> Option<String> {
    if let Side::Other(name) = side { Some(name) } else { None }
}

fn host(entry: &Value) -> Option<&str> {
    edit::text(entry.get("destination")?, "host")
}

fn subset(entry: &Value) -> Option<&str> {
    edit::text(entry.get("destination")?, "subset").filter(|name| !name.is_empty())
}

/// Istio takes a missing weight for 0.
fn weight(entry: &Value) -> u32 {
    entry.get("weight").and_then(Value::as_u64).and_then(|weight| u32::try_from(weight).ok()).unwrap_or_default()
}

fn weighted(entry: &Value, weight: u32) -> Value {
    let mut entry = entry.clone();
    edit::set(&mut entry, &["weight"], json!(weight));
    entry
}
