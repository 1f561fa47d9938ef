//! What is simulated: one Rollout, the version that runs before it, and what surrounds them.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use sluice_core::spec::{CanaryServices, Router, Spec, Strategy};
use sluice_core::validate;
use sluice_core::weight::PERCENT;
use sluice_crds::names::label;
use sluice_crds::{Rollout, decode, violation};
use sluice_traffic::traefik;
use sluice_world::api::{Resource, catalog};

use super::supply::{self, Supply};
use super::{lender, templates};

/// The most pods that are simulated.
const MOST_PODS: u32 = 500;

/// A Rollout that can be simulated.
#[derive(Debug)]
pub(crate) struct Case {
    /// The Rollout's namespace.
    pub(crate) namespace: String,
    /// Its name.
    pub(crate) name: String,
    /// The Rollout as the user has it.
    pub(crate) rollout: Value,
    /// Its spec, checked.
    pub(crate) spec: Spec,
    /// Everything else, whatever was missing included.
    pub(crate) around: Vec<Value>,
    /// The image that runs before.
    pub(crate) old: String,
    /// The image of the update.
    pub(crate) new: String,
    /// What was made up, a line each.
    pub(crate) made_up: Vec<String>,
    /// What was given and has no part in it.
    pub(crate) left_out: Vec<String>,
}

impl Case {
    /// Picks the Rollout, checks it, and makes up what is missing. `namespace` is where objects are that do not say so.
    pub(crate) fn of(objects: Vec<Value>, name: Option<&str>, namespace: Option<&str>) -> Result<Self> {
        let (rollout, others) = pick(objects, name)?;
        let namespace = text(&rollout, "/metadata/namespace").or(namespace).unwrap_or("default").to_owned();
        let mut made_up = Vec::new();
        let (rollout, others) = lender::filled(rollout, others, &namespace, &mut made_up)?;
        let (mut around, left_out) = sort(others, &namespace)?;
        let rollout = supply::scaled(cleaned(rollout, &namespace), &mut around, &mut made_up);
        let given = check(&rollout, derived(&rollout, &around))?;
        let rollout = played(rollout, &given, &mut made_up);
        let spec = check(&rollout, derived(&rollout, &around))?;
        templates::all_there(&spec, &around, &namespace)?;
        let (old, new) = images(&rollout)?;
        made_up.insert(0, format!("the version that runs before: {old}"));
        Supply { rollout: &rollout, spec: &spec, namespace: &namespace }.complete(&mut around, &mut made_up);
        let name = text(&rollout, "/metadata/name").unwrap_or_default().to_owned();
        Ok(Self { namespace, name, rollout, spec, around, old, new, made_up, left_out })
    }

    /// The namespaces that its objects are in.
    pub(crate) fn namespaces(&self) -> BTreeSet<&str> {
        let all = self.around.iter().chain([&self.rollout]);
        all.filter_map(|object| text(object, "/metadata/namespace")).collect()
    }

    /// The Rollout with another image in its first container.
    pub(crate) fn with_image(&self, image: &str) -> Value {
        let mut rollout = self.rollout.clone();
        if let Some(first) = rollout.pointer_mut("/spec/template/spec/containers/0/image") {
            *first = json!(image);
        }
        rollout
    }
}

/// A text in an object.
pub(crate) fn text<'a>(object: &'a Value, pointer: &str) -> Option<&'a str> {
    object.pointer(pointer)?.as_str()
}

/// Kind and name, as people say it.
pub(crate) fn title(object: &Value) -> String {
    let part = |pointer| text(object, pointer).unwrap_or_default();
    format!("{} {}", part("/kind"), part("/metadata/name"))
}

fn pick(objects: Vec<Value>, name: Option<&str>) -> Result<(Value, Vec<Value>)> {
    let is_rollout = |object: &Value| is(object, &catalog::ROLLOUT);
    let names: Vec<String> = objects.iter().filter(|o| is_rollout(o)).map(title).collect();
    let wanted =
        |object: &Value| is_rollout(object) && name.is_none_or(|name| text(object, "/metadata/name") == Some(name));
    let (mut found, others): (Vec<_>, Vec<_>) = objects.into_iter().partition(wanted);
    match (found.pop(), found.is_empty(), name) {
        (Some(rollout), true, _) => Ok((rollout, others)),
        (Some(_), false, None) => bail!("the files hold {}; name one of them before -f", names.join(", ")),
        (Some(_), false, Some(name)) => bail!("the files hold Rollout {name} more than once"),
        (None, _, Some(name)) if names.is_empty() => bail!("the files hold no Rollout, so no {name}"),
        (None, _, Some(name)) => bail!("the files hold no Rollout {name}, but {}", names.join(", ")),
        (None, _, None) => bail!("the files hold no Rollout of {}", catalog::ROLLOUT.api_version()),
    }
}

fn is(object: &Value, of: &Resource) -> bool {
    text(object, "/kind") == Some(of.kind) && text(object, "/apiVersion") == Some(&of.api_version())
}

/// The kinds that a user's files may bring into the simulated cluster; the others are made there.
const TAKEN: [&Resource; 7] = [
    &catalog::ANALYSIS_TEMPLATE,
    &catalog::CLUSTER_ANALYSIS_TEMPLATE,
    &catalog::TRAEFIK_SERVICE,
    &catalog::INGRESS_ROUTE,
    &catalog::SERVICE,
    &catalog::SECRET,
    &catalog::CONFIG_MAP,
];

