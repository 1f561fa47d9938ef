//! A list of weighted backends in an object, as most routers have one.

use std::collections::{BTreeMap, BTreeSet};

use json_patch::jsonptr::PointerBuf;
use json_patch::{AddOperation, PatchOperation, TestOperation};
use serde_json::{Value, json};

use crate::{Arms, Share};

/// An entry that may be one of a release's arms.
#[derive(Clone, Debug)]
pub(crate) struct Entry<'a> {
    /// Its place in the list.
    pub(crate) index: usize,
    /// The Service it sends to.
    pub(crate) name: &'a str,
    /// All of it.
    pub(crate) fields: &'a Value,
}

impl Entry<'_> {
    fn weight(&self) -> Option<u32> {
        self.fields.get("weight").and_then(Value::as_u64).and_then(|weight| weight.try_into().ok())
    }
}

/// Why a list cannot carry a release, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// An arm has no entry.
    #[error(
        "find Service \"{service}\" in {list}: it lists {listed}; add an entry for it or correct the name in the Rollout"
    )]
    Missing {
        /// The arm's Service.
        service: String,
        /// The list.
        list: String,
        /// The names that are there.
        listed: String,
    },
    /// An arm has more than one entry, so no single weight is its share.
    #[error("find Service \"{service}\" in {list}: it has {entries} entries; leave one")]
    Repeated {
        /// The arm's Service.
        service: String,
        /// The list.
        list: String,
        /// How often it is listed.
        entries: usize,
    },
}

/// A list of weighted backends. Each says `weight`, and names its Service somewhere.
#[derive(Clone, Debug)]
pub(crate) struct Backends<'a> {
    /// The way to the list.
    pub(crate) path: Vec<String>,
    /// The field of an entry that names its Service.
    pub(crate) name_field: &'static str,
    /// Everything in the list.
    pub(crate) all: &'a [Value],
    /// The entries that name a Service of the release's namespace.
    pub(crate) entries: Vec<Entry<'a>>,
}

