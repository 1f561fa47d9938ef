//! What tests of several modules share: a context whose API server is a function.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use jiff::Timestamp;
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};
use sluice_analysis::provider::Clients;
use sluice_analysis::provider::prometheus::Defaults;

use crate::caches::{Caches, Writers};
use crate::clock::Clock;
use crate::context::Context;
use crate::metrics::Requests;
use crate::observe::router::ask;
use crate::options::Options;
use crate::surroundings::{Own, Surroundings};

/// A request as the API server got it: method, path with query, body.
pub(crate) type Asked = (String, String, Value);

/// What the API server was asked, in order.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<Asked>>>);

impl Log {
    /// Gives all that was asked since the last look.
    pub(crate) fn all(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }

    /// Gives what was asked since the last look, but for events.
    pub(crate) fn take(&self) -> Vec<Asked> {
        self.all().into_iter().filter(|(_, path, _)| !path.contains("/events")).collect()
    }

    /// Gives the events that were written since the last look.
    pub(crate) fn events(&self) -> Vec<Asked> {
        self.all().into_iter().filter(|(_, path, _)| path.contains("/events")).collect()
    }
}

/// A context at the start of 2026 whose API server answers as `answer` says, and the writing ends of its caches.
pub(crate) fn context(
    answer: impl Fn(&Asked) -> (StatusCode, Value) + Send + Sync + 'static,
) -> (Arc<Context>, Writers, Log) {
    let (caches, writers) = Caches::new(&Options::default());
    let (surroundings, log) = surroundings(answer);
    (Arc::new(Context::new(surroundings, caches, Options::default())), writers, log)
}

/// Surroundings at the start of 2026 whose API server answers as `answer` says. Its watches never show anything.
pub(crate) fn surroundings(
    answer: impl Fn(&Asked) -> (StatusCode, Value) + Send + Sync + 'static,
) -> (Surroundings, Log) {
    let log = Log::default();
    let surroundings = Surroundings {
        client: client(answer, log.clone()),
        requests: Requests::default(),
        clock: Clock::starting_at("2026-01-01T00:00:00Z".parse::<Timestamp>().unwrap()),
        measure: measure(),
        prometheus: Defaults::default(),
        notify: sluice_notify::send::Clients::new().unwrap(),
        routers: ask::network(),
        sources: crate::sources::none(),
        clusters: crate::destinations::none(),
        own: Own { namespace: "sluice".to_owned(), ..Own::default() },
        identity: "test".to_owned(),
        lease_namespace: "default".to_owned(),
        namespace: None,
    };
    (surroundings, log)
}

/// Clients of real servers, such as those that tests start themselves.
fn measure() -> Clients {
    // Another test may have installed it before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Clients::new().unwrap()
}

/// What an API server answers that has nothing and takes nothing.
pub(crate) fn nothing(_: &Asked) -> (StatusCode, Value) {
    (
        StatusCode::NOT_FOUND,
        json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "not found", "reason": "NotFound", "code": 404}),
    )
}

/// What an API server answers that has no objects of any kind.
pub(crate) fn empty(asked: &Asked) -> (StatusCode, Value) {
    if asked.0 == "GET" {
        let list = json!({"kind": "List", "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": []});
        return (StatusCode::OK, list);
    }
    nothing(asked)
}

fn client(answer: impl Fn(&Asked) -> (StatusCode, Value) + Send + Sync + 'static, log: Log) -> Client {
    let answer = Arc::new(answer);
    let service = tower::service_fn(move |request: Request<Body>| {
        let (answer, log) = (answer.clone(), log.clone());
        async move {
            let (parts, body) = request.into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            let asked =
                (parts.method.to_string(), parts.uri.to_string(), serde_json::from_slice(&body).unwrap_or(Value::Null));
            let (status, body) = answer(&asked);
            let body = if is_watch(&asked) { silence() } else { said(&body) };
            log.0.lock().unwrap().push(asked);
            Ok::<_, Infallible>(Response::builder().status(status).body(body).unwrap())
        }
    });
    Client::new(service, "default")
}

/// Whether a request begins a watch.
pub(crate) fn is_watch((_, path, _): &Asked) -> bool {
    path.contains("watch=true")
}

fn said(body: &Value) -> UnsyncBoxBody<Bytes, Infallible> {
    Full::from(serde_json::to_vec(body).unwrap()).boxed_unsync()
}

/// A body that never ends and never says anything.
fn silence() -> UnsyncBoxBody<Bytes, Infallible> {
    StreamBody::new(futures::stream::pending::<Result<Frame<Bytes>, Infallible>>()).boxed_unsync()
}
