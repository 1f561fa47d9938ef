//! Routes of the Gateway API: HTTPRoute, GRPCRoute, TCPRoute and TLSRoute. Their rules list backends with weights.
//!
//! Every rule that lists both arms is a release's; so one may be many. A rule that lists only one of them, or none, is the
//! user's own affair (a rule for testers that goes to the canary alone, say), and so are other backends of a rule.

mod managed;
mod noted;
mod status;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use json_patch::{Patch, PatchOperation};
use serde_json::Value;

use crate::backends::{Backends, Entry, Fault};
use crate::managed::Managed;
use crate::{Arms, Live, Mismatch, Object, Share, Taken, Write, added};

/// Routes of the Gateway API, all with the same weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The routes.
    pub routes: Vec<Object>,
    /// Those of them that get header routes.
    pub by_header: Vec<Object>,
}

/// Why a route cannot carry a release, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum Trouble {
    #[error(
        "find a rule that lists both Service \"{canary}\" and Service \"{stable}\" in its backendRefs: {listed}; add both to the rule whose traffic is to be shared"
    )]
    NoRule { canary: String, stable: String, listed: String },
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Route {
    /// The routes.
    pub fn objects(&self) -> Vec<Object> {
        self.routes.clone()
    }

    /// What they send where; `None` as well when they disagree with each other.
    pub fn read(&self, live: &Live, arms: &Arms) -> Result<Option<Share>, Mismatch> {
        let reads = self.routes.iter().map(|object| {
            let route = live.get(object)?;
            read(route, arms).map_err(|why| object.mismatch(why))
        });
        let shares: Vec<Option<Share>> = reads.collect::<Result<_, _>>()?;
        let added = self.by_header.iter().map(|object| {
            let route = live.get(object)?;
            managed::read(route, arms).map_err(|why| object.mismatch(why))
        });
        let added: Vec<Option<Vec<Managed>>> = added.collect::<Result<_, _>>()?;
        let routes = if added.is_empty() { Some(Vec::new()) } else { same(added) };
        Ok(same(shares).zip(routes).map(|(share, routes)| Share { routes, ..share }))
    }

    /// What makes them say that.
    pub fn writes(&self, live: &Live, arms: &Arms, share: &Share) -> Result<Vec<Write>, Mismatch> {
        let patches = self.routes.iter().map(|object| {
            let by_header = self.by_header.contains(object).then_some(&share.routes[..]);
            let patch = whole_patch(live.get(object)?, arms, share, by_header).map_err(|why| object.mismatch(why))?;
            Ok(patch.map(|patch| Write::Patch(object.clone(), patch)))
        });
        patches.filter_map(Result::transpose).collect()
    }

    /// Whether the Gateways that they are attached to have accepted them as they are now.
    pub fn taken(&self, live: &Live) -> Taken {
        for object in &self.routes {
            if let Some(Err(lacking)) = live.find(object).map(status::accepted) {
                return Taken::NotYet(format!("{object}: {lacking}"));
            }
        }
        Taken::Yes
    }
}

fn read(route: &Value, arms: &Arms) -> Result<Option<Share>, Trouble> {
    let added = added::services(route);
    let shares: Result<Vec<_>, _> = rules(route, arms)?.iter().map(|rule| rule.share(arms, &added)).collect();
    Ok(same(shares?))
}

fn patch(route: &Value, arms: &Arms, share: &Share) -> Result<Option<Patch>, Trouble> {
    let (added, share) = (added::services(route), share.within(arms.whole));
    let rules = rules(route, arms)?;
    let operations: Result<Vec<Vec<PatchOperation>>, Fault> =
        rules.iter().map(|rule| rule.operations(arms, &share, &added)).collect();
    let mut operations = operations?.concat();
    operations.extend(added::note(route, share.others.keys()));
    Ok((!operations.is_empty()).then_some(Patch(operations)))
}

/// Weights first, then the rules by header of a route that has some: they are made of the rules that share traffic.
fn whole_patch(
    route: &Value,
    arms: &Arms,
    share: &Share,
    by_header: Option<&[Managed]>,
) -> Result<Option<Patch>, Trouble> {
    let weights = patch(route, arms, share)?;
    let mut weighted = route.clone();
    if let Some(patch) = &weights {
        // Made for this very object, it applies; where it does not, the API server says so.
        let _ = json_patch::patch(&mut weighted, patch);
    }
    let managed = by_header.map_or(Ok(None), |routes| managed::patch(&weighted, arms, routes))?;
    let operations: Vec<PatchOperation> = weights.into_iter().chain(managed).flat_map(|patch| patch.0).collect();
    Ok((!operations.is_empty()).then_some(Patch(operations)))
}

/// The rules that list both arms: at least one.
fn rules<'a>(route: &'a Value, arms: &Arms) -> Result<Vec<Backends<'a>>, Trouble> {
    let all: Vec<Backends> = backends(route, &arms.namespace);
    let lists = |rule: &Backends, service: &str| rule.entries.iter().any(|entry| entry.name == service);
    let both = |rule: &&Backends| lists(rule, &arms.canary) && lists(rule, &arms.stable);
    let found: Vec<Backends> = all.iter().filter(both).cloned().collect();
    if found.is_empty() {
        let (canary, stable) = (arms.canary.clone(), arms.stable.clone());
        return Err(Trouble::NoRule { canary, stable, listed: listed(&all) });
    }
    Ok(found)
}

/// What the rules list, for messages.
fn listed(rules: &[Backends]) -> String {
    let names: BTreeSet<&str> = rules.iter().flat_map(|rule| rule.entries.iter().map(|entry| entry.name)).collect();
    if names.is_empty() {
        return "no rule lists a Service of the Rollout's namespace".to_owned();
    }
    format!("its rules list {}", names.into_iter().collect::<Vec<_>>().join(", "))
}

/// The backends of each rule.
fn backends<'a>(route: &'a Value, namespace: &str) -> Vec<Backends<'a>> {
    let home = route.pointer("/metadata/namespace").and_then(Value::as_str).unwrap_or_default();
    let rules = route.pointer("/spec/rules").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let lists =
        rules.iter().enumerate().filter_map(|(index, rule)| Some((index, rule.get("backendRefs")?.as_array()?)));
    lists
        .map(|(index, all)| {
            let entry = |(index, fields)| entry(index, fields, home, namespace);
            Backends {
                path: ["spec", "rules", &index.to_string(), "backendRefs"].map(str::to_owned).to_vec(),
                name_field: "name",
                entries: all.iter().enumerate().filter_map(entry).collect(),
                all,
            }
        })
        .collect()
}

/// The backend, if it is a Service of that namespace.
fn entry<'a>(index: usize, fields: &'a Value, home: &str, namespace: &str) -> Option<Entry<'a>> {
    let text = |field: &str| fields.get(field).and_then(Value::as_str).filter(|text| !text.is_empty());
    let is_service = text("group").is_none() && text("kind").is_none_or(|kind| kind == "Service");
    let is_here = text("namespace").unwrap_or(home) == namespace;
    text("name").filter(|_| is_service && is_here).map(|name| Entry { index, name, fields })
}

/// What all of them say, if they say the same.
fn same<T: PartialEq>(said: Vec<Option<T>>) -> Option<T> {
    let mut said = said.into_iter();
    let first = said.next()??;
    said.all(|other| other.as_ref() == Some(&first)).then_some(first)
}
