//! A weighted TraefikService: its two arms, their weights, and the patch that sets them.
//!
//! Only the `weight` of the two arms is ever touched, and entries that a release added itself. Those of other Services, of
//! kind `TraefikService` or of another namespace, and everything else in an entry (port, sticky cookie, health check)
//! belong to the user. Routes that steps add are objects of the release's own.

mod beside;
pub mod loaded;
mod rule;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use json_patch::Patch;
use serde_json::Value;

use crate::backends::{Backends, Entry, Fault};
use crate::{Arms, Kind, Live, Object, Owner, Share, Taken, Write, added};

pub use beside::sends_to;

/// Where the entries are; the text appears in messages too.
const SERVICES: &str = "spec.weighted.services";

/// A weighted TraefikService.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The names of the routes that steps may add.
    pub managed: Vec<String>,
    /// The user's IngressRoutes that send to it.
    pub entries: Vec<Object>,
    /// Objects that the release has made for routes that steps added, as far as anybody knows.
    pub left: Vec<Object>,
    /// Whose those are.
    pub owner: Owner,
}

impl Route {
    /// The TraefikService.
    pub fn object(&self) -> Object {
        Object::new(Kind::TraefikService, &self.namespace, &self.name)
    }

    /// The TraefikService, and the IngressRoutes before it with what stands beside them where steps may add routes.
    pub fn objects(&self) -> Vec<Object> {
        let beside = self.beside();
        let entries = self.entries.iter().filter(|_| !beside.is_empty()).cloned();
        let others: BTreeSet<Object> = entries.chain(beside.iter().cloned()).collect();
        std::iter::once(self.object()).chain(others).collect()
    }

    /// What it sends where.
    pub fn read(&self, live: &Live, arms: &Arms) -> Result<Option<Share>, crate::Mismatch> {
        let object = self.object();
        let share = read(live.get(&object)?, arms).map_err(|why| object.mismatch(why))?;
        Ok(share.map(|share| Share { routes: self.told(live, arms), ..share }))
    }

    /// What makes it say that.
    pub fn writes(&self, live: &Live, arms: &Arms, share: &Share) -> Result<Vec<Write>, crate::Mismatch> {
        let object = self.object();
        let patch = patch(live.get(&object)?, arms, share).map_err(|why| object.mismatch(why))?;
        let weights = patch.map(|patch| Write::Patch(object, patch)).into_iter();
        Ok(weights.chain(self.beside_writes(live, arms, &share.routes)?).collect())
    }

    /// Traefik writes no status of TraefikServices: its API tells, see [`loaded`].
    pub fn taken(&self, _: &Live) -> Taken {
        Taken::Untold
    }
}

/// Why a TraefikService cannot carry a release, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// It is not a weighted one, or its list is empty.
    #[error(
        "read {SERVICES}: TraefikService has no such list; give it one entry for the canary Service and one for the stable Service"
    )]
    NotWeighted,
    /// Nothing to put a route beside.
    #[error(
        "no IngressRoute of namespace {namespace} sends to it, so a step cannot add a route there; let one name it in its routes' services"
    )]
    NoEntry {
        /// Where they were looked for.
        namespace: String,
    },
    /// A user's rule that cannot be narrowed.
    #[error(
        "has a rule in the syntax of Traefik v2, and a step's route is written beside it in that of v3; rewrite it"
    )]
    OldSyntax,
    /// An arm has no entry of its own.
    #[error(transparent)]
    Entry(#[from] Fault),
    /// Names do not tell which entry is which.
    #[error(
        "tell canary from stable in {SERVICES}: it lists {listed}; set spec.strategy.canary.canaryService and stableService"
    )]
    Unclear {
        /// The names that are there.
        listed: String,
    },
}

/// How a TraefikService lists one Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The Service's port, by number or name, as written.
    pub port: Option<String>,
    /// Whether Traefik sends to its pods one by one, rather than to the Service's own address
    /// (`nativeLB`) or to the nodes (`nodePortLB`).
    pub by_pod: bool,
}