impl<'a> Backends<'a> {
    /// The entry of that Service.
    pub(crate) fn find(&self, service: &str) -> Result<&Entry<'a>, Fault> {
        let mut found = self.entries.iter().filter(|entry| entry.name == service);
        let (service, list) = (service.to_owned(), self.shown());
        match (found.next(), found.count()) {
            (None, _) => Err(Fault::Missing { service, list, listed: self.names() }),
            (Some(first), 0) => Ok(first),
            (Some(_), more) => Err(Fault::Repeated { service, list, entries: more + 1 }),
        }
    }

    /// What each arm gets. `None` when a weight is missing, or they do not add up to the whole.
    pub(crate) fn share(&self, arms: &Arms, added: &BTreeSet<&str>) -> Result<Option<Share>, Fault> {
        let canary = self.find(&arms.canary)?.weight();
        let stable = self.find(&arms.stable)?.weight();
        Ok(canary.zip(stable).zip(self.others(added)).and_then(|((canary, stable), others)| {
            let sum = others.values().try_fold(canary.checked_add(stable)?, |sum, weight| sum.checked_add(*weight))?;
            (sum == arms.whole).then_some(Share { canary, others, routes: Vec::new() })
        }))
    }

    /// Weights of the entries that a release added. `None` when one has none.
    fn others(&self, added: &BTreeSet<&str>) -> Option<BTreeMap<String, u32>> {
        let of_releases = self.entries.iter().filter(|entry| added.contains(entry.name));
        of_releases.map(|entry| Some((entry.name.to_owned(), entry.weight()?))).collect()
    }

    /// What gives each arm its part; nothing if they have it. Entries that a release added and wants no more go, and new ones
    /// are made like the stable arm's.
    ///
    /// Lists have no keys, so entries go by index. *Guarantees* by `test` operations that an entry moved meanwhile is not
    /// mistaken for another.
    pub(crate) fn operations(
        &self,
        arms: &Arms,
        share: &Share,
        added: &BTreeSet<&str>,
    ) -> Result<Vec<PatchOperation>, Fault> {
        let (canary, stable) = (self.find(&arms.canary)?, self.find(&arms.stable)?);
        let there: BTreeSet<&str> = self.entries.iter().map(|entry| entry.name).collect();
        let is_over = |name: &str| added.contains(name) && !share.others.contains_key(name);
        let comes = share.others.keys().any(|name| !there.contains(name.as_str()));
        if comes || there.iter().any(|name| is_over(name)) {
            return Ok(self.replaced(arms, share, stable, &is_over));
        }
        let others = self.entries.iter().filter_map(|entry| Some((entry, *share.others.get(entry.name)?)));
        let wanted = [(canary, share.canary), (stable, share.stable(arms.whole))];
        Ok(self.weighted(&wanted.into_iter().chain(others).collect::<Vec<_>>()))
    }

    fn weighted(&self, wanted: &[(&Entry<'a>, u32)]) -> Vec<PatchOperation> {
        if wanted.iter().all(|(entry, weight)| entry.weight() == Some(*weight)) {
            return Vec::new();
        }
        let tests = wanted.iter().map(|(entry, _)| self.test_name(entry));
        tests.chain(wanted.iter().map(|(entry, weight)| self.set_weight(entry, *weight))).collect()
    }

    /// The whole list anew, as entries come and go.
    fn replaced(
        &self,
        arms: &Arms,
        share: &Share,
        stable: &Entry<'a>,
        is_over: &dyn Fn(&str) -> bool,
    ) -> Vec<PatchOperation> {
        let named: BTreeMap<usize, &str> = self.entries.iter().map(|entry| (entry.index, entry.name)).collect();
        let kept = self.all.iter().enumerate().filter_map(|(index, fields)| match named.get(&index) {
            Some(name) if is_over(name) => None,
            Some(name) => Some(part(arms, share, name).map_or(fields.clone(), |weight| with_weight(fields, weight))),
            None => Some(fields.clone()),
        });
        let new = share.others.iter().filter(|(name, _)| !named.values().any(|there| there == name));
        let new = new.map(|(name, weight)| {
            let mut fields = with_weight(stable.fields, *weight);
            set(&mut fields, self.name_field, json!(name));
            fields
        });
        let after: Vec<Value> = kept.chain(new).collect();
        let path = || PointerBuf::from_tokens(&self.path);
        vec![
            PatchOperation::Test(TestOperation { path: path(), value: json!(self.all) }),
            PatchOperation::Add(AddOperation { path: path(), value: json!(after) }),
        ]
    }

    fn test_name(&self, entry: &Entry<'a>) -> PatchOperation {
        PatchOperation::Test(TestOperation { path: self.at(entry, self.name_field), value: json!(entry.name) })
    }

    /// `add` of a member that is there replaces it, so it serves for a missing weight too.
    fn set_weight(&self, entry: &Entry<'a>, weight: u32) -> PatchOperation {
        PatchOperation::Add(AddOperation { path: self.at(entry, "weight"), value: json!(weight) })
    }

    fn at(&self, entry: &Entry<'a>, field: &str) -> PointerBuf {
        let index = entry.index.to_string();
        PointerBuf::from_tokens(self.path.iter().map(String::as_str).chain([index.as_str(), field]))
    }

    /// The names that are there, for messages.
    pub(crate) fn names(&self) -> String {
        let names: Vec<&str> = self.entries.iter().map(|entry| entry.name).collect();
        if names.is_empty() { "no Service of this namespace".to_owned() } else { names.join(", ") }
    }

    /// The list, for messages: `spec.rules[0].backendRefs`.
    fn shown(&self) -> String {
        self.path.iter().fold(String::new(), |text, token| match token.parse::<usize>() {
            Ok(index) => format!("{text}[{index}]"),
            Err(_) if text.is_empty() => token.clone(),
            Err(_) => format!("{text}.{token}"),
        })
    }
}

/// What the Service of that name gets; `None` for one that has no part in the release.
fn part(arms: &Arms, share: &Share, name: &str) -> Option<u32> {
    match name {
        name if name == arms.canary => Some(share.canary),
        name if name == arms.stable => Some(share.stable(arms.whole)),
        name => share.others.get(name).copied(),
    }
}

fn with_weight(fields: &Value, weight: u32) -> Value {
    let mut fields = fields.clone();
    set(&mut fields, "weight", json!(weight));
    fields
}

fn set(fields: &mut Value, name: &str, value: Value) {
    if let Some(map) = fields.as_object_mut() {
        map.insert(name.to_owned(), value);
    }
}
