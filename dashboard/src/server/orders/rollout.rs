//! Orders to Rollouts.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use jiff::Timestamp;
use k8s_openapi::api::apps::v1::ReplicaSet;
use kube::Client;
use kube::api::{Api, ApiResource, DynamicObject, ListParams};
use serde::Deserialize;
use serde_json::Value;
use sluice_crds::Rollout;
use sluice_orders::release::{self, Act, Place};
use sluice_orders::template::{self, Earlier, Image, TEMPLATE};
use sluice_orders::{Part, Verdict, own, spec};
use sluice_read::Objects;

use super::super::Dashboard;
use super::super::problem::Problem;
use super::{Order, Sent};
use crate::kind::Kind;

/// What an order's form sends.
#[derive(Debug, Deserialize)]
pub(in crate::server) struct Given {
    csrf: String,
    order: String,
    #[serde(default)]
    place: String,
    revision: Option<u64>,
    container: Option<String>,
    image: Option<String>,
}

/// What is wanted.
enum Wanted {
    Act(Act),
    Pause,
    Restart(Timestamp),
    Undo(Earlier),
    SetImage(Image),
}

/// Does what a form says.
pub(in crate::server) async fn give(State(dashboard): State<Arc<Dashboard>>, sent: Sent<Given>) -> Response {
    let done = match &sent.form {
        Ok(given) => carried_out(&sent.order(&dashboard, Kind::Rollout, &given.order), given, dashboard.now()).await,
        Err(problem) => Err(problem.clone()),
    };
    sent.answer(Kind::Rollout, done)
}

async fn carried_out(order: &Order<'_>, given: &Given, now: Timestamp) -> Result<String, Problem> {
    order.begin(&given.csrf, &[Part::Status, Part::Object]).await?;
    let wanted = wanted(order, given, now).await?;
    let who = order.who().await;
    order.carry_out(|rollout: &Rollout| decide(&wanted, &given.place, &who, rollout)).await
}

fn decide(wanted: &Wanted, place: &str, who: &str, rollout: &Rollout) -> Verdict {
    let own = |order: &dyn Fn() -> Verdict| template::lent(rollout).unwrap_or_else(order);
    match wanted {
        Wanted::Act(Act::Promote) if Place::of(rollout).text() != place => {
            Verdict::Refused("moved on meanwhile; nothing was done. Look at it again".into())
        }
        Wanted::Act(act) => release::decide_for(who, Some(&format!("from the dashboard ({who})")), *act, rollout),
        Wanted::Pause => spec::pause(rollout),
        Wanted::Restart(at) => spec::restart(*at),
        Wanted::Undo(earlier) => own(&|| template::undo(rollout, earlier, TEMPLATE)),
        Wanted::SetImage(image) => own(&|| {
            let object = serde_json::to_value(rollout).unwrap_or(Value::Null);
            template::set_images(&object, TEMPLATE, std::slice::from_ref(image))
        }),
    }
}

/// Reads which order it is.
async fn wanted(order: &Order<'_>, given: &Given, now: Timestamp) -> Result<Wanted, Problem> {
    Ok(match (given.order.as_str(), given.revision, &given.container, &given.image) {
        ("promote", ..) => Wanted::Act(Act::Promote),
        ("promote-full", ..) => Wanted::Act(Act::PromoteFull),
        ("abort", ..) => Wanted::Act(Act::Abort),
        ("retry", ..) => Wanted::Act(Act::Retry),
        ("pause", ..) => Wanted::Pause,
        ("restart", ..) => Wanted::Restart(now),
        ("undo", Some(revision), ..) => Wanted::Undo(earlier(order, revision).await?),
        ("set-image", _, Some(container), Some(image)) => {
            Wanted::SetImage((container.trim().to_owned(), image.trim().to_owned()))
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

/// A revision, just as its ReplicaSet has it.
async fn earlier(order: &Order<'_>, revision: u64) -> Result<Earlier, Problem> {
    let rollouts: Objects<Rollout> = Objects::namespaced(order.client.clone(), &order.key.namespace);
    let rollout = order.read(&rollouts).await?;
    let all = replica_sets(order.client, &order.key.namespace, &rollout).await?;
    let own: Vec<_> = all.into_iter().filter(|one| own::is_owned(one, &rollout)).collect();
    template::earlier(&own, revision).map_err(|why| Problem::Refused(format!("{}: {why}; nothing was done", order.key)))
}

async fn replica_sets(client: &Client, namespace: &str, rollout: &Rollout) -> Result<Vec<DynamicObject>, Problem> {
    let resource = ApiResource::erase::<ReplicaSet>(&());
    let api: Api<DynamicObject> = Api::namespaced_with(client.clone(), namespace, &resource);
    let params = ListParams::default().labels_from(&own::pods(rollout));
    Ok(api.list(&params).await.map_err(|error| Problem::cluster("list ReplicaSets", &error))?.items)
}
