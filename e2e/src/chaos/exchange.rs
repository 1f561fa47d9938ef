//! One request at the proxy: its fate carried out.

use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use futures::{StreamExt, stream};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::{AUTHORIZATION, CONNECTION, CONTENT_LENGTH, HOST, HeaderMap, RETRY_AFTER, TRANSFER_ENCODING};
use hyper::http::request::Parts;
use hyper::{Request, Response};
use kube::client::Body;
use serde_json::json;
use tokio::time::timeout;

use super::proxy::Shared;
use super::script::{Answer, Asked, Fate, Flow, Refusal};
use super::stream::Stream;

/// Why a connection ends.
pub(super) type Broken = anyhow::Error;
/// What is answered.
type Reply = Response<UnsyncBoxBody<Bytes, Broken>>;

/// Answers one request as its fate has it. An error cuts the connection.
pub(super) async fn answer(shared: &Arc<Shared>, request: Request<Incoming>) -> Result<Reply, Broken> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let exchange = Exchange { shared, parts: &parts, body: &body };
    if parts.uri.query().is_some_and(|query| query.contains("watch=true")) {
        exchange.watch().await
    } else {
        exchange.once().await
    }
}

struct Exchange<'a> {
    shared: &'a Arc<Shared>,
    parts: &'a Parts,
    body: &'a Bytes,
}

impl Exchange<'_> {
    async fn once(&self) -> Result<Reply, Broken> {
        let (method, path) = (self.parts.method.as_str(), self.parts.uri.path());
        let asked = Asked { number: self.shared.number(method, path), method, path };
        let seed = *self.shared.seed.borrow();
        let fate = seed.map_or(Fate::Through, |seed| Fate::of(seed, &asked));
        let reply = self.meet(fate).await;
        let status = reply.as_ref().map_or_else(|cut| format!("cut: {cut}"), |reply| reply.status().to_string());
        self.shared.became(&asked, fate.name(), &status);
        reply
    }

    async fn meet(&self, fate: Fate) -> Result<Reply, Broken> {
        match fate {
            Fate::Through => Ok(whole(self.forward().await?)),
            Fate::CutBefore => Err(anyhow!("before the request")),
            Fate::CutAfter => {
                let lost = self.forward().await?;
                Err(anyhow!("after {}", lost.status()))
            }
            Fate::Torn => Ok(torn(self.forward().await?)),
            Fate::Late(time) => {
                self.wait(time).await;
                Ok(whole(self.forward().await?))
            }
            Fate::AnswerLate(time) => {
                let answer = self.forward().await?;
                self.wait(time).await;
                Ok(whole(answer))
            }
            Fate::Twice(answer) => {
                let (first, second) = (self.forward().await?, self.forward().await?);
                Ok(whole(if answer == Answer::First { first } else { second }))
            }
            Fate::Refused(refusal) => Ok(refused(refusal)),
            Fate::Masked(refusal) => {
                self.forward().await?;
                Ok(refused(refusal))
            }
            Fate::Ghost(time) => {
                tokio::spawn(haunt(self.shared.clone(), self.parts.clone(), self.body.clone(), time));
                Ok(refused(Refusal::Timeout))
            }
        }
    }

    async fn watch(&self) -> Result<Reply, Broken> {
        let path = self.parts.uri.path();
        let asked = Asked { number: self.shared.number("WATCH", path), method: "WATCH", path };
        let mut seed = self.shared.seed.subscribe();
        let flow = seed.borrow_and_update().map_or(Flow::Through, |seed| Flow::of(seed, &asked));
        self.shared.became(&asked, flow.name(), &format!("{flow:?}"));
        if let Flow::Refused(refusal) = flow {
            return Ok(refused(refusal));
        }
        let (head, body) = self.send().await?.into_parts();
        if !head.status.is_success() {
            let body = body.collect().await?.to_bytes();
            return Ok(whole(Response::from_parts(head, body)));
        }
        let pieces = stream::unfold(Stream::new(body, flow, seed), async |mut stream| {
            let piece = stream.next().await?;
            Some((piece.map(Frame::data), stream))
        });
        Ok(Response::from_parts(own(head), BodyExt::boxed_unsync(StreamBody::new(pieces.boxed()))))
    }

    /// Has the request carried out, and reads the answer to its end.
    async fn forward(&self) -> Result<Response<Bytes>, Broken> {
        let (head, body) = self.send().await?.into_parts();
        Ok(Response::from_parts(head, body.collect().await?.to_bytes()))
    }

    async fn send(&self) -> Result<Response<Body>, Broken> {
        let mut request = Request::new(Body::from(self.body.to_vec()));
        *request.method_mut() = self.parts.method.clone();
        *request.uri_mut() = self.parts.uri.clone();
        *request.headers_mut() = self.parts.headers.clone();
        for name in [HOST, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING] {
            request.headers_mut().remove(name);
        }
        Ok(self.shared.upstream.send(request).await?)
    }

    async fn wait(&self, time: Duration) {
        wait(self.shared, time).await;
    }
}

/// Waits, but not longer than the trouble lasts.
async fn wait(shared: &Shared, time: Duration) {
    let mut seed = shared.seed.subscribe();
    seed.mark_unchanged();
    let _ = timeout(time, seed.changed()).await;
}

/// Carries a request out that nobody waits for any more.
async fn haunt(shared: Arc<Shared>, parts: Parts, body: Bytes, time: Duration) {
    wait(&shared, time).await;
    let done = Exchange { shared: &shared, parts: &parts, body: &body }.forward().await;
    let done = done.map_or_else(|error| error.to_string(), |answer| answer.status().to_string());
    shared.note(&format!("{} {} carried out late: {done}", parts.method, parts.uri.path()));
}

fn whole(answer: Response<Bytes>) -> Reply {
    let (head, body) = answer.into_parts();
    Response::from_parts(own(head), Full::new(body).map_err(|never| match never {}).boxed_unsync())
}

/// Half of the answer, under a head that promises all of it.
fn torn(answer: Response<Bytes>) -> Reply {
    let (head, body) = answer.into_parts();
    let half = body.slice(..body.len() / 2);
    let pieces = stream::iter([Ok(Frame::data(half)), Err(anyhow!("in the middle of the answer"))]);
    Response::from_parts(own(head), StreamBody::new(pieces).boxed_unsync())
}

fn refused(refusal: Refusal) -> Reply {
    let (code, reason) = refusal.status();
    let message = format!("{reason}: the test has it so");
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "reason": reason, "code": code, "message": message,
    });
    let mut answer = Response::new(Bytes::from(status.to_string()));
    *answer.status_mut() = hyper::StatusCode::from_u16(code).unwrap_or_default();
    let mut header = |name, value| answer.headers_mut().insert(name, hyper::header::HeaderValue::from_static(value));
    header(hyper::header::CONTENT_TYPE, "application/json");
    if refusal == Refusal::TooMany {
        header(RETRY_AFTER, "1");
    }
    whole(answer)
}

/// The head without what was about the connection to the API server.
fn own(mut head: hyper::http::response::Parts) -> hyper::http::response::Parts {
    remove_connection(&mut head.headers);
    head
}

fn remove_connection(headers: &mut HeaderMap) {
    for name in [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING] {
        headers.remove(name);
    }
}
