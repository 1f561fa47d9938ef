//! A weighted TraefikService: its two arms, their weights, and the patch that sets them.
//!
//! Only the `weight` of the two arms is ever touched. Entries of other Services, of kind
//! `TraefikService` or of another namespace, and everything else in an entry (port, sticky cookie,
//! health check) belong to the user.

pub mod loaded;
#[cfg(test)]
mod tests;

use json_patch::jsonptr::PointerBuf;
use json_patch::{AddOperation, Patch, PatchOperation, TestOperation};
use serde_json::{Value, json};

/// Where the entries are; the text appears in messages too.
const SERVICES: &str = "spec.weighted.services";

/// The Services that a weighted TraefikService shares traffic between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arms {
    /// Reaches the new revision.
    pub canary: String,
    /// Reaches the stable revision.
    pub stable: String,
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
    weight: Option<u64>,
    fields: &'a Value,
}

/// Tells the two arms apart by the names of a TraefikService's two entries: exactly one name
/// contains `canary`, or exactly one contains `stable` or `primary`.
pub fn arms(live: &Value) -> Result<Arms, Mismatch> {
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
    Ok(Arms { canary: canary.name.to_owned(), stable: stable.name.to_owned() })
}

/// The canary's share in percent as the live object has it.
///
/// `None` when it says something that no release wrote: a weight is missing, or the two do not add
/// up to 100. (Traefik takes a missing weight for 1, so two of them are a half each.)
pub fn read(live: &Value, arms: &Arms) -> Result<Option<u32>, Mismatch> {
    let entries = entries(live)?;
    let canary = find(&entries, &arms.canary)?.weight;
    let stable = find(&entries, &arms.stable)?.weight;
    let share = canary.zip(stable).filter(|(canary, stable)| canary.checked_add(*stable) == Some(100));
    Ok(share.and_then(|(canary, _)| u32::try_from(canary).ok()))
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

/// The patch that gives the canary that share (more than 100 counts as 100) and the stable arm the
/// rest. `None` when the live object already says so.
///
/// The list has no keys, so entries go by index. *Guarantees* by `test` operations that an entry
/// moved meanwhile is not mistaken for another; a caller that must also notice every other change
/// adds a `test` of the resourceVersion.
pub fn patch(live: &Value, arms: &Arms, canary_percent: u32) -> Result<Option<Patch>, Mismatch> {
    let entries = entries(live)?;
    let canary = canary_percent.min(100);
    let wanted = [(find(&entries, &arms.canary)?, canary), (find(&entries, &arms.stable)?, 100 - canary)];
    if wanted.iter().all(|(entry, weight)| entry.weight == Some(u64::from(*weight))) {
        return Ok(None);
    }
    let tests = wanted.iter().map(|(entry, _)| test_name(entry));
    let weights = wanted.iter().map(|(entry, weight)| set_weight(entry, *weight));
    Ok(Some(Patch(tests.chain(weights).collect())))
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
    let weight = fields.get("weight").and_then(Value::as_u64);
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
