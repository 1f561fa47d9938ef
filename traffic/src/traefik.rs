//! A weighted TraefikService: its two arms, their weights, and the patch that sets them.
//!
//! Only the `weight` of the two arms is ever touched, and entries that a release added itself. Those of other Services, of
//! kind `TraefikService` or of another namespace, and everything else in an entry (port, sticky cookie, health check)
//! belong to the user.

pub mod loaded;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use json_patch::jsonptr::PointerBuf;
use json_patch::{AddOperation, Patch, PatchOperation, TestOperation};
use serde_json::{Value, json};

use crate::{Arms, Kind, Live, Object, Share, Taken, Write, added};

/// Where the entries are; the text appears in messages too.
const SERVICES: &str = "spec.weighted.services";

/// A weighted TraefikService.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl Route {
    /// The TraefikService.
    pub fn object(&self) -> Object {
        Object::new(Kind::TraefikService, &self.namespace, &self.name)
    }

    /// The TraefikService, and nothing else.
    pub fn objects(&self) -> Vec<Object> {
        vec![self.object()]
    }

    /// What it sends where.
    pub fn read(&self, live: &Live, arms: &Arms) -> Result<Option<Share>, crate::Mismatch> {
        let object = self.object();
        read(live.get(&object)?, arms).map_err(|why| object.mismatch(why))
    }

    /// What makes it say that.
    pub fn writes(&self, live: &Live, arms: &Arms, share: &Share) -> Result<Vec<Write>, crate::Mismatch> {
        let object = self.object();
        let patch = patch(live.get(&object)?, arms, share).map_err(|why| object.mismatch(why))?;
        Ok(patch.map(|patch| Write::Patch(object, patch)).into_iter().collect())
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
    /// An arm has no entry.
    #[error(
        "find Service \"{service}\" in {SERVICES}: it lists {listed}; add an entry for it or correct the name in the Rollout"
    )]
    Missing {
        /// The arm's Service.
        service: String,
        /// The names that are there.
        listed: String,
    },
    /// An arm has more than one entry, so no single weight is its share.
    #[error("find Service \"{service}\" in {SERVICES}: it has {entries} entries; leave one")]
    Repeated {
        /// The arm's Service.
        service: String,
        /// How often it is listed.
        entries: usize,
    },
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

/// An entry that names a Service of the object's own namespace.
struct Entry<'a> {
    index: usize,
    name: &'a str,
    weight: Option<u32>,
    fields: &'a Value,
}

/// Tells the two arms apart by the names of a TraefikService's two entries: exactly one name
/// contains `canary`, or exactly one contains `stable` or `primary`. The canary's comes first.
pub fn arms(live: &Value) -> Result<(String, String), Mismatch> {
    let entries = entries(live)?;
    let [first, second] = entries.as_slice() else {
        return Err(unclear(&entries));
    };
    let canary = |entry: &Entry| entry.name.contains("canary");
    let stable = |entry: &Entry| entry.name.contains("stable") || entry.name.contains("primary");
    // One word may be in both names (`canary-demo-stable`, `canary-demo-canary`): then the other
    // word decides, and if the two words disagree nothing does.
    let by_canary = only(canary(first), canary(second));
    let by_stable = only(stable(second), stable(first));
    let first_is_canary = match (by_canary, by_stable) {
        (Some(one), Some(other)) if one != other => return Err(unclear(&entries)),
        (one, other) => one.or(other).ok_or_else(|| unclear(&entries))?,
    };
    let (canary, stable) = if first_is_canary { (first, second) } else { (second, first) };
    if canary.name == stable.name {
        return Err(unclear(&entries));
    }
    Ok((canary.name.to_owned(), stable.name.to_owned()))
}

