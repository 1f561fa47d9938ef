//! Services: which revision each selects.

use kube::ResourceExt;
use serde_json::json;
use sluice_core::observed::Hash;
use sluice_crds::names::{annotation, label};

use crate::apply::Cause;
use crate::apply::hand::Hand;
use crate::key::Kind;
use crate::observe::hash_of;

/// Lets a Service select that revision, and notes on it whose it is.
pub(super) async fn point(hand: &mut Hand<'_>, name: &str, to: &Hash) -> Result<(), Cause> {
    let cached = hand.ctx.caches.service(&hand.key.beside(name));
    let cached = cached.ok_or_else(|| Cause::Missing { what: format!("Service {name}") })?;
    let owner = cached.annotations().get(annotation::MANAGED_BY);
    if let Some(owner) = owner.filter(|owner| **owner != hand.key.name) {
        return Err(Cause::Managed { service: name.to_owned(), owner: owner.clone() });
    }
    if owner.is_some() && hash_of(&cached).as_ref() == Some(to) {
        return Ok(());
    }
    let version = hand.version(Kind::Service, name, &*cached);
    let patch = json!({
        "metadata": {"annotations": {annotation::MANAGED_BY: hand.key.name}},
        "spec": {"selector": {label::POD_TEMPLATE_HASH: to.0}},
    });
    hand.merge(Kind::Service, name, version, patch).await
}
