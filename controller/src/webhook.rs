//! `/api/webhook`: git servers tell of a push, and the Applications that follow what was pushed are asked about at once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use kube::api::{Patch, PatchParams};
use kube::{Client, ResourceExt};
use serde_json::json;
use sluice_crds::Application;
use sluice_crds::names::application::{MANIFEST_GENERATE_PATHS, REFRESH};
use sluice_gitops::paths;
use sluice_read::Objects;
use sluice_render::webhook::{self, LONGEST, Push, Refused};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tracing::{info, warn};

use crate::application::words;
use crate::connections;
use crate::context::Context;
use crate::key::Key;

/// Messages that are read at the same time: each may be long.
const AT_ONCE: usize = 4;
/// How long a message may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);

/// Takes messages until dropped.
///
/// `client` is not fenced: whichever replica a message comes to, the one that leads has to hear of it.
pub async fn serve(listener: TcpListener, client: Client, ctx: Arc<Context>) {
    let (tasks, room) = (ctx.tasks.clone(), Arc::new(Semaphore::new(AT_ONCE)));
    let answers = move |request| {
        let (client, ctx, room) = (client.clone(), ctx.clone(), room.clone());
        async move {
            // Never closed.
            let _place = room.acquire().await;
            answer(&client, &ctx, request).await
        }
    };
    connections::serve(listener, &tasks, answers).await;
}

async fn answer(client: &Client, ctx: &Context, request: Request<Incoming>) -> Response<Full<Bytes>> {
    if request.uri().path() != "/api/webhook" {
        return said(StatusCode::NOT_FOUND, "no such page");
    }
    if request.method() != Method::POST {
        return said(StatusCode::METHOD_NOT_ALLOWED, "pushes are told by POST");
    }
    let (parts, body) = request.into_parts();
    let body = match timeout(PATIENCE, Limited::new(body, LONGEST).collect()).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(_)) => return said(StatusCode::PAYLOAD_TOO_LARGE, &Refused::TooLong.to_string()),
        Err(_) => return said(StatusCode::REQUEST_TIMEOUT, "the message took too long to arrive"),
    };
    let header = |name: &str| parts.headers.get(name)?.to_str().ok();
    match webhook::read(header, &body, &ctx.gitops.config().webhooks) {
        Ok(Some(push)) => match told(client, ctx, &push).await {
            Ok(count) => said(StatusCode::OK, &format!("{count} applications follow this")),
            Err(error) => {
                warn!(%error, repositories = ?push.addresses, "a push cannot be told to the controller that leads");
                said(StatusCode::SERVICE_UNAVAILABLE, "the API server does not take the push; it is found later")
            }
        },
        Ok(None) => said(StatusCode::OK, "nothing follows this"),
        Err(why @ Refused::Unsigned(_)) => said(StatusCode::FORBIDDEN, &why.to_string()),
        Err(why @ Refused::TooLong) => said(StatusCode::PAYLOAD_TOO_LARGE, &why.to_string()),
        Err(why @ Refused::Unknown(_)) => said(StatusCode::BAD_REQUEST, &why.to_string()),
    }
}

/// Has the Applications that follow what was pushed look anew. Gives how many.
async fn told(client: &Client, ctx: &Context, push: &Push) -> Result<usize, kube::Error> {
    let all = ctx.caches.applications.state();
    let is_home = |one: &&Application| ctx.gitops.is_home(&Key::of(*one).namespace);
    let follows = all.iter().filter_map(|one| one.0.as_ref().ok()).filter(|one| concerns(push, one)).filter(is_home);
    let follows: Vec<&Application> = follows.collect();
    for application in &follows {
        let key = Key::of(*application);
        ctx.gitops.refresh(&key);
        ctx.queues.applications.add(key);
    }
    for application in heralds(push, &follows) {
        ask(client, &Key::of(application)).await?;
    }
    info!(repositories = ?push.addresses, refs = ?push.refs, count = follows.len(), "a push was told");
    Ok(follows.len())
}

/// One Application of each branch that was pushed: once it finds that the branch moved, all look that follow it.
fn heralds<'a>(push: &Push, follows: &[&'a Application]) -> Vec<&'a Application> {
    let is_blind = |one: &&&Application| {
        let sync = one.status.as_ref().and_then(|status| status.sync.as_ref());
        sync.is_none_or(|sync| matches!(sync.status.as_str(), "" | "Unknown")) || words::is_frozen(one)
    };
    let (blind, sighted): (Vec<&&Application>, Vec<_>) = follows.iter().partition(is_blind);
    let mut told = BTreeSet::new();
    let mut is_new = |one: &Application| {
        let spec = &one.spec;
        let sources = spec.source.iter().chain(&spec.sources).filter(|source| push.concerns(source));
        // Each is noted, not only up to the first that is new.
        sources.filter(|source| told.insert((source.repo_url.clone(), source.target_revision.clone()))).count() > 0
    };
    sighted.into_iter().chain(blind).filter(|one| is_new(one)).copied().collect()
}

