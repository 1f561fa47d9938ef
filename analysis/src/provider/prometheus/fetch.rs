//! Gets the body of an answer, or the sentence that says why there is none.

use std::{error::Error, time::Duration};

use reqwest::Response;
use tower::BoxError;

use super::answer;

/// Why there is no answer. Each says which server, what it did, and is fit for a status message.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    /// No connection, or it broke.
    #[error("reach Prometheus at {address}: {why}")]
    Unreachable {
        /// The server, without credentials.
        address: String,
        /// The innermost cause.
        why: String,
        /// The client's own error.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The query's timeout passed.
    #[error("no answer from Prometheus at {address} within {limit:?}; see the provider's timeout")]
    Slow {
        /// The server, without credentials.
        address: String,
        /// How long it was given.
        limit: Duration,
    },
    /// An answer that says no.
    #[error("Prometheus at {address} answered {status}: {excerpt}")]
    Refused {
        /// The server, without credentials.
        address: String,
        /// The HTTP status.
        status: u16,
        /// Prometheus' own words, or the beginning of the body.
        excerpt: String,
    },
    /// An answer that goes on and on.
    #[error("answer of Prometheus at {address} is larger than {limit} bytes; aggregate in the query")]
    TooLarge {
        /// The server, without credentials.
        address: String,
        /// The most that is read.
        limit: usize,
    },
    /// An answer that makes no sense, or not the sense a metric needs.
    #[error("answer of Prometheus at {address} is of no use: {why}")]
    Unreadable {
        /// The server, without credentials.
        address: String,
        /// What is wrong with it.
        why: String,
    },
}

impl MeasureError {
    pub(super) fn unreachable(address: &str, error: BoxError) -> Self {
        Self::Unreachable { address: address.to_owned(), why: innermost(&*error), source: error }
    }

    pub(super) fn unreadable(address: &str, why: String) -> Self {
        Self::Unreadable { address: address.to_owned(), why }
    }
}

/// The innermost cause is the one that helps ("connection refused"); the layers above only repeat the address.
fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

/// The body of a good answer.
pub(super) async fn body(mut response: Response, address: &str, limit: usize) -> Result<Vec<u8>, MeasureError> {
    let status = response.status();
    if !status.is_success() {
        let (start, _) = read(&mut response, address, REFUSAL_LIMIT).await?;
        let excerpt = excerpt(&start);
        return Err(MeasureError::Refused { address: address.to_owned(), status: status.as_u16(), excerpt });
    }
    match read(&mut response, address, limit).await? {
        (body, true) => Ok(body),
        (_, false) => Err(MeasureError::TooLarge { address: address.to_owned(), limit }),
    }
}

/// How much of a refusal is read: enough for Prometheus' explanation of a long query's mistake.
const REFUSAL_LIMIT: usize = 64 << 10;

/// How much of a refusal is shown.
const EXCERPT: usize = 200;

/// Reads chunk by chunk, at most `limit` bytes; says whether that was all.
async fn read(response: &mut Response, address: &str, limit: usize) -> Result<(Vec<u8>, bool), MeasureError> {
    let mut body = Vec::new();
    while let Some(chunk) =
        response.chunk().await.map_err(|error| MeasureError::unreachable(address, error.without_url().into()))?
    {
        if body.len() + chunk.len() > limit {
            return Ok((body, false));
        }
        body.extend_from_slice(&chunk);
    }
    Ok((body, true))
}

/// What a refusal says: Prometheus' own explanation where there is one, else how the body begins.
fn excerpt(body: &[u8]) -> String {
    answer::refusal(body).unwrap_or_else(|| {
        let text = String::from_utf8_lossy(body);
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        match line.char_indices().find(|(at, c)| at + c.len_utf8() > EXCERPT) {
            Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
            None if line.is_empty() => "nothing".to_owned(),
            None => line,
        }
    })
}
