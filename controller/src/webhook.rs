//! `/api/webhook`: git servers tell of a push, and the Applications that follow what was pushed are asked about at once.

use std::convert::Infallible;
use std::sync::Arc;

use futures::FutureExt;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use kube::ResourceExt;
use sluice_crds::Application;
use sluice_crds::names::application::MANIFEST_GENERATE_PATHS;
use sluice_gitops::paths;
use sluice_render::webhook::{self, LONGEST, Push, Refused};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tracing::{debug, info};

use crate::context::Context;
use crate::key::Key;

/// Messages that are read at the same time: each may be long.
const AT_ONCE: usize = 4;
/// How long a message may take to arrive.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

/// Takes messages until dropped.
pub async fn serve(listener: TcpListener, ctx: Arc<Context>) {
    let room = Arc::new(Semaphore::new(AT_ONCE));
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, most likely: let some go before the next try.
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            continue;
        };
        // Never closed.
        let Ok(permit) = room.clone().acquire_owned().await else { return };
        let (tasks, ctx) = (ctx.tasks.clone(), ctx.clone());
        tasks.spawn(async move {
            let service = service_fn(move |request| answer(ctx.clone(), request).map(Ok::<_, Infallible>));
            let served = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            match timeout(PATIENCE, served).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => debug!(%error, "connection ended"),
                Err(_) => debug!("a message took too long"),
            }
            drop(permit);
        });
    }
}

async fn answer(ctx: Arc<Context>, request: Request<Incoming>) -> Response<Full<Bytes>> {
    if request.uri().path() != "/api/webhook" {
        return said(StatusCode::NOT_FOUND, "no such page");
    }
    if request.method() != Method::POST {
        return said(StatusCode::METHOD_NOT_ALLOWED, "pushes are told by POST");
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, LONGEST).collect().await else {
        return said(StatusCode::PAYLOAD_TOO_LARGE, &Refused::TooLong.to_string());
    };
    let header = |name: &str| parts.headers.get(name)?.to_str().ok();
    match webhook::read(header, &body.to_bytes(), &ctx.gitops.config().webhooks) {
        Ok(Some(push)) => {
            let count = told(&ctx, &push);
            said(StatusCode::OK, &format!("{count} applications follow this"))
        }
        Ok(None) => said(StatusCode::OK, "nothing follows this"),
        Err(why @ Refused::Unsigned(_)) => said(StatusCode::FORBIDDEN, &why.to_string()),
        Err(why @ Refused::TooLong) => said(StatusCode::PAYLOAD_TOO_LARGE, &why.to_string()),
        Err(why @ Refused::Unknown(_)) => said(StatusCode::BAD_REQUEST, &why.to_string()),
    }
}

/// Has the Applications that follow what was pushed look anew. Gives how many.
fn told(ctx: &Context, push: &Push) -> usize {
    let all = ctx.caches.applications.state();
    let follows = all.iter().filter_map(|one| one.0.as_ref().ok()).filter(|one| concerns(push, one));
    let mut count = 0;
    for application in follows {
        let key = Key::of(application);
        if ctx.gitops.is_home(&key.namespace) {
            ctx.gitops.refresh(&key);
            ctx.queues.applications.add(key);
            count += 1;
        }
    }
    info!(repositories = ?push.addresses, refs = ?push.refs, count, "a push was told");
    count
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
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

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
}
