//! A watch's stream of events, on its way.

use std::collections::VecDeque;
use std::sync::PoisonError;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use http::Response;
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, StreamBody};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::sleep;
use tower::BoxError;

use crate::fault::Fault;
use crate::line::Answer;
use crate::script::Shared;

/// What the API server says when the version watched from is too old.
const EXPIRED: &str = "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\
    \"status\":\"Failure\",\"message\":\"too old resource version\",\"reason\":\"Expired\",\"code\":410}}\n";

type Lines = UnboundedSender<Vec<u8>>;

/// The same watch, with what the script does to its events.
pub(super) fn through(answer: Answer, script: Shared) -> Answer {
    let (parts, body) = answer.into_parts();
    let (sender, receiver) = unbounded_channel();
    tokio::spawn(carry(body, sender, script));
    Response::from_parts(parts, StreamBody::new(frames(receiver)).boxed_unsync())
}

fn frames(receiver: UnboundedReceiver<Vec<u8>>) -> impl futures::Stream<Item = Result<Frame<Bytes>, BoxError>> {
    futures::stream::unfold(receiver, |mut receiver| async {
        let line = receiver.recv().await?;
        Some((Ok(Frame::data(line.into())), receiver))
    })
}

/// Hands events on until either side ends.
async fn carry(body: UnsyncBoxBody<Bytes, BoxError>, sender: Lines, script: Shared) {
    let mut expired = script.lock().unwrap_or_else(PoisonError::into_inner).expired();
    tokio::select! {
        biased;
        () = sender.closed() => {}
        () = expired.changed() => drop(sender.send(EXPIRED.as_bytes().to_vec())),
        () = forward(body, &sender, &script) => {}
    }
}

async fn forward(body: UnsyncBoxBody<Bytes, BoxError>, sender: &Lines, script: &Shared) {
    let mut chunks = body.into_data_stream();
    let mut held: VecDeque<Vec<u8>> = VecDeque::new();
    loop {
        let chunk = tokio::select! {
            biased;
            chunk = chunks.next() => chunk,
            () = sleep(Duration::from_secs(1)), if !held.is_empty() => {
                held.drain(..).for_each(|line| drop(sender.send(line)));
                continue;
            }
        };
        let Some(Ok(chunk)) = chunk else { return };
        for line in chunk.split_inclusive(|byte| *byte == b'\n') {
            let fault =
                if is_event(line) { script.lock().unwrap_or_else(PoisonError::into_inner).event() } else { None };
            if !pass(line.to_vec(), fault, sender, script, &mut held).await {
                return;
            }
        }
    }
}

/// Bookmarks are no events that a controller looks at.
fn is_event(line: &[u8]) -> bool {
    !line.starts_with(b"{\"type\":\"BOOKMARK\"")
}

/// Hands one event on, or does what the fault says; false when the stream is over.
async fn pass(
    line: Vec<u8>,
    fault: Option<Fault>,
    sender: &Lines,
    script: &Shared,
    held: &mut VecDeque<Vec<u8>>,
) -> bool {
    match fault {
        Some(Fault::WatchCut) => return false,
        Some(Fault::WatchExpired) => {
            let _ = sender.send(EXPIRED.as_bytes().to_vec());
            return false;
        }
        Some(Fault::EventLost) => {
            tokio::spawn(expire_soon(script.clone()));
            return true;
        }
        Some(Fault::EventSwapped) => {
            held.push_back(line);
            return true;
        }
        Some(Fault::EventLate) => sleep(Duration::from_secs(5)).await,
        Some(Fault::WatchSilent) => sleep(Duration::from_mins(2)).await,
        Some(Fault::EventTwice) => drop(sender.send(line.clone())),
        _ => {}
    }
    // Events of one object are never swapped: those that are held go first when the next one is of the same.
    let (before, after): (Vec<_>, Vec<_>) = held.drain(..).partition(|earlier| object(earlier) == object(&line));
    before.into_iter().chain([line]).chain(after).all(|line| sender.send(line).is_ok())
}

/// What was hidden shows half a minute later.
pub(super) async fn expire_soon(script: Shared) {
    sleep(Duration::from_secs(30)).await;
    script.lock().unwrap_or_else(PoisonError::into_inner).expire();
}

/// The uid of the object that an event is about.
fn object(line: &[u8]) -> Option<String> {
    let event: serde_json::Value = serde_json::from_slice(line).ok()?;
    Some(event.pointer("/object/metadata/uid")?.as_str()?.to_owned())
}
