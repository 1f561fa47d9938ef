//! Orders: read anew, decided, allowed, written.

use std::sync::Arc;

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::header::ACCEPT;
use http::{HeaderMap, StatusCode};
use k8s_openapi::api::apps::v1::ReplicaSet;
use kube::api::{Api, ApiResource, DynamicObject, ListParams, Patch, PatchParams};
use kube::{Client, Resource};
use serde::Deserialize;
use serde_json::{Value, json};
use sluice_crds::{Rollout, names::label};
use tracing::info;

use super::Dashboard;
use super::guard::Caller;
use super::problem::Problem;
use crate::access::{Question, Session};
use crate::order::{Order, SpecWrite, Verdict, Write, decide, place};
use crate::view::{is_owned, number};
use crate::watch::Key;

/// Who wrote it, as the object's managedFields tell.
const MANAGER: &str = "sluice-dashboard";
/// How often a decision is taken anew; the controller writes the same object.
const TRIES: usize = 10;

/// What an order's form sends.
#[derive(Debug, Deserialize)]
pub(super) struct Given {
    csrf: String,
    order: String,
    #[serde(default)]
    place: String,
    revision: Option<u64>,
    container: Option<String>,
    image: Option<String>,
}

/// Does what a form says, and tells what came of it: to scripts as text, to people on the Rollout's page.
pub(super) async fn give(
    State(dashboard): State<Arc<Dashboard>>,
    Caller(session): Caller,
    Path((namespace, name)): Path<(String, String)>,
    headers: HeaderMap,
    form: Result<Form<Given>, FormRejection>,
) -> Response {
    let key = Key::new(&namespace, &name);
    let done = match form {
        Ok(Form(given)) => carry_out(&dashboard, &session, &key, given).await,
        Err(error) => Err(Problem::Bad(error.body_text())),
    };
    let is_script = headers.get(ACCEPT).is_some_and(|kinds| kinds.as_bytes() == b"text/plain");
    match done {
        Ok(said) if is_script => said.into_response(),
        Err(problem) if is_script => (problem.status(), problem.to_string()).into_response(),
        Err(problem @ Problem::NoRollout { .. }) => problem.into_response(),
        done => {
            session.say(done.unwrap_or_else(|problem| problem.to_string()));
            let page = format!("/rollouts/{namespace}/{name}");
            page.parse::<http::Uri>().map_or_else(
                |_| (StatusCode::BAD_REQUEST, "no such Rollout\n").into_response(),
                |page| Redirect::to(&page.to_string()).into_response(),
            )
        }
    }
}

async fn carry_out(dashboard: &Dashboard, session: &Session, key: &Key, given: Given) -> Result<String, Problem> {
    if !session.csrf.is(&given.csrf) {
        return Err(Problem::Bad("the page is from another session: load it again".to_owned()));
    }
    let client = &dashboard.settings.client;
    // Whoever may write nothing learns nothing, not even whether it is there.
    if !allowed(client, session, key, "status").await? && !allowed(client, session, key, "").await? {
        return Err(forbidden(key, "status"));
    }
    let rollouts: Api<Rollout> = Api::namespaced(client.clone(), &key.namespace);
    for _ in 0..TRIES {
        let found = rollouts.get_opt(&key.name).await.map_err(|error| Problem::cluster("read the Rollout", &error))?;
        let rollout = found.ok_or_else(|| Problem::NoRollout { key: key.clone(), near: Vec::new() })?;
        let order = order(client, &given, &rollout).await?;
        if order == Order::Promote && given.place != place(&rollout) {
            return Err(Problem::Refused(format!("{key} moved on meanwhile; nothing was done. Look at it again")));
        }
        let write = match decide(&order, &rollout, dashboard.now()) {
            Verdict::Nothing(why) => return Ok(format!("{key} {why}")),
            Verdict::Refused(why) => return Err(Problem::Refused(format!("{key} {why}"))),
            Verdict::Write(write) => write,
        };
        for (is_needed, part) in [(write.status.is_some(), "status"), (write.spec.is_some(), "")] {
            if is_needed && !allowed(client, session, key, part).await? {
                return Err(forbidden(key, part));
            }
        }
        if written(&rollouts, &rollout, &write).await? {
            info!(user = session.user().unwrap_or_default(), rollout = %key, order = given.order, "order given");
            return Ok(format!("{key} {}", write.said));
        }
    }
    Err(Problem::Refused(format!("{key} is written too often by others; nothing was done. Try again")))
}

async fn allowed(client: &Client, session: &Session, key: &Key, part: &'static str) -> Result<bool, Problem> {
    session.may(client, &Question::write(key, part)).await.map_err(Problem::review)
}

