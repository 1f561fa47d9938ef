//! Answers on their way to the client.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures::Stream;
use http::{HeaderValue, Response, StatusCode};
use hyper::body::{Body, Bytes, Frame, SizeHint};
use serde_json::Value;
use tower::BoxError;

use super::super::status::Status;

/// An answer.
pub(super) struct Answer {
    status: StatusCode,
    content_type: &'static str,
    reply: Reply,
}

/// The body of an answer: one piece, or a watch that goes on.
pub struct Reply {
    kind: Kind,
}

enum Kind {
    Once(Option<Bytes>),
    Events(Pin<Box<dyn Stream<Item = Bytes> + Send>>),
}

impl Answer {
    pub(super) fn json(status: StatusCode, body: Bytes) -> Self {
        Self { status, content_type: "application/json", reply: Reply { kind: Kind::Once(Some(body)) } }
    }

    /// The same under another media type.
    pub(super) fn of_type(self, content_type: &'static str) -> Self {
        Self { content_type, ..self }
    }

    pub(super) fn value(status: StatusCode, value: &Value) -> Self {
        Self::json(status, value.to_string().into())
    }

    pub(super) fn ok(value: &Value) -> Self {
        Self::value(StatusCode::OK, value)
    }

    pub(super) fn events(events: impl Stream<Item = Bytes> + Send + 'static) -> Self {
        let reply = Reply { kind: Kind::Events(Box::pin(events)) };
        Self { status: StatusCode::OK, content_type: "application/json", reply }
    }

    pub(super) fn refusal(refusal: &Status) -> Self {
        let status = StatusCode::from_u16(refusal.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self::value(status, &refusal.json())
    }

    pub(super) fn plain(status: StatusCode, text: &str) -> Self {
        Self {
            content_type: "text/plain; charset=utf-8",
            ..Self::json(status, Bytes::copy_from_slice(text.as_bytes()))
        }
    }

    pub(super) fn page_not_found() -> Self {
        Self::plain(StatusCode::NOT_FOUND, "404 page not found\n")
    }
}

impl From<Answer> for Response<Reply> {
    fn from(answer: Answer) -> Self {
        let mut response = Self::new(answer.reply);
        *response.status_mut() = answer.status;
        response.headers_mut().insert(http::header::CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
        response
    }
}

impl Body for Reply {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match &mut self.get_mut().kind {
            Kind::Once(body) => Poll::Ready(body.take().map(|body| Ok(Frame::data(body)))),
            Kind::Events(events) => {
                events.as_mut().poll_next(cx).map(|event| event.map(|event| Ok(Frame::data(event))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.kind, Kind::Once(None))
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Once(Some(body)) => SizeHint::with_exact(body.len() as u64),
            Kind::Once(None) => SizeHint::with_exact(0),
            Kind::Events(_) => SizeHint::default(),
        }
    }
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.kind {
            Kind::Once(_) => "Reply(whole)",
            Kind::Events(_) => "Reply(watch)",
        })
    }
}