/// What each arm gets as the live object has it.
///
/// `None` when it says something that no release wrote: a weight is missing, or they do not add up to the whole. (Traefik
/// takes a missing weight for 1, so two of them are a half each.)
pub fn read(live: &Value, arms: &Arms) -> Result<Option<Share>, Mismatch> {
    let entries = entries(live)?;
    let canary = find(&entries, &arms.canary)?.weight;
    let stable = find(&entries, &arms.stable)?.weight;
    let others = others(live, &entries);
    Ok(canary.zip(stable).zip(others).and_then(|((canary, stable), others)| {
        let sum = others.values().try_fold(canary.checked_add(stable)?, |sum, weight| sum.checked_add(*weight))?;
        (sum == arms.whole).then_some(Share { canary, others })
    }))
}

/// Weights of the entries that a release added. `None` when one has none.
fn others(live: &Value, entries: &[Entry]) -> Option<BTreeMap<String, u32>> {
    let added = added::services(live);
    let of_releases = entries.iter().filter(|entry| added.contains(entry.name));
    of_releases.map(|entry| Some((entry.name.to_owned(), entry.weight?))).collect()
}

/// How that arm's Service is listed.
pub fn listed(live: &Value, service: &str) -> Result<Listed, Mismatch> {
    let entries = entries(live)?;
    let fields = find(&entries, service)?.fields;
    let is_set = |field: &str| fields.get(field) == Some(&Value::Bool(true));
    let port = match fields.get("port") {
        Some(Value::String(name)) if !name.is_empty() => Some(name.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    Ok(Listed { port, by_pod: !is_set("nativeLB") && !is_set("nodePortLB") })
}

/// The patch that gives each arm its part (cut where they are more than the whole). `None` when the live object already
/// says so.
///
/// The list has no keys, so entries go by index. *Guarantees* by `test` operations that an entry
/// moved meanwhile is not mistaken for another; a caller that must also notice every other change
/// adds a `test` of the resourceVersion.
pub fn patch(live: &Value, arms: &Arms, share: &Share) -> Result<Option<Patch>, Mismatch> {
    let entries = entries(live)?;
    let share = share.within(arms.whole);
    let added = added::services(live);
    let (canary, stable) = (find(&entries, &arms.canary)?, find(&entries, &arms.stable)?);
    let others = entries.iter().filter(|entry| share.others.contains_key(entry.name));
    let others: Vec<_> = others.filter_map(|entry| Some((entry, *share.others.get(entry.name)?))).collect();
    let goes = |entry: &Entry| added.contains(entry.name) && !share.others.contains_key(entry.name);
    let mut operations = if others.len() == share.others.len() && !entries.iter().any(goes) {
        let wanted = [(canary, share.canary), (stable, share.stable(arms.whole))];
        weights(&wanted.into_iter().chain(others).collect::<Vec<_>>())
    } else {
        relisted(live, &entries, stable, arms, &share, &goes)
    };
    operations.extend(added::note(live, share.others.keys()));
    Ok((!operations.is_empty()).then_some(Patch(operations)))
}

/// Sets the weights of entries that are there; nothing if they have them.
fn weights(wanted: &[(&Entry, u32)]) -> Vec<PatchOperation> {
    if wanted.iter().all(|(entry, weight)| entry.weight == Some(*weight)) {
        return Vec::new();
    }
    let tests = wanted.iter().map(|(entry, _)| test_name(entry));
    tests.chain(wanted.iter().map(|(entry, weight)| set_weight(entry, *weight))).collect()
}

/// Replaces the list by one with entries added, as the stable one's, or taken out.
fn relisted(
    live: &Value,
    entries: &[Entry],
    stable: &Entry,
    arms: &Arms,
    share: &Share,
    goes: &dyn Fn(&Entry) -> bool,
) -> Vec<PatchOperation> {
    let before = live.pointer("/spec/weighted/services").cloned().unwrap_or_default();
    let named: BTreeMap<usize, &Entry> = entries.iter().map(|entry| (entry.index, entry)).collect();
    let weight_of = |name: &str| match name {
        name if name == arms.canary => Some(share.canary),
        name if name == arms.stable => Some(share.stable(arms.whole)),
        name => share.others.get(name).copied(),
    };
    let kept = before.as_array().into_iter().flatten().enumerate();
    let kept = kept.filter(|(index, _)| named.get(index).is_none_or(|entry| !goes(entry)));
    let kept = kept.map(|(index, fields)| match named.get(&index).and_then(|entry| weight_of(entry.name)) {
        Some(weight) => with(fields, &[("weight", json!(weight))]),
        None => fields.clone(),
    });
    let new = share.others.iter().filter(|(name, _)| !entries.iter().any(|entry| entry.name == name.as_str()));
    let new = new.map(|(name, weight)| with(stable.fields, &[("name", json!(name)), ("weight", json!(weight))]));
    let after: Vec<Value> = kept.chain(new).collect();
    let path = || PointerBuf::from_tokens(["spec", "weighted", "services"]);
    vec![
        PatchOperation::Test(TestOperation { path: path(), value: before }),
        PatchOperation::Add(AddOperation { path: path(), value: json!(after) }),
    ]
}

fn with(fields: &Value, changes: &[(&str, Value)]) -> Value {
    let mut fields = fields.clone();
    for (name, value) in changes {
        if let Some(map) = fields.as_object_mut() {
            map.insert((*name).to_owned(), value.clone());
        }
    }
    fields
}

/// Whether one of the two, and which: `Some(true)` for the first.
fn only(first: bool, second: bool) -> Option<bool> {
    (first != second).then_some(first)
}

fn entries(live: &Value) -> Result<Vec<Entry<'_>>, Mismatch> {
    let list = live.pointer("/spec/weighted/services").and_then(Value::as_array);
    let list = list.filter(|list| !list.is_empty()).ok_or(Mismatch::NotWeighted)?;
    let namespace = live.pointer("/metadata/namespace").and_then(Value::as_str);
    Ok(list.iter().enumerate().filter_map(|(index, fields)| entry(index, fields, namespace)).collect())
}

/// The entry, if it names a Service of that namespace.
fn entry<'a>(index: usize, fields: &'a Value, namespace: Option<&str>) -> Option<Entry<'a>> {
    let text = |field: &str| fields.get(field).and_then(Value::as_str).filter(|text| !text.is_empty());
    let is_service = text("kind").is_none_or(|kind| kind == "Service");
    let is_here = text("namespace").is_none_or(|there| namespace == Some(there));
    let weight = fields.get("weight").and_then(Value::as_u64).and_then(|weight| weight.try_into().ok());
    text("name").filter(|_| is_service && is_here).map(|name| Entry { index, name, weight, fields })
}