fn forbidden(key: &Key, part: &str) -> Problem {
    let what = if part.is_empty() { "rollouts".to_owned() } else { format!("rollouts/{part}") };
    Problem::Forbidden(format!("you may not do this to {key}: ask for the verb patch on {what}"))
}

/// Reads which order it is.
async fn order(client: &Client, given: &Given, rollout: &Rollout) -> Result<Order, Problem> {
    Ok(match (given.order.as_str(), given.revision, &given.container, &given.image) {
        ("promote", ..) => Order::Promote,
        ("promote-full", ..) => Order::PromoteFull,
        ("abort", ..) => Order::Abort,
        ("retry", ..) => Order::Retry,
        ("pause", ..) => Order::Pause,
        ("restart", ..) => Order::Restart,
        ("undo", Some(revision), ..) => Order::Undo { revision, template: template(client, rollout, revision).await? },
        ("set-image", _, Some(container), Some(image)) => {
            Order::SetImage { container: container.trim().to_owned(), image: image.trim().to_owned() }
        }
        ("undo", ..) => return Err(Problem::Bad("undo needs a revision".to_owned())),
        ("set-image", ..) => return Err(Problem::Bad("set-image needs a container and an image".to_owned())),
        _ => {
            return Err(Problem::Bad(
                "order must be promote, promote-full, abort, retry, pause, restart, undo or set-image".to_owned(),
            ));
        }
    })
}

/// The pod template of a revision, just as its ReplicaSet has it: fields that we do not know are kept.
async fn template(client: &Client, rollout: &Rollout, revision: u64) -> Result<Value, Problem> {
    let namespace = rollout.metadata.namespace.as_deref().unwrap_or_default();
    let resource = ApiResource::erase::<ReplicaSet>(&());
    let api: Api<DynamicObject> = Api::namespaced_with(client.clone(), namespace, &resource);
    let params = ListParams::default().labels(label::POD_TEMPLATE_HASH);
    let all = api.list(&params).await.map_err(|error| Problem::cluster("list ReplicaSets", &error))?;
    let mut of_it = all.items.into_iter().filter(|one| is_owned(one, rollout) && number(one) == Some(revision));
    let template = of_it.find_map(|mut one| Some(one.data.pointer_mut("/spec/template")?.take()));
    template.ok_or_else(|| Problem::Refused(format!("revision {revision} is gone; nothing was done")))
}

/// Writes; false if the object changed since it was read and the write was meant for what was read.
async fn written(api: &Api<Rollout>, rollout: &Rollout, write: &Write) -> Result<bool, Problem> {
    let name = rollout.metadata.name.as_deref().unwrap_or_default();
    let params = PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
    let mut version = rollout.meta().resource_version.as_deref().filter(|_| write.locked);
    if let Some(status) = &write.status {
        let patch = locked(json!({"status": status}), version);
        if let Err(error) = api.patch_status(name, &params, &Patch::Merge(patch)).await {
            return turned_away(error, "write the Rollout's status");
        }
        // It was decided for what was read, and the first half is done: the other follows, whoever wrote in between.
        version = None;
    }
    let written = match &write.spec {
        None => return Ok(true),
        Some(SpecWrite::Merge(fields)) => {
            let patch = locked(json!({"spec": fields}), version);
            api.patch(name, &params, &Patch::Merge(patch)).await
        }
        Some(SpecWrite::Template(template)) => {
            let patch = replaced(template, version).map_err(|error| Problem::Bad(error.to_string()))?;
            api.patch(name, &params, &Patch::<()>::Json(patch)).await
        }
    };
    written.map_or_else(|error| turned_away(error, "write the Rollout"), |_| Ok(true))
}

/// Whether it was only that somebody wrote in between.
fn turned_away(error: kube::Error, what: &str) -> Result<bool, Problem> {
    match error {
        kube::Error::Api(status) if status.is_conflict() => Ok(false),
        error => Err(Problem::cluster(what, &error)),
    }
}

fn locked(mut patch: Value, version: Option<&str>) -> Value {
    if let (Some(version), Some(fields)) = (version, patch.as_object_mut()) {
        fields.insert("metadata".to_owned(), json!({"resourceVersion": version}));
    }
    patch
}

/// Puts the template in the place of the one that is there: a merge would keep what the new one lacks.
fn replaced(template: &Value, version: Option<&str>) -> serde_json::Result<json_patch::Patch> {
    let set = |path: &str, value: Value| json!({"op": "replace", "path": path, "value": value});
    let lock = version.map(|version| set("/metadata/resourceVersion", json!(version)));
    let all: Vec<_> = lock.into_iter().chain([set("/spec/template", template.clone())]).collect();
    serde_json::from_value(Value::Array(all))
}
