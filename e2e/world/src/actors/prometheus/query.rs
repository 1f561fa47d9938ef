//! What is asked.

use bytes::Bytes;
use http::Request;
use reqwest::Url;

/// A request to the query API.
#[derive(Debug, Default)]
pub(super) struct Query {
    pub(super) text: String,
    /// When it is evaluated, or the end of its range.
    pub(super) time: f64,
    /// Start and step of its range, in seconds.
    pub(super) range: Option<(f64, f64)>,
}

impl Query {
    /// From a form in the body or from the address.
    pub(super) fn of(request: &Request<Bytes>) -> Self {
        let body = String::from_utf8_lossy(request.body());
        let form = if body.is_empty() { request.uri().query().unwrap_or_default() } else { &body };
        let mut query = Self::default();
        let (mut start, mut step) = (None, None);
        let Ok(form) = Url::parse(&format!("http://prometheus/?{form}")) else { return query };
        for (name, value) in form.query_pairs() {
            match &*name {
                "query" => query.text = value.into_owned(),
                "time" | "end" => query.time = value.parse().unwrap_or_default(),
                "start" => start = value.parse().ok(),
                "step" => step = value.trim_end_matches('s').parse().ok(),
                _ => {}
            }
        }
        let is_range = request.uri().path().ends_with("/query_range");
        query.range = start.zip(step).filter(|_| is_range);
        query
    }
}
