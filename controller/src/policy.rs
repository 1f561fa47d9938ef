//! The loop of rollback policies: notes the last good form on the ConfigMap, and says what is wrong with a newer one.
//!
//! The note is what a controller that starts anew goes by while the newest form has mistakes; while it runs, it has the form in mind
//! ([`Good`]), and writes the note again if somebody takes it away. What a policy means for a Rollout is found in `observe/policy.rs`.

mod good;
#[cfg(test)]
mod tests;

use k8s_openapi::api::core::v1::ConfigMap;
use kube::ResourceExt;
use kube::api::Patch;
use serde_json::json;
use sluice_crds::names::{annotation, policy};
use thiserror::Error;
use tracing::warn;

use crate::apply::hand::params;
use crate::caches::{Form, PolicyMap};
use crate::context::Context;
use crate::key::{Key, Kind, Next, ObjectId};
pub use good::Good;

/// Why a pass of a policy did not come to its end.
#[derive(Debug, Error)]
pub enum Error {
    /// The last good form could not be noted.
    #[error("note the last good form on the ConfigMap")]
    Note(#[source] kube::Error),
}

/// One pass over a policy.
pub async fn reconcile(ctx: &Context, key: &Key) -> Result<Next, Error> {
    let Some(policy) = ctx.caches.policy(key) else {
        ctx.policies_told.forget(key);
        return Ok(Next::OnChange);
    };
    let form = ctx.policies_good.in_force(&policy);
    tell(ctx, key, &policy, form.as_ref());
    if let Some(form) = form.filter(|form| !policy.notes(form)) {
        note(ctx, key, &policy, &form).await.map_err(Error::Note)?;
    }
    Ok(Next::OnChange)
}

/// Says what is wrong, once for each mistake.
fn tell(ctx: &Context, key: &Key, policy: &PolicyMap, form: Option<&Form>) {
    let Some(text) = mistake(policy, form).or_else(|| out_of_reach(ctx, key, form)) else {
        return ctx.policies_told.forget(key);
    };
    if ctx.policies_told.is_news(key, &text) {
        warn!(policy = %key, "{text}");
        ctx.events.warning(policy, policy::INVALID, &text);
    }
}

fn mistake(policy: &PolicyMap, form: Option<&Form>) -> Option<String> {
    let why = policy.broken.as_ref()?;
    let force = if form.is_some() { "the last good form stays in force" } else { "nothing is in force" };
    Some(format!("{why}; {force}"))
}

/// Targets that are in other namespaces, or may be, where policies of this one do not count.
fn out_of_reach(ctx: &Context, key: &Key, form: Option<&Form>) -> Option<String> {
    let targets = form?.policy.targets.as_ref().filter(|_| !ctx.options.reaches_beyond(&key.namespace))?;
    let is_here = |name: &str| name.split('/').next() == Some(&key.namespace);
    let beyond: Vec<&str> = targets.keys().map(String::as_str).filter(|name| !is_here(name)).collect();
    (!beyond.is_empty()).then(|| {
        format!(
            "rollback_targets: {} count for Rollouts of the namespace {} alone: name it in --rollback-policy-namespaces, or move the policy",
            beyond.join(", "),
            key.namespace
        )
    })
}

async fn note(ctx: &Context, key: &Key, policy: &PolicyMap, form: &Form) -> Result<(), kube::Error> {
    let api = ctx.untyped::<ConfigMap>(&key.namespace);
    let meta =
        json!({"annotations": {annotation::LAST_GOOD: &*form.text}, "resourceVersion": policy.resource_version()});
    let written = api.patch(&key.name, &params(), &Patch::Merge(&json!({"metadata": meta}))).await?;
    ctx.wrote(&ObjectId { kind: Kind::Policy, key: key.clone() }, Kind::Policy, &written);
    Ok(())
}
