//! A client that sees one Rollout and what belongs to it, and cannot write.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use kube::Client;
use kube::client::Body;
use serde_json::json;
use tokio::sync::Notify;
use tower::BoxError;

type Answer = Response<UnsyncBoxBody<Bytes, BoxError>>;

/// What is left out of lists, and how.
#[derive(Clone, Debug, Default)]
pub(crate) struct Narrow {
    /// Further label selectors, by the plural of the kind.
    pub(crate) labels: BTreeMap<&'static str, String>,
    /// Further field selectors.
    pub(crate) fields: BTreeMap<&'static str, String>,
}

/// What was refused meanwhile.
#[derive(Clone, Debug, Default)]
pub(crate) struct Refused(Arc<(Mutex<Option<String>>, Notify)>);

/// Kinds without which the controller looks at nothing.
const NEEDED: [&str; 7] =
    ["rollouts", "replicasets", "pods", "services", "endpointslices", "analysisruns", "analysistemplates"];

impl Refused {
    /// The first refusal.
    pub(crate) fn first(&self) -> Option<String> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for one.
    pub(crate) async fn noted(&self) {
        let noted = self.0.1.notified();
        if self.first().is_none() {
            noted.await;
        }
    }

    fn note(&self, plural: &str, why: &str) {
        if NEEDED.contains(&plural) {
            let mut first = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
            first.get_or_insert_with(|| format!("{plural}: {why}"));
            self.0.1.notify_waiters();
        }
    }
}

impl Narrow {
    /// The client, over one that sees everything.
    pub(crate) fn client(self, whole: &Client, refused: &Refused) -> Client {
        let namespace = whole.default_namespace().to_owned();
        let (whole, refused, narrow) = (whole.clone(), refused.clone(), Arc::new(self));
        let service = tower::service_fn(move |request: Request<Body>| {
            let (whole, refused, narrow) = (whole.clone(), refused.clone(), narrow.clone());
            async move { answer(&whole, &refused, &narrow, request).await }
        });
        Client::new(service, namespace)
    }
}

async fn answer(
    whole: &Client,
    refused: &Refused,
    narrow: &Narrow,
    request: Request<Body>,
) -> Result<Answer, BoxError> {
    if request.method() != Method::GET {
        return refusal();
    }
    let query = request.uri().query().unwrap_or_default().to_owned();
    if query.split('&').any(|pair| pair == "watch=true") {
        return Ok(Response::new(silence()));
    }
    let path = request.uri().path().to_owned();
    let plural = path.rsplit('/').next().unwrap_or_default().to_owned();
    let (mut parts, body) = request.into_parts();
    parts.uri = format!("{path}?{}", narrow.query(&plural, &query)).parse()?;
    let answer = whole.send(Request::from_parts(parts, body)).await;
    match &answer {
        Err(error) => refused.note(&plural, &error.to_string()),
        Ok(answer) if !answer.status().is_success() => refused.note(&plural, answer.status().as_str()),
        Ok(_) => {}
    }
    Ok(answer?.map(|body| body.map_err(Into::into).boxed_unsync()))
}

impl Narrow {
    /// The query with what is to be left out.
    fn query(&self, plural: &str, query: &str) -> String {
        let labels = self.labels.get(plural).map(|more| ("labelSelector", more));
        let fields = self.fields.get(plural).map(|more| ("fieldSelector", more));
        labels.into_iter().chain(fields).fold(query.to_owned(), |query, (key, more)| with(&query, key, more))
    }
}

/// A query in which that selector asks for more.
fn with(query: &str, key: &str, more: &str) -> String {
    let mut pairs: Vec<String> = query.split('&').filter(|pair| !pair.is_empty()).map(str::to_owned).collect();
    let prefix = format!("{key}=");
    match pairs.iter_mut().find(|pair| pair.starts_with(&prefix)) {
        Some(pair) => {
            pair.push_str("%2C");
            pair.push_str(&encoded(more));
        }
        None => pairs.push(format!("{prefix}{}", encoded(more))),
    }
    pairs.join("&")
}

fn encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

fn refusal() -> Result<Answer, BoxError> {
    let status = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Forbidden", "code": 403,
        "message": "nothing is written here"});
    let body = Full::from(serde_json::to_vec(&status)?).map_err(Into::into).boxed_unsync();
    Ok(Response::builder().status(StatusCode::FORBIDDEN).body(body)?)
}

/// A body that never ends and never says anything.
fn silence() -> UnsyncBoxBody<Bytes, BoxError> {
    StreamBody::new(futures::stream::pending::<Result<Frame<Bytes>, BoxError>>()).boxed_unsync()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_are_added_to_those_that_are_there() {
        let labels = BTreeMap::from([("pods", "app in (a,b)".to_owned())]);
        let fields = BTreeMap::from([("rollouts", "metadata.name=shop".to_owned())]);
        let narrow = Narrow { labels, fields };
        for (plural, query, expected) in [
            ("pods", "limit=500&labelSelector=hash", "limit=500&labelSelector=hash%2Capp%20in%20%28a%2Cb%29"),
            ("rollouts", "", "fieldSelector=metadata.name%3Dshop"),
            ("services", "limit=500", "limit=500"),
        ] {
            assert_eq!(narrow.query(plural, query), expected);
        }
    }
}
