//! Checks a query before it is ever sent.

use std::time::Duration;

use jiff::SignedDuration;
use reqwest::Url;
use sluice_crds::{PrometheusMetric, PrometheusRange};

use super::{Moment, PrometheusQuery, Range};
use crate::provider::{auth::Auth, checks};
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
        let mut found = Vec::new();
        checks::unknown("", &metric.unknown, &mut found);
        let address = address(metric, defaults).map_err(|message| found.push(Violation::new("address", message))).ok();
        let query = checks::text("query", metric.query.as_deref(), &mut found);
        let timeout = checks::timeout(metric.timeout, TIMEOUT)
            .map_err(|message| found.push(Violation::new("timeout", message)))
            .ok();
        let headers = checks::headers(&metric.headers, &mut found);
        let range = metric.range_query.as_ref().and_then(|range| range_of(range, &mut found));
        let auth = Auth::parse(metric.authentication.as_ref(), Some("aps"), &mut found);
        if let Some(basic) =
            metric.authentication.as_ref().and_then(|authentication| authentication.basic_auth.as_ref())
        {
            checks::unknown("authentication.basicAuth", &basic.unknown, &mut found);
        }

        let sound = found.is_empty();
        violations.extend(found.into_iter().map(|violation| violation.within("provider.prometheus")));
        let query = Self {
            address: address?,
            query: query?,
            range,
            timeout: timeout?,
            insecure: metric.insecure,
            headers,
            auth,
        };
        sound.then_some(query)
    }
}

/// The server's address, with the name and password of basic authentication in it.
fn address(metric: &PrometheusMetric, defaults: &Defaults) -> Result<Url, String> {
    let own = metric.address.as_deref().filter(|address| !address.is_empty());
    let text = own.or(defaults.prometheus_address.as_deref()).ok_or("is missing, and the controller has no default")?;
    // The path of the API is put behind the address, so a slash at its end would be doubled.
    let mut url = checks::address(text.trim_end_matches('/'))?;
    if let Some(basic) = metric.authentication.as_ref().and_then(|authentication| authentication.basic_auth.as_ref()) {
        let set = url.set_username(basic.username.as_deref().unwrap_or_default());
        set.and_then(|()| url.set_password(basic.password.as_deref()))
            .map_err(|()| "cannot carry a user name".to_owned())?;
    }
    Ok(url)
}

fn range_of(range: &PrometheusRange, violations: &mut Vec<Violation>) -> Option<Range> {
    checks::unknown("rangeQuery", &range.unknown, violations);
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
