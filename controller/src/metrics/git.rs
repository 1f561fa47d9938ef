//! Requests to git servers, by the names that dashboards know.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use sluice_render::Meter;

use super::register::put;

/// `repo` and `request_type`.
type OfRequest = [(&'static str, String); 2];

/// Requests to git servers. A clone counts on the same series.
#[derive(Clone, Debug)]
pub struct GitRequests {
    count: Family<OfRequest, Counter>,
    seconds: Family<OfRequest, Histogram>,
}

impl Default for GitRequests {
    fn default() -> Self {
        let seconds: fn() -> Histogram = || Histogram::new([0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 10.0, 20.0]);
        Self { count: Family::default(), seconds: Family::new_with_constructor(seconds) }
    }
}

impl GitRequests {
    /// What counts them here.
    pub fn meter(&self) -> Meter {
        let series = self.clone();
        Meter::new(move |repository, request, time| {
            let labels = [("repo", repository.to_owned()), ("request_type", request.label().to_owned())];
            series.count.get_or_create(&labels).inc();
            series.seconds.get_or_create(&labels).observe(time.as_secs_f64());
        })
    }

    pub(super) fn on(&self, page: &mut Registry) {
        put(page, "argocd_git_request", "Requests to git servers", self.count.clone());
        put(page, "argocd_git_request_duration_seconds", "Seconds of a request to a git server", self.seconds.clone());
    }
}
