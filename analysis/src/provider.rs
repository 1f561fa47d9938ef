//! Where numbers come from. The only part of this crate that does I/O.

use std::{collections::BTreeMap, fmt::Write, time::Duration};

use bytes::Bytes;
use tower::{BoxError, util::BoxCloneSyncService};

use crate::condition::Value;

mod auth;
mod aws;
pub(crate) mod checks;
pub mod cloud_watch;
pub mod credentials;
pub mod datadog;
#[cfg(test)]
pub(crate) mod fake;
mod fetch;
pub mod graphite;
pub mod influxdb;
mod kept;
pub mod new_relic;
mod oauth2;
pub mod prometheus;
mod sigv4;
pub mod web;

pub use credentials::{Keep, TEXT, Vault};
pub use fetch::MeasureError;

/// What a source answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The value the conditions judge.
    pub value: Value,
    /// The value as status records it.
    pub text: String,
    /// What else is worth recording, such as warnings.
    pub metadata: BTreeMap<String, String>,
    /// The numbers of series that the label [`ARM`] tells apart, by that label.
    pub arms: BTreeMap<String, f64>,
}

/// The label by which the counters of two versions come back from one query.
pub const ARM: &str = "sluice_arm";

/// Sends one request and gives its answer: over the network, or to a simulated server.
pub type Http = BoxCloneSyncService<http::Request<Bytes>, reqwest::Response, BoxError>;

/// Sends requests over the network. Credentials in an address go into the header made for them.
pub fn network(client: reqwest::Client) -> Http {
    Http::new(tower::service_fn(move |request| send(client.clone(), request)))
}

async fn send(client: reqwest::Client, request: http::Request<Bytes>) -> Result<reqwest::Response, BoxError> {
    let (parts, body) = request.into_parts();
    let builder = client.request(parts.method, parts.uri.to_string()).headers(parts.headers).body(body);
    Ok(builder.send().await.map_err(reqwest::Error::without_url)?)
}

/// A client of services that need credentials: it follows no redirects, which could carry those to another host.
pub fn client() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent("sluice")
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(10))
}

/// The HTTP clients all measurements share: one that checks certificates and one that does not.
#[derive(Debug, Clone)]
pub struct Clients {
    strict: Http,
    insecure: Http,
    vault: Vault,
    tokens: oauth2::Tokens,
    roles: kept::Kept<aws::Role, sigv4::Keys>,
    answer_limit: usize,
}

/// The longest answer read, in bytes, unless the caller sets another limit.
pub const ANSWER_LIMIT: usize = 10 << 20;

impl Clients {
    /// Builds both clients, reading at most [`ANSWER_LIMIT`] bytes of an answer.
    /// Assumes that the process has installed a rustls crypto provider.
    pub fn new() -> Result<Self, reqwest::Error> {
        Ok(Self {
            strict: network(client().build()?),
            insecure: network(client().tls_danger_accept_invalid_certs(true).build()?),
            vault: credentials::empty(),
            tokens: oauth2::Tokens::default(),
            roles: kept::Kept::default(),
            answer_limit: ANSWER_LIMIT,
        })
    }

    /// Sends every request to `http`, such as a simulated server.
    pub fn over(http: Http) -> Self {
        Self {
            strict: http.clone(),
            insecure: http,
            vault: credentials::empty(),
            tokens: oauth2::Tokens::default(),
            roles: kept::Kept::default(),
            answer_limit: ANSWER_LIMIT,
        }
    }

    /// The same clients with another limit on the length of an answer.
    pub fn with_answer_limit(self, answer_limit: usize) -> Self {
        Self { answer_limit, ..self }
    }

    /// The same clients with a place where credentials are kept.
    pub fn with_vault(self, vault: Vault) -> Self {
        Self { vault, ..self }
    }

    /// The client that checks certificates, or the one that takes any.
    fn http(&self, insecure: bool) -> &Http {
        if insecure { &self.insecure } else { &self.strict }
    }
}

/// How much of a value that is no number is written into status.
const SHOWN: usize = 1000;

impl Answer {
    /// Numbers as the value.
    fn of_list(numbers: Vec<f64>) -> Self {
        let mut text = numbers.iter().take(SHOWN_NUMBERS).map(|number| shown(*number)).collect::<Vec<_>>().join(",");
        if let Some(more) = numbers.len().checked_sub(SHOWN_NUMBERS).filter(|more| *more > 0) {
            // Writing to a string cannot fail.
            let _ = write!(text, ",…{more} more");
        }
        Self { value: numbers.into(), text: format!("[{text}]"), metadata: BTreeMap::new(), arms: BTreeMap::new() }
    }

    /// A number as the value, or nil.
    fn of_number(number: Option<f64>) -> Self {
        let (value, text) = match number {
            Some(number) => (Value::Float(number), shown(number)),
            None => (Value::Nil, "null".to_owned()),
        };
        Self { value, text, metadata: BTreeMap::new(), arms: BTreeMap::new() }
    }

    /// JSON as the value: every number is a float, and status has it as it is written.
    fn of_json(json: serde_json::Value) -> Self {
        let text = fetch::beginning(json.to_string(), SHOWN);
        Self { value: json.into(), text, metadata: BTreeMap::new(), arms: BTreeMap::new() }
    }
}

/// The most numbers that are written into status. The conditions see all of them.
const SHOWN_NUMBERS: usize = 100;

/// A number as Prometheus writes it.
fn shown(number: f64) -> String {
    if number.is_infinite() { format!("{}Inf", if number > 0.0 { '+' } else { '-' }) } else { number.to_string() }
}