/// Tells the two arms apart by the names of a TraefikService's two entries: exactly one name
/// contains `canary`, or exactly one contains `stable` or `primary`. The canary's comes first. Entries that a release added count
/// for none.
pub fn arms(live: &Value) -> Result<(String, String), Mismatch> {
    let backends = backends(live)?;
    let added = added::services(live);
    let own: Vec<&Entry> = backends.entries.iter().filter(|entry| !added.contains(entry.name)).collect();
    let [first, second] = own[..] else {
        return Err(unclear(&backends));
    };
    let canary = |entry: &Entry| entry.name.contains("canary");
    let stable = |entry: &Entry| entry.name.contains("stable") || entry.name.contains("primary");
    // One word may be in both names (`canary-demo-stable`, `canary-demo-canary`): then the other
    // word decides, and if the two words disagree nothing does.
    let by_canary = only(canary(first), canary(second));
    let by_stable = only(stable(second), stable(first));
    let first_is_canary = match (by_canary, by_stable) {
        (Some(one), Some(other)) if one != other => return Err(unclear(&backends)),
        (one, other) => one.or(other).ok_or_else(|| unclear(&backends))?,
    };
    let (canary, stable) = if first_is_canary { (first, second) } else { (second, first) };
    if canary.name == stable.name {
        return Err(unclear(&backends));
    }
    Ok((canary.name.to_owned(), stable.name.to_owned()))
}

/// What each arm gets as the live object has it.
///
/// `None` when it says something that no release wrote: a weight is missing, or they do not add up to the whole. (Traefik
/// takes a missing weight for 1, so two of them are a half each.)
pub fn read(live: &Value, arms: &Arms) -> Result<Option<Share>, Mismatch> {
    Ok(backends(live)?.share(arms, &added::services(live))?)
}

/// How that arm's Service is listed.
pub fn listed(live: &Value, service: &str) -> Result<Listed, Mismatch> {
    let backends = backends(live)?;
    let fields = backends.find(service)?.fields;
    let is_set = |field: &str| fields.get(field) == Some(&Value::Bool(true));
    let port = match fields.get("port") {
        Some(Value::String(name)) if !name.is_empty() => Some(name.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    Ok(Listed { port, by_pod: !is_set("nativeLB") && !is_set("nodePortLB") })
}

/// The patch that gives each arm its part (cut where they are more than the whole). `None` when the live object already
/// says so. A caller that must notice every other change meanwhile adds a `test` of the resourceVersion.
pub fn patch(live: &Value, arms: &Arms, share: &Share) -> Result<Option<Patch>, Mismatch> {
    let (added, share) = (added::services(live), share.within(arms.whole));
    let mut operations = backends(live)?.operations(arms, &share, &added)?;
    operations.extend(added::note(live, share.others.keys()));
    Ok((!operations.is_empty()).then_some(Patch(operations)))
}

/// Whether one of the two, and which: `Some(true)` for the first.
fn only(first: bool, second: bool) -> Option<bool> {
    (first != second).then_some(first)
}

fn backends(live: &Value) -> Result<Backends<'_>, Mismatch> {
    let list = live.pointer("/spec/weighted/services").and_then(Value::as_array);
    let all = list.filter(|list| !list.is_empty()).ok_or(Mismatch::NotWeighted)?;
    let namespace = live.pointer("/metadata/namespace").and_then(Value::as_str);
    let entries = all.iter().enumerate().filter_map(|(index, fields)| entry(index, fields, namespace)).collect();
    let path = ["spec", "weighted", "services"].map(str::to_owned).to_vec();
    Ok(Backends { path, name_field: "name", all, entries })
}

/// The entry, if it names a Service of that namespace.
fn entry<'a>(index: usize, fields: &'a Value, namespace: Option<&str>) -> Option<Entry<'a>> {
    let text = |field: &str| fields.get(field).and_then(Value::as_str).filter(|text| !text.is_empty());
    let is_service = text("kind").is_none_or(|kind| kind == "Service");
    let is_here = text("namespace").is_none_or(|there| namespace == Some(there));
    text("name").filter(|_| is_service && is_here).map(|name| Entry { index, name, fields })
}

fn unclear(backends: &Backends) -> Mismatch {
    Mismatch::Unclear { listed: backends.names() }
}
