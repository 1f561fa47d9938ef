//! Checks a query before it is ever sent.

use std::time::Duration;

use jiff::SignedDuration;
use reqwest::{
    Url,
    header::{HeaderName, HeaderValue},
};
use sluice_crds::{Authentication, Header, PrometheusMetric, PrometheusRange};

use super::{Moment, PrometheusQuery, Range};
use sluice_crds::{Violation, duration};

/// What the controller fills in where a metric is silent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Defaults {
    /// The Prometheus server of metrics without an address.
    pub prometheus_address: Option<String>,
}

/// How long an answer is waited for where the metric does not say.
const TIMEOUT: Duration = Duration::from_secs(30);

impl PrometheusQuery {
    /// Checks a query. Any violation is added to `violations`, with its field seen from the metric.
    pub(crate) fn parse(
        metric: &PrometheusMetric,
        defaults: &Defaults,
        violations: &mut Vec<Violation>,
    ) -> Option<Self> {
        let mut found: Vec<Violation> =
            metric.unknown.keys().map(|name| Violation::new(name, "there is no such field")).collect();
        let mut note = |field: &str, message: String| found.push(Violation::new(field, message));

        let address = address(metric, defaults).map_err(|message| note("address", message)).ok();
        let query = metric.query.clone().filter(|query| !query.trim().is_empty());
        if query.is_none() {
            note("query", "is missing".to_owned());
        }
        let timeout = timeout(metric.timeout).map_err(|message| note("timeout", message)).ok();
        let headers = headers(&metric.headers, &mut found);
        let range = metric.range_query.as_ref().and_then(|range| range_of(range, &mut found));
        refuse_unsupported(metric.authentication.as_ref(), &mut found);

        let sound = found.is_empty();
        violations.extend(found.into_iter().map(|violation| violation.within("provider.prometheus")));
        let query =
            Self { address: address?, query: query?, range, timeout: timeout?, insecure: metric.insecure, headers };
        sound.then_some(query)
    }
}

/// The server's address, with the name and password of basic authentication in it.
fn address(metric: &PrometheusMetric, defaults: &Defaults) -> Result<Url, String> {
    let own = metric.address.as_deref().filter(|address| !address.is_empty());
    let text = own.or(defaults.prometheus_address.as_deref()).ok_or("is missing, and the controller has no default")?;
    // The path of the API is put behind the address, so a slash at its end would be doubled.
    let mut url = Url::parse(text.trim_end_matches('/')).map_err(|error| format!("{text:?} is no address: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(format!("{text:?} must begin with http:// or https:// and name a host"));
    }
    if let Some(basic) = metric.authentication.as_ref().and_then(|authentication| authentication.basic_auth.as_ref()) {
        let set = url.set_username(basic.username.as_deref().unwrap_or_default());
        set.and_then(|()| url.set_password(basic.password.as_deref()))
            .map_err(|()| format!("{text:?} cannot carry a user name"))?;
    }
    Ok(url)
}

fn timeout(seconds: Option<i64>) -> Result<Duration, String> {
    match seconds.map(u64::try_from) {
        None => Ok(TIMEOUT),
        Some(Ok(seconds)) if seconds > 0 => Ok(Duration::from_secs(seconds)),
        Some(_) => Err("must be at least 1 second".to_owned()),
    }
}

fn headers(headers: &[Header], violations: &mut Vec<Violation>) -> Vec<(HeaderName, HeaderValue)> {
    let mut parsed = Vec::new();
    for (index, Header { key, value }) in headers.iter().enumerate() {
        match (key.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
            (Ok(name), Ok(mut value)) => {
                value.set_sensitive(true);
                parsed.push((name, value));
            }
            (Err(_), _) => {
                violations.push(Violation::new(format!("headers[{index}].key"), format!("{key:?} is no header name")));
            }
            // The value may be secret: it is not shown.
            (Ok(_), Err(_)) => violations
                .push(Violation::new(format!("headers[{index}].value"), "holds characters no header may have")),
        }
    }
    parsed
}

fn range_of(range: &PrometheusRange, violations: &mut Vec<Violation>) -> Option<Range> {
    let mut note = |field: &str, message: String| {
        violations.push(Violation::new(format!("rangeQuery.{field}"), message));
    };
    let moment = |text: &Option<String>| Moment::parse(text.as_deref().unwrap_or_default());
    let start = moment(&range.start).map_err(|message| note("start", message)).ok();
    let end = moment(&range.end).map_err(|message| note("end", message)).ok();
    let step = step(range.step.as_deref().unwrap_or_default()).map_err(|message| note("step", message)).ok();
    Some(Range { start: start?, end: end?, step: step? })
}

fn step(text: &str) -> Result<SignedDuration, String> {
    let step = duration::parse(text).map_err(|error| error.to_string())?;
    if step.is_positive() { Ok(step) } else { Err("must be above 0".to_owned()) }
}

fn refuse_unsupported(authentication: Option<&Authentication>, violations: &mut Vec<Violation>) {
    let Some(authentication) = authentication else {
        return;
    };
    let set = [("sigv4", authentication.sigv4.is_some()), ("oauth2", authentication.oauth2.is_some())];
    for (name, _) in set.into_iter().filter(|(_, set)| *set) {
        let message = "is not supported yet by Sluice; use basicAuth or headers";
        violations.push(Violation::new(format!("authentication.{name}"), message));
    }
    for name in authentication.unknown.keys() {
        violations.push(Violation::new(format!("authentication.{name}"), "there is no such field"));
    }
}