/// Asks the controller that leads to look at an Application, as people do.
async fn ask(client: &Client, key: &Key) -> Result<(), kube::Error> {
    let api: Objects<Application> = Objects::namespaced(client.clone(), &key.namespace);
    let patch = json!({"metadata": {"annotations": {REFRESH: "normal"}}});
    match api.patch_metadata(&key.name, &PatchParams::default(), &Patch::Merge(&patch)).await {
        Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
        answer => answer.map(drop),
    }
}

/// Whether an Application follows what was pushed, and the changed files are among those that it says are its own.
fn concerns(push: &Push, application: &Application) -> bool {
    let spec = &application.spec;
    let said = application.annotations().get(MANIFEST_GENERATE_PATHS).map(String::as_str).unwrap_or_default();
    spec.source.iter().chain(&spec.sources).filter(|source| push.concerns(source)).any(|source| {
        let folder = source.path.as_deref().unwrap_or_default();
        push.changed.as_ref().is_none_or(|changed| paths::concern(said, folder, changed))
    })
}

fn said(status: StatusCode, text: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(format!("{text}\n")));
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use sluice_crds::names::application::SKIP_RECONCILE;

    use super::*;

    fn application(annotation: Option<&str>) -> Application {
        let annotations = annotation.map(|said| json!({MANIFEST_GENERATE_PATHS: said}));
        serde_json::from_value(json!({
            "metadata": {"name": "web", "annotations": annotations},
            "spec": {
                "destination": {},
                "source": {"repoURL": "https://git/shop.git", "path": "apps/web", "targetRevision": "main"},
            },
        }))
        .unwrap()
    }

    #[test]
    fn a_push_is_told_to_whoever_follows_its_branch_and_its_files() {
        let push = |name: &str, changed: Option<&str>| Push {
            addresses: vec!["https://git/shop".to_owned()],
            refs: vec![format!("refs/heads/{name}")],
            own_branch: Some("main".to_owned()),
            changed: changed.map(|file| vec![file.to_owned()]),
        };
        assert!(concerns(&push("main", None), &application(None)));
        assert!(!concerns(&push("other", None), &application(None)));
        assert!(concerns(&push("main", Some("docs/x")), &application(None)));
        assert!(!concerns(&push("main", Some("docs/x")), &application(Some("."))));
        assert!(concerns(&push("main", Some("apps/web/x.yaml")), &application(Some("."))));
    }

    #[test]
    fn one_application_of_each_branch_is_asked_that_can_see() {
        let named = |name: &str, branch: &str, sync: &str| -> Application {
            serde_json::from_value(json!({
                "metadata": {"name": name},
                "spec": {
                    "destination": {},
                    "source": {"repoURL": "https://git/shop.git", "path": ".", "targetRevision": branch},
                },
                "status": {"sync": {"status": sync}},
            }))
            .unwrap()
        };
        let all = [
            ("broken", "main", "Unknown"),
            ("one", "main", "Synced"),
            ("two", "main", "OutOfSync"),
            ("new", "HEAD", "Unknown"),
            ("other", "dev", "Synced"),
        ];
        let mut all: Vec<Application> = all.into_iter().map(|(name, branch, sync)| named(name, branch, sync)).collect();
        let mut says = |at: usize, word: &str| {
            all[at].metadata.annotations = Some([(SKIP_RECONCILE.to_owned(), word.to_owned())].into());
        };
        // One that is left alone looks at nothing; that another says it is not makes no difference.
        says(1, "false");
        says(2, "True");
        let push = Push {
            addresses: vec!["https://git/shop".to_owned()],
            refs: vec!["refs/heads/main".to_owned()],
            own_branch: Some("main".to_owned()),
            changed: None,
        };
        let follows: Vec<&Application> = all.iter().filter(|one| concerns(&push, one)).collect();
        let asked: Vec<String> = heralds(&push, &follows).into_iter().map(ResourceExt::name_any).collect();
        assert_eq!(asked, ["one", "new"]);
        all[1].metadata.annotations = all[2].metadata.annotations.take();
        let follows: Vec<&Application> = all.iter().filter(|one| concerns(&push, one)).collect();
        let asked: Vec<String> = heralds(&push, &follows).into_iter().map(ResourceExt::name_any).collect();
        assert_eq!(asked, ["two", "new"]);
    }
}
