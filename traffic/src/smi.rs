//! The Service Mesh Interface: a TrafficSplit that the release makes and owns.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{Arms, Live, Mismatch, Object, Owner, Share, Taken, Write, edit};

/// What a Rollout's spec says of the Service Mesh Interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The TrafficSplit.
    pub split: Object,
    /// The Service that clients ask; without it the stable one.
    pub root: Option<String>,
    /// Whose it is.
    pub owner: Owner,
}

impl Route {
    /// Every object it reads or writes.
    pub fn objects(&self) -> Vec<Object> {
        vec![self.split.clone()]
    }

    /// What the live object sends where; `None` while it is not there.
    pub fn read(&self, live: &Live, arms: &Arms) -> Result<Option<Share>, Mismatch> {
        let Some(split) = live.find(&self.split) else { return Ok(None) };
        self.owner.check(&self.split, split)?;
        let backends = edit::list(split, "/spec/backends").iter();
        let mut weights: BTreeMap<String, u32> = backends.filter_map(weight).collect();
        let canary = weights.remove(&arms.canary);
        weights.remove(&arms.stable);
        let share = Share { canary: canary.unwrap_or_default(), others: weights, ..Share::default() };
        Ok((Some(&self.spec(arms, &share)) == split.get("spec")).then_some(share))
    }

    /// What makes it say that.
    pub fn writes(&self, live: &Live, arms: &Arms, share: &Share) -> Result<Vec<Write>, Mismatch> {
        let spec = self.spec(arms, &share.within(arms.whole));
        let Some(split) = live.find(&self.split) else {
            return Ok(vec![Write::Create(self.split.clone(), edit::manifest(&self.split, &spec))]);
        };
        self.owner.check(&self.split, split)?;
        let mut wanted = split.clone();
        edit::set(&mut wanted, &["spec"], spec);
        Ok(edit::patch(&self.split, split, &wanted).into_iter().collect())
    }

    /// Nothing: a TrafficSplit has no status.
    pub fn taken(&self, _: &Live) -> Taken {
        Taken::Untold
    }

    fn spec(&self, arms: &Arms, share: &Share) -> Value {
        let canary = backend(&arms.canary, share.canary);
        let others = share.others.iter().map(|(name, weight)| backend(name, *weight));
        let stable = backend(&arms.stable, share.stable(arms.whole));
        let backends: Vec<Value> = std::iter::once(canary).chain(others).chain([stable]).collect();
        json!({"service": self.root.as_ref().unwrap_or(&arms.stable), "backends": backends})
    }
}

/// A weight of this version of the API is a quantity, which is text.
fn backend(service: &str, weight: u32) -> Value {
    json!({"service": service, "weight": weight.to_string()})
}

fn weight(backend: &Value) -> Option<(String, u32)> {
    Some((edit::text(backend, "service")?.to_owned(), edit::text(backend, "weight")?.parse().ok()?))
}
