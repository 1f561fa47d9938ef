//! The stream of a watch on its way through the proxy.

use std::time::Duration;

use anyhow::anyhow;
use http_body_util::BodyExt;
use hyper::body::Bytes;
use kube::client::Body;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::exchange::Broken;
use super::script::Flow;

/// What a watch is told whose version is too old.
const EXPIRED: &str = concat!(
    r#"{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","#,
    r#""message":"too old resource version: the test has it so","reason":"Expired","code":410}}"#,
    "\n"
);

/// A stream of events whose flow is decided. When the trouble ends it flows as if nothing had been.
pub(super) struct Stream {
    body: Body,
    flow: Flow,
    began: Instant,
    trouble: watch::Receiver<Option<u64>>,
    over: bool,
}

/// What comes first.
enum First {
    Piece(Option<Result<Bytes, Broken>>),
    Time,
    Calm,
}

impl Stream {
    /// `trouble` changes when the trouble ends.
    pub(super) fn new(body: Body, flow: Flow, trouble: watch::Receiver<Option<u64>>) -> Self {
        Self { body, flow, began: Instant::now(), trouble, over: false }
    }

    /// The next piece; an error cuts the connection.
    pub(super) async fn next(&mut self) -> Option<Result<Bytes, Broken>> {
        if self.over {
            return None;
        }
        let piece = self.flow().await;
        self.over = !matches!(piece, Some(Ok(_)));
        piece
    }

    async fn flow(&mut self) -> Option<Result<Bytes, Broken>> {
        loop {
            match self.flow {
                Flow::Through | Flow::Refused(_) => return self.piece().await,
                Flow::Slow(time) => {
                    let piece = self.piece().await;
                    self.calm_within(time).await;
                    return piece;
                }
                Flow::Cut(after) | Flow::Torn(after) | Flow::Expired(after) => match self.until(after).await {
                    First::Piece(piece) => return piece,
                    First::Time => return self.end().await,
                    First::Calm => self.flow = Flow::Through,
                },
                Flow::Held(after, time) | Flow::HalfOpen(after, time) => match self.until(after).await {
                    First::Piece(piece) => return piece,
                    First::Time => {
                        let cut = matches!(self.flow, Flow::HalfOpen(..));
                        let calm = self.calm_within(time).await;
                        self.flow = Flow::Through;
                        if cut && !calm {
                            return Some(Err(anyhow!("after silence")));
                        }
                    }
                    First::Calm => self.flow = Flow::Through,
                },
            }
        }
    }

    /// The time is over: what is special about this stream happens.
    async fn end(&mut self) -> Option<Result<Bytes, Broken>> {
        match self.flow {
            Flow::Expired(_) => {
                self.body = Body::empty();
                self.flow = Flow::Through;
                Some(Ok(Bytes::from_static(EXPIRED.as_bytes())))
            }
            Flow::Torn(_) => {
                self.flow = Flow::Cut(Duration::ZERO);
                let piece = self.piece().await?.ok()?;
                Some(Ok(piece.slice(..piece.len() / 2)))
            }
            _ => Some(Err(anyhow!("in the middle of a watch"))),
        }
    }

    async fn until(&mut self, after: Duration) -> First {
        let at = self.began + after;
        tokio::select! {
            biased;
            () = sleep_until(at) => First::Time,
            _ = self.trouble.changed() => First::Calm,
            piece = piece_of(&mut self.body) => First::Piece(piece),
        }
    }

    async fn piece(&mut self) -> Option<Result<Bytes, Broken>> {
        piece_of(&mut self.body).await
    }

    /// Waits that long, or until the trouble ends: then true.
    async fn calm_within(&mut self, time: Duration) -> bool {
        match timeout(time, self.trouble.changed()).await {
            Ok(Ok(())) => true,
            // Nobody is left who could end it.
            Ok(Err(_)) => {
                sleep(time).await;
                false
            }
            Err(_) => false,
        }
    }
}

async fn piece_of(body: &mut Body) -> Option<Result<Bytes, Broken>> {
    loop {
        match body.frame().await? {
            Ok(frame) => {
                if let Ok(data) = frame.into_data() {
                    return Some(Ok(data));
                }
            }
            Err(error) => return Some(Err(error.into())),
        }
    }
}