fn find<'a, 'b>(entries: &'b [Entry<'a>], service: &str) -> Result<&'b Entry<'a>, Mismatch> {
    let mut found = entries.iter().filter(|entry| entry.name == service);
    let first =
        found.next().ok_or_else(|| Mismatch::Missing { service: service.to_owned(), listed: names(entries) })?;
    match found.count() {
        0 => Ok(first),
        more => Err(Mismatch::Repeated { service: service.to_owned(), entries: more + 1 }),
    }
}

fn unclear(entries: &[Entry]) -> Mismatch {
    Mismatch::Unclear { listed: names(entries) }
}

fn names(entries: &[Entry]) -> String {
    let names: Vec<&str> = entries.iter().map(|entry| entry.name).collect();
    if names.is_empty() { "no Service of this namespace".to_owned() } else { names.join(", ") }
}

fn path(entry: &Entry, field: &str) -> PointerBuf {
    PointerBuf::from_tokens(["spec", "weighted", "services", &entry.index.to_string(), field])
}

fn test_name(entry: &Entry) -> PatchOperation {
    PatchOperation::Test(TestOperation { path: path(entry, "name"), value: json!(entry.name) })
}

/// `add` of a member that is there replaces it, so it serves for a missing weight too.
fn set_weight(entry: &Entry, weight: u32) -> PatchOperation {
    PatchOperation::Add(AddOperation { path: path(entry, "weight"), value: json!(weight) })
}
