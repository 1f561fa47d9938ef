//! Where numbers come from. The only part of this crate that does I/O.

use std::{collections::BTreeMap, time::Duration};

use crate::condition::Value;

pub mod prometheus;

/// What a source answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The value the conditions judge.
    pub value: Value,
    /// The value as status records it.
    pub text: String,
    /// What else is worth recording, such as warnings.
    pub metadata: BTreeMap<String, String>,
}

/// The HTTP clients all measurements share: one that checks certificates and one that does not.
///
/// Neither follows redirects, which could carry credentials to another host.
/// Assumes that the process has installed a rustls crypto provider.
#[derive(Debug, Clone)]
pub struct Clients {
    strict: reqwest::Client,
    insecure: reqwest::Client,
    answer_limit: usize,
}

/// The longest answer read, in bytes, unless the caller sets another limit.
pub const ANSWER_LIMIT: usize = 10 << 20;

impl Clients {
    /// Builds both clients, reading at most [`ANSWER_LIMIT`] bytes of an answer.
    pub fn new() -> Result<Self, reqwest::Error> {
        let builder = || {
            reqwest::Client::builder()
                .user_agent("sluice")
                .redirect(reqwest::redirect::Policy::none())
                .connect_timeout(Duration::from_secs(10))
        };
        Ok(Self {
            strict: builder().build()?,
            insecure: builder().tls_danger_accept_invalid_certs(true).build()?,
            answer_limit: ANSWER_LIMIT,
        })
    }

    /// The same clients with another limit on the length of an answer.
    pub fn with_answer_limit(self, answer_limit: usize) -> Self {
        Self { answer_limit, ..self }
    }
}
