//! Gets the body of an answer, or the sentence that says why there is none.
//!
//! Every answer is read under a limit of bytes and of time, and anything that is not an answer is an error: there is no
//! way from a broken server to a value.

use std::{error::Error, fmt, time::Duration};

use bytes::Bytes;
use http::Request;
use reqwest::{Response, Url};
use tower::{BoxError, ServiceExt};

use super::{Answer, Http, Keep};

/// What messages say of a kind of server.
#[derive(Debug)]
pub(crate) struct Kind {
    /// What it is called.
    pub(super) name: &'static str,
    /// What to do where it is slow; empty where nothing can be done.
    pub(super) slow: &'static str,
    /// What to do where it says too much.
    pub(super) large: &'static str,
    /// Finds its own words in the body of a refusal.
    pub(super) refusal: fn(&[u8]) -> Option<String>,
}

/// One server, as messages call it.
#[derive(Debug, Clone)]
pub struct Server {
    /// What is there.
    kind: &'static Kind,
    /// Where, without credentials.
    address: String,
}

impl Server {
    /// The server of that kind behind an address.
    pub(super) fn new(kind: &'static Kind, address: &Url) -> Self {
        Self { kind, address: shown(address) }
    }

    /// An answer that makes no sense, or not the sense a metric needs.
    pub(super) fn unreadable(&self, why: impl Into<String>) -> MeasureError {
        MeasureError::Unreadable { server: self.clone(), why: why.into() }
    }

    fn unreachable(&self, error: BoxError) -> MeasureError {
        MeasureError::Unreachable { server: self.clone(), why: innermost(&*error), source: error }
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.kind.name, self.address)
    }
}

/// An address fit for messages: without credentials, and without what is asked.
fn shown(address: &Url) -> String {
    let mut shown = address.clone();
    // Both fail only for addresses that cannot carry credentials.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    shown.set_query(None);
    shown.set_fragment(None);
    shown.as_str().trim_end_matches('/').to_owned()
}

/// Why there is no answer. Each says which server, what it did, and is fit for a status message.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    /// No connection, or it broke.
    #[error("reach {server}: {why}")]
    Unreachable {
        /// The server.
        server: Server,
        /// The innermost cause.
        why: String,
        /// The client's own error.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The time for an answer passed.
    #[error("no answer from {server} within {limit:?}{}", hint(server.kind.slow))]
    Slow {
        /// The server.
        server: Server,
        /// How long it was given.
        limit: Duration,
    },
    /// An answer that says no.
    #[error("{server} answered {status}: {excerpt}")]
    Refused {
        /// The server.
        server: Server,
        /// The HTTP status.
        status: u16,
        /// The server's own words, or the beginning of the body.
        excerpt: String,
    },
    /// An answer that goes on and on.
    #[error("answer of {server} is larger than {limit} bytes{}", hint(server.kind.large))]
    TooLarge {
        /// The server.
        server: Server,
        /// The most that is read.
        limit: usize,
    },
    /// An answer that makes no sense, or not the sense a metric needs.
    #[error("answer of {server} is of no use: {why}")]
    Unreadable {
        /// The server.
        server: Server,
        /// What is wrong with it.
        why: String,
    },
    /// Credentials that could not be read, although they may be there.
    #[error("read {keep}: {why}")]
    Vault {
        /// Where they are kept.
        keep: Keep,
        /// The innermost cause.
        why: String,
        /// The vault's own error.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// Credentials that are not there, or cannot be used.
    #[error("{0}")]
    Credentials(String),
}

impl MeasureError {
    pub(super) fn vault(keep: &Keep, error: BoxError) -> Self {
        Self::Vault { keep: keep.clone(), why: innermost(&*error), source: error }
    }

    /// The same error with what a server said put through `redact`.
    pub(super) fn redacted(mut self, redact: impl Fn(&str) -> String) -> Self {
        if let Self::Refused { excerpt: words, .. } | Self::Unreadable { why: words, .. } = &mut self {
            *words = redact(words);
        }
        self
    }
}

#[cfg(test)]
impl MeasureError {
    /// What a Prometheus at that address is to a measurement while it says nothing.
    pub(crate) fn slow(address: &str, limit: Duration) -> Self {
        let server = Server { kind: &super::prometheus::KIND, address: address.to_owned() };
        Self::Slow { server, limit }
    }
}

fn hint(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("; {text}") }
}

/// The innermost cause is the one that helps ("connection refused"); the layers above only repeat the address.
fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

/// Does what is asked of a server, for so long and no longer.
pub(super) async fn within(
    limit: Duration,
    server: &Server,
    work: impl Future<Output = Result<Answer, MeasureError>>,
) -> Result<Answer, MeasureError> {
    match tokio::time::timeout(limit, work).await {
        Ok(answer) => answer,
        Err(_) => Err(MeasureError::Slow { server: server.clone(), limit }),
    }
}

/// Sends a request.
pub(super) async fn send(
    http: &Http,
    request: http::Result<Request<Bytes>>,
    server: &Server,
) -> Result<Response, MeasureError> {
    let request = request.map_err(|error| server.unreachable(error.into()))?;
    http.clone().oneshot(request).await.map_err(|error| server.unreachable(error))
}

/// Sends a request, and gives the body of a good answer.
pub(super) async fn answer(
    http: &Http,
    request: http::Result<Request<Bytes>>,
    server: &Server,
    limit: usize,
) -> Result<Vec<u8>, MeasureError> {
    body(send(http, request, server).await?, server, limit).await
}

/// The body of a good answer.
pub(super) async fn body(mut response: Response, server: &Server, limit: usize) -> Result<Vec<u8>, MeasureError> {
    let status = response.status();
    if !status.is_success() {
        let (start, _) = read(&mut response, server, REFUSAL_LIMIT).await?;
        let excerpt = excerpt(&start, server.kind);
        return Err(MeasureError::Refused { server: server.clone(), status: status.as_u16(), excerpt });
    }
    match read(&mut response, server, limit).await? {
        (body, true) => Ok(body),
        (_, false) => Err(MeasureError::TooLarge { server: server.clone(), limit }),
    }
}

/// How much of a refusal is read: enough for the explanation of a long query's mistake.
const REFUSAL_LIMIT: usize = 64 << 10;

/// How much of a server's own explanation is shown.
const EXPLANATION: usize = 2000;

/// How much of any other refusal is shown.
const EXCERPT: usize = 200;

/// Reads chunk by chunk, at most `limit` bytes; says whether that was all.
async fn read(response: &mut Response, server: &Server, limit: usize) -> Result<(Vec<u8>, bool), MeasureError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| server.unreachable(error.without_url().into()))? {
        if body.len() + chunk.len() > limit {
            return Ok((body, false));
        }
        body.extend_from_slice(&chunk);
    }
    Ok((body, true))
}

/// What a refusal says: the server's own explanation where there is one, else how the body begins.
fn excerpt(body: &[u8], kind: &Kind) -> String {
    if let Some(own) = (kind.refusal)(body) {
        return beginning(own, EXPLANATION);
    }
    let line = String::from_utf8_lossy(body).split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() { "nothing".to_owned() } else { beginning(line, EXCERPT) }
}

/// So many bytes of a text, and whether there are more.
pub(super) fn beginning(text: String, bytes: usize) -> String {
    match text.get(..text.floor_char_boundary(bytes)) {
        Some(start) if start.len() < text.len() => format!("{start}…"),
        _ => text,
    }
}