/// What has a part in the simulation, and the names of what has none.
fn sort(others: Vec<Value>, namespace: &str) -> Result<(Vec<Value>, Vec<String>)> {
    let (mut around, mut left_out, mut known) = (Vec::new(), Vec::new(), BTreeSet::new());
    for object in others {
        let Some(of) = TAKEN.iter().find(|of| is(&object, of)) else {
            if text(&object, "/kind") != Some(catalog::HPA.kind) {
                left_out.push(title(&object));
                continue;
            }
            around.push(cleaned(object, namespace));
            continue;
        };
        let own = if of.namespaced { text(&object, "/metadata/namespace").unwrap_or(namespace) } else { "" }.to_owned();
        let object = cleaned(object, &own);
        if !known.insert((title(&object), own)) {
            bail!("the files hold {} more than once", title(&object));
        }
        around.push(object);
    }
    Ok((around, left_out))
}

/// The object as its owner wrote it: without what a cluster adds, so that files taken from one do as well.
fn cleaned(mut object: Value, namespace: &str) -> Value {
    if let Some(fields) = object.as_object_mut() {
        fields.remove("status");
    }
    if let Some(meta) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        meta.retain(|key, _| matches!(key.as_str(), "name" | "namespace" | "labels" | "annotations"));
        if namespace.is_empty() {
            meta.remove("namespace");
        } else {
            meta.entry("namespace").or_insert_with(|| json!(namespace));
        }
        if let Some(notes) = meta.get_mut("annotations").and_then(Value::as_object_mut) {
            notes.retain(|key, _| {
                !key.starts_with("rollout.argoproj.io/") && !key.starts_with("argo-rollouts.argoproj.io/")
            });
        }
    }
    if let Some(selector) = object.pointer_mut("/spec/selector").and_then(Value::as_object_mut) {
        selector.remove(label::POD_TEMPLATE_HASH);
    }
    object
}

/// The Services of the two arms as the TraefikService's entries tell them.
fn derived(rollout: &Value, around: &[Value]) -> Option<CanaryServices> {
    let canary = rollout.pointer("/spec/strategy/canary")?;
    if ["canaryService", "stableService", "pingPong"].iter().any(|field| canary.get(field).is_some()) {
        return None;
    }
    let name = text(canary, "/trafficRouting/traefik/weightedTraefikServiceName")?;
    let named = |object: &&Value| is(object, &catalog::TRAEFIK_SERVICE) && text(object, "/metadata/name") == Some(name);
    let (canary, stable) = traefik::arms(around.iter().find(named)?).ok()?;
    Some(CanaryServices { canary, stable })
}

/// The Rollout as it is played: the simulated cluster has one router, which stands in for any other by its weights.
fn played(mut rollout: Value, given: &Spec, said: &mut Vec<String>) -> Value {
    let Strategy::Canary(canary) = &given.strategy else { return rollout };
    if canary.routers.is_empty() || route(given).is_some() && canary.routers.len() == 1 {
        return rollout;
    }
    let name = route(given).or(text(&rollout, "/metadata/name")).unwrap_or_default().to_owned();
    let names: Vec<&str> = canary.routers.iter().map(Router::name).collect();
    said.push(format!("TraefikService {name} in the place of {}: the weights are the same", names.join(" and ")));
    if let Some(routing) = rollout.pointer_mut("/spec/strategy/canary/trafficRouting") {
        let traefik = ("traefik".to_owned(), json!({"weightedTraefikServiceName": name}));
        let whole = (canary.whole != PERCENT).then(|| ("maxTrafficWeight".to_owned(), json!(canary.whole)));
        *routing = std::iter::once(traefik).chain(whole).collect();
    }
    if let Some(steps) = rollout.pointer_mut("/spec/strategy/canary/steps").and_then(Value::as_array_mut) {
        let before = steps.len();
        steps.retain(|step| step.get("setHeaderRoute").is_none() && step.get("setMirrorRoute").is_none());
        if steps.len() < before {
            said.push("no steps setHeaderRoute and setMirrorRoute: requests are not told apart here".to_owned());
        }
    }
    rollout
}

/// The spec, if nothing is wrong with it; else everything that is, a line each.
fn check(rollout: &Value, derived: Option<CanaryServices>) -> Result<Spec> {
    let what = title(rollout);
    let parsed: Rollout = decode(rollout.clone()).with_context(|| format!("read {what}"))?;
    let spec = match validate::spec(&parsed.spec, derived) {
        Ok(spec) => spec,
        Err(found) => bail!("{what} is invalid:\n{}", violation::in_lines(&found).trim_end()),
    };
    if spec.replicas > MOST_PODS {
        bail!("{what} has {} replicas; at most {MOST_PODS} are simulated, so write fewer for this", spec.replicas);
    }
    Ok(spec)
}

/// The image that ran before, which is made up, and that of the update.
fn images(rollout: &Value) -> Result<(String, String)> {
    let new = text(rollout, "/spec/template/spec/containers/0/image");
    let new = new.filter(|image| !image.is_empty()).context("the first container of spec.template has no image")?;
    Ok((previous(new), new.to_owned()))
}

/// The same image with another tag.
fn previous(image: &str) -> String {
    let named = image.split('@').next().unwrap_or(image);
    let (name, tag) = match named.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, tag),
        _ => (named, ""),
    };
    format!("{name}:{}", if tag == "previous" { "before-previous" } else { "previous" })
}

/// By which TraefikService the traffic is shared, if by one.
pub(crate) fn route(spec: &Spec) -> Option<&str> {
    match &spec.strategy {
        Strategy::Canary(canary) => canary
            .routers
            .iter()
            .find_map(|router| if let Router::Traefik(name) = router { Some(name.as_str()) } else { None }),
        Strategy::BlueGreen(_) => None,
    }
}

#[cfg(test)]
mod tests;
