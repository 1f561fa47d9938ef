//! What Traefik counts of each Service, as PromQL: both versions can be told apart without a line of code in the application.
//!
//! Series `traefik_service_requests_total` and `traefik_service_request_duration_seconds_bucket`, whose label `service` is
//! `<namespace>-<service>-<port>@<provider>` (Traefik v3, "Metrics", section "Service metrics").

use jiff::{SignedDuration, Timestamp};

use crate::What;

/// Requests to one version: those to a Service, over a time.
#[derive(Clone, Copy, Debug)]
pub struct Arm<'a> {
    /// The namespace of the Service.
    pub namespace: &'a str,
    /// Its name.
    pub service: &'a str,
    /// What its ports may be called; none: any word without a dash.
    pub ports: &'a [String],
    /// Over which time.
    pub window: SignedDuration,
    /// Which time that is.
    pub when: When,
}

/// Which time is looked at.
#[derive(Clone, Copy, Debug)]
pub enum When {
    /// The one that ends now, of which nothing before that moment counts: the Service had another version then.
    Since(Timestamp),
    /// The one that ended at that moment.
    Until(Timestamp),
}

impl Arm<'_> {
    /// How many requests it answered.
    pub fn requests(&self) -> String {
        format!("sum(increase({}))", self.series("requests_total", ""))
    }

    /// What the trigger is about, as one number; `None` where Traefik counts nothing of the kind.
    pub fn number(&self, what: &What) -> Option<String> {
        match what {
            What::HealthChecks { .. } => None,
            What::ErrorRate { .. } => {
                let failed = format!("sum(increase({}))", self.series("requests_total", ",code=~\"5..\""));
                Some(format!("({failed} or vector(0)) / ({} > 0)", self.requests()))
            }
            What::ResponseTime { quantile, .. } => {
                let buckets = self.series("request_duration_seconds_bucket", "");
                Some(format!("histogram_quantile({quantile}, sum by (le) (rate({buckets})))"))
            }
        }
    }

    fn series(&self, name: &str, more: &str) -> String {
        let Self { namespace, service, .. } = self;
        let port = if self.ports.is_empty() { "[^-]+".to_owned() } else { format!("({})", self.ports.join("|")) };
        let series = format!("traefik_service_{name}{{service=~\"{namespace}-{service}-{port}@.+\"{more}}}");
        let window = self.window.as_secs().max(1);
        match self.when {
            When::Until(moment) => format!("{series}[{window}s]{}", at(Some(moment))),
            // Of the counters as they stood at each moment only those that were read since.
            When::Since(moment) => {
                let (moment, step) = (moment.as_second(), (window / MOMENTS).clamp(1, LONGEST_STEP));
                format!("({series} and timestamp({series}) >= {moment})[{window}s:{step}s]")
            }
        }
    }
}

/// The most seconds between two of these moments: it takes two of them until anything is known.
const LONGEST_STEP: i64 = 10;

/// At so many moments of a time the counters are looked at: each is a part of the time that more or less may be counted.
const MOMENTS: i64 = 60;

/// PromQL's way to look back at a moment.
pub(crate) fn at(until: Option<Timestamp>) -> String {
    until.map(|until| format!(" @ {}", until.as_second())).unwrap_or_default()
}
