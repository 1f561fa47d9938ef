//! What is wrong with Rollouts beside the other objects of the files: Services, analysis templates, TraefikServices.
//!
//! The controller looks at them in a cluster in memory. What is in no file may well be in the real one, and is no mistake.

use anyhow::{Context, Result};
use jiff::Timestamp;
use kube::Client;
use serde_json::{Value, json};
use sluice_controller::clock::Clock;
use sluice_crds::{Rollout, Violation, decode, names};
use sluice_world::api::{Resource, Store, catalog};

use super::{alone, text};
use crate::planner::{self, Refused};

/// Who makes the objects.
const PERSON: &str = "kubectl";

/// Everything that is wrong, with the object that it is wrong with.
pub(super) async fn violations(objects: &[Value], namespace: &str) -> Result<Vec<(Value, Violation)>> {
    // Fails only if there is one already, which does as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let now = Timestamp::UNIX_EPOCH;
    let store = Store::new(Clock::starting_at(now));
    let mut found = Vec::new();
    let mut rollouts = Vec::new();
    for object in objects {
        let Some(of) = kind(object) else { continue };
        let placed = placed(object, of, namespace);
        open(&store, text(&placed, "/metadata/namespace"));
        match store.create(of, placed.clone(), PERSON) {
            Ok(made) if of.kind == "Rollout" => rollouts.push((placed, (*made).clone())),
            Err(refused) if text(object, "/apiVersion") == names::API_VERSION => {
                found
                    .push((placed, Violation::new("", format!("the API server would refuse it: {}", refused.message))));
            }
            // Objects of others are theirs to check.
            Ok(_) | Err(_) => {}
        }
    }
    for (written, made) in rollouts {
        let rollout: Rollout = decode(made).context("read the Rollout")?;
        found.extend(of(&store, &rollout, now).await?.into_iter().map(|violation| (written.clone(), violation)));
    }
    Ok(found)
}

async fn of(store: &Store, rollout: &Rollout, now: Timestamp) -> Result<Vec<Violation>> {
    let namespace = rollout.metadata.namespace.clone().unwrap_or_default();
    let client = Client::new(store.service("sluice"), namespace);
    let seen = Box::pin(planner::seen(client, &Refused::default(), rollout, now)).await?;
    let found = seen.observed.spec.err().unwrap_or_default();
    // Where something is missing, the Services of the arms may be told by what is not in the files either.
    let alone = alone::spec(rollout);
    let counts = |violation: &Violation| !violation.message.contains(" not found") || alone.contains(violation);
    Ok(found.into_iter().filter(counts).collect())
}

fn kind(object: &Value) -> Option<&'static Resource> {
    let is = |of: &&&Resource| of.kind == text(object, "/kind") && of.api_version() == text(object, "/apiVersion");
    catalog::all().iter().find(is).copied().filter(|of| of.stored && of.kind != "Namespace")
}

/// The object as its owner wrote it, in a namespace.
fn placed(object: &Value, of: &Resource, namespace: &str) -> Value {
    let mut object = object.clone();
    if let Some(fields) = object.as_object_mut() {
        fields.remove("status");
    }
    if let Some(meta) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        meta.retain(|key, _| ["name", "namespace", "labels", "annotations", "generateName"].contains(&key.as_str()));
        if of.namespaced {
            meta.entry("namespace").or_insert_with(|| json!(namespace));
        } else {
            meta.remove("namespace");
        }
    }
    object
}

fn open(store: &Store, namespace: &str) {
    if !namespace.is_empty() && store.get(&catalog::NAMESPACE, "", namespace).is_none() {
        let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}});
        // A name that no namespace can have is refused again where an object is put into it.
        let _ = store.create(&catalog::NAMESPACE, object, PERSON);
    }
}
