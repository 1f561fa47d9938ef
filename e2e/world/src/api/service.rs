//! HTTP on top of the store: what the real client talks to.

mod accept;
mod answer;
mod body;
mod change;
mod discovery;
mod impersonate;
mod list;
mod options;
mod query;
mod read;
mod review;
mod selector;
mod target;
mod watch;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Method, Request, Response};
use kube::client::Body;
use tower::{BoxError, Service};

pub use answer::Reply;

use self::accept::Form;
use self::answer::Answer;
use self::query::Query;
use self::target::{Target, Thing};
use super::catalog::Sub;
use super::status::Status;
use super::store::Store;

/// Bodies beyond this are refused.
const LARGEST: usize = 3 * 1024 * 1024;

/// How many versions a view of the server is behind.
type Lag = Arc<dyn Fn() -> u64 + Send + Sync>;

/// The API server as one user reaches it.
#[derive(Clone)]
pub struct ApiService {
    store: Store,
    user: Arc<str>,
    lag: Lag,
}

/// A request, read and understood so far.
struct Asked {
    method: Method,
    path: String,
    query: Query,
    headers: http::HeaderMap,
    body: hyper::body::Bytes,
}

impl ApiService {
    pub(crate) fn new(store: Store, user: &str) -> Self {
        Self { store, user: user.into(), lag: Arc::new(|| 0) }
    }

    /// The same server through a cache that is so many versions behind, as one of several API servers may be.
    ///
    /// It shows in what a real server answers from its cache: watches, and reads that name a version. A read without one
    /// is always of the newest state, and one that asks for no older than a version waits for it.
    pub fn lagging(self, versions_behind: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self { lag: Arc::new(versions_behind), ..self }
    }

    fn answer(&self, asked: &Asked) -> Answer {
        self.try_answer(asked).unwrap_or_else(|refusal| Answer::refusal(&refusal))
    }

    fn try_answer(&self, asked: &Asked) -> Result<Answer, Status> {
        if let Some(answer) = discovery::answer(asked, self.store.state().served()) {
            return Ok(answer);
        }
        let target = Target::parse(&asked.path, self.store.state().served());
        let Some(target) = target else { return Ok(Answer::page_not_found()) };
        let target = target?;
        let Some(user) = impersonate::user(self, asked)? else { return self.answer_user(asked, &target) };
        impersonate::check(&self.store, &user, asked, &target)?;
        Self { user, ..self.clone() }.answer_user(asked, &target)
    }

    /// Answers its user, who may ask this.
    fn answer_user(&self, asked: &Asked, target: &Target) -> Result<Answer, Status> {
        if asked.body.len() > LARGEST {
            return Err(Status::new(
                413,
                "RequestEntityTooLarge",
                format!("Request entity too large: limit is {LARGEST}"),
            ));
        }
        let form = Form::of(asked, target)?;
        if !target.of.stored {
            return review::answer(self, asked, target);
        }
        match (&asked.method, &target.thing) {
            (&Method::GET, Thing::All) if asked.query.says("watch") => watch::answer(self, asked, target, form),
            (&Method::GET, Thing::All) => list::answer(self, asked, target, form),
            (&Method::POST, Thing::One { sub: Sub::Eviction, .. }) => change::evict(self, asked, target),
            (_, Thing::One { sub: Sub::Eviction, .. }) => Err(not_allowed(asked, target)),
            (&Method::GET, Thing::One { sub, .. }) => read::answer(self, asked, target, *sub, form),
            (&Method::POST, Thing::All) => change::create(self, asked, target, form),
            (&Method::PUT, Thing::One { .. }) => change::put(self, asked, target, form),
            (&Method::PATCH, Thing::One { .. }) => change::patch(self, asked, target, form),
            (&Method::DELETE, Thing::One { sub: Sub::Object, .. }) => change::delete(self, asked, target, form),
            (&Method::DELETE, Thing::All) => change::delete_all(self, asked, target, form),
            _ => Err(not_allowed(asked, target)),
        }
    }
}

fn not_allowed(asked: &Asked, target: &Target) -> Status {
    if !target.of.custom {
        let message = "the server does not allow this method on the requested resource";
        return Status { details: Some(serde_json::json!({})), ..Status::new(405, "MethodNotAllowed", message) };
    }
    let verb = match asked.method {
        Method::POST => "create",
        Method::PUT => "update",
        Method::PATCH => "patch",
        _ => "delete",
    };
    let message = format!("{verb} is not supported on resources of kind \"{}\"", target.of.full_name());
    Status::new(405, "MethodNotAllowed", message).about(target.of, "")
}

impl Service<Request<Body>> for ApiService {
    type Response = Response<Reply>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let service = self.clone();
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let body = body.collect_bytes().await?;
            let asked = Asked {
                method: head.method,
                path: head.uri.path().to_owned(),
                query: Query::parse(head.uri.query().unwrap_or_default()),
                headers: head.headers,
                body,
            };
            Ok(service.answer(&asked).into())
        })
    }
}

impl std::fmt::Debug for ApiService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiService").field("user", &self.user).finish_non_exhaustive()
    }
}

impl Asked {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The media type of the body, without its parameters.
    fn content_type(&self) -> &str {
        self.header("content-type").split(';').next().unwrap_or_default().trim()
    }

    /// Who writes: as the request says, else as its user agent begins.
    fn manager(&self) -> &str {
        let named = self.query.text("fieldManager");
        if named.is_empty() { self.header("user-agent").split('/').next().unwrap_or_default() } else { named }
    }
}
