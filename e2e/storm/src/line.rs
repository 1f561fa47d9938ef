//! The line between one controller process and the API server: everything that is said on it may go wrong.

mod answers;
mod stream;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::request::Parts;
use http::{Method, Request, Response};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use kube::client::Body;
use sluice_world::api::{ApiService, Reply};
use tokio::sync::Notify;
use tower::{BoxError, Service, ServiceExt};

use crate::fault::Fault;
use crate::script::{Script, Shared};

/// What comes back on a line.
pub(crate) type Answer = Response<UnsyncBoxBody<Bytes, BoxError>>;

/// One process's line.
#[derive(Clone)]
pub(crate) struct Line {
    api: ApiService,
    stale: ApiService,
    script: Shared,
    life: Arc<Life>,
    sends: Sends,
}

/// Is told of each write just before it arrives.
pub(crate) type Sends = Arc<dyn Fn(&Parts) + Send + Sync>;

/// Whether the process at the end of the line lives.
#[derive(Debug, Default)]
pub(crate) struct Life {
    over: AtomicBool,
    cut: AtomicBool,
    ended: Notify,
}

impl Life {
    /// Ends it: nothing more is sent or heard.
    pub(crate) fn end(&self) {
        self.over.store(true, Ordering::Relaxed);
        self.ended.notify_one();
    }

    /// From now on nothing that is asked arrives, or it does again.
    pub(crate) fn cut(&self, cut: bool) {
        self.cut.store(cut, Ordering::Relaxed);
    }

    /// Waits until a fault ends it.
    pub(crate) async fn ended(&self) {
        self.ended.notified().await;
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }
}

impl Line {
    /// A line to `api`; `stale` answers reads with older states.
    pub(crate) fn new(api: ApiService, stale: ApiService, script: Shared, sends: Sends) -> (Self, Arc<Life>) {
        let life = Arc::new(Life::default());
        (Self { api, stale, script, life: life.clone(), sends }, life)
    }

    async fn carry(self, request: Request<Body>) -> Result<Answer, BoxError> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let copy = || Request::from_parts(parts.clone(), Body::from(body.clone()));
        self.alive().await;
        self.connected().await?;
        match parts.method {
            Method::GET if is_watch(&parts) => self.watch(copy()).await,
            Method::GET => self.read(copy).await,
            _ => self.write(copy).await,
        }
    }

    async fn watch(self, request: Request<Body>) -> Result<Answer, BoxError> {
        let fault = self.script().read();
        let answer = match fault {
            None | Some(Fault::AnswerCut | Fault::Holes) => self.ask(request).await?,
            Some(Fault::Stale) => boxed(self.stale.clone().oneshot(request).await?),
            Some(fault) => self.clone().refused(fault, request).await?,
        };
        Ok(if answer.status().is_success() { stream::through(answer, self.script.clone()) } else { answer })
    }

    async fn read(self, request: impl Fn() -> Request<Body>) -> Result<Answer, BoxError> {
        let fault = self.script().read();
        match fault {
            None => self.ask(request()).await,
            Some(Fault::Stale) => Ok(boxed(self.stale.clone().oneshot(request()).await?)),
            Some(Fault::Holes) => {
                let answer = self.ask(request()).await?;
                let seed = self.script().below(u64::MAX);
                tokio::spawn(stream::expire_soon(self.script.clone()));
                answers::with_holes(answer, seed).await
            }
            Some(Fault::AnswerCut) => answers::cut(self.ask(request()).await?).await,
            Some(fault) => self.refused(fault, request()).await,
        }
    }

    async fn write(self, request: impl Fn() -> Request<Body>) -> Result<Answer, BoxError> {
        let fault = self.script().write();
        match fault {
            None => self.ask(request()).await,
            Some(Fault::CrashBefore) => self.die().await,
            Some(Fault::CrashAfter) => {
                drop(self.ask(request()).await);
                self.die().await
            }
            Some(Fault::TimeoutDone) => {
                self.ask(request()).await?;
                tokio::time::sleep(Duration::from_secs(2)).await;
                answers::refusal(504)
            }
            Some(Fault::ResetDone) => {
                self.ask(request()).await?;
                Err("connection reset by peer".into())
            }
            Some(Fault::AnswerCut) => answers::cut(self.ask(request()).await?).await,
            Some(Fault::Twice) => {
                self.ask(request()).await?;
                self.ask(request()).await
            }
            Some(fault) => self.refused(fault, request()).await,
        }
    }

    /// What has the same effect on reads and writes.
    async fn refused(self, fault: Fault, request: Request<Body>) -> Result<Answer, BoxError> {
        match fault {
            Fault::Slow => {
                let wait = self.script().below(5);
                tokio::time::sleep(Duration::from_secs(wait)).await;
                self.alive().await;
                self.ask(request).await
            }
            Fault::ResetUndone => Err("connection reset by peer".into()),
            Fault::Conflict => answers::refusal(409),
            Fault::TooMany => answers::refusal(429),
            Fault::Unauthorized => answers::refusal(401),
            Fault::Denied => answers::refusal(403),
            Fault::Unavailable => answers::refusal(503),
            Fault::TimeoutUndone => answers::refusal(504),
            _ => answers::refusal(500),
        }
    }

    async fn ask(&self, request: Request<Body>) -> Result<Answer, BoxError> {
        let (parts, body) = request.into_parts();
        if parts.method != Method::GET {
            (self.sends)(&parts);
        }
        let request = Request::from_parts(parts, body);
        Ok(boxed(self.api.clone().oneshot(request).await?))
    }

    async fn die<T>(self) -> T {
        self.life.end();
        std::future::pending().await
    }

    /// What a dead process sends never arrives.
    async fn alive(&self) {
        if self.life.is_over() {
            std::future::pending::<()>().await;
        }
    }

    /// What is asked on a line that is cut has no answer.
    async fn connected(&self) -> Result<(), BoxError> {
        if self.life.cut.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_secs(5)).await;
            return Err("connection timed out".into());
        }
        Ok(())
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service<Request<Body>> for Line {
    type Response = Answer;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Answer, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        self.clone().carry(request).boxed()
    }
}

fn boxed(answer: Response<Reply>) -> Answer {
    answer.map(|body| body.map_err(Into::into).boxed_unsync())
}

fn is_watch(parts: &Parts) -> bool {
    parts.uri.query().is_some_and(|query| query.split('&').any(|pair| matches!(pair, "watch=true" | "watch=1")))
}
