//! Where a metric is measured: the one provider that its spec names.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sluice_crds::{MetricProvider, Violation};

use crate::job::JobSource;
use crate::pods::PodsSource;
use crate::provider::{
    Answer, Clients, MeasureError,
    cloud_watch::{self, CloudWatchQuery},
    datadog::{self, DatadogQuery},
    graphite::{self, GraphiteQuery},
    influxdb::{self, InfluxdbQuery},
    new_relic::{self, NewRelicQuery},
    prometheus::{self, Defaults, PrometheusQuery},
    web::{self, WebQuery},
};

/// Where a metric is measured.
#[derive(Debug, Clone)]
pub enum Source {
    /// A server that is asked.
    Query(Box<Query>),
    /// A Job that is made in the cluster.
    Job(JobSource),
    /// Pods of two revisions, as the cluster has them.
    Pods(PodsSource),
}

/// A server, and what it is asked.
#[derive(Debug, Clone)]
pub enum Query {
    /// A Prometheus server.
    Prometheus(PrometheusQuery),
    /// Any HTTP server.
    Web(WebQuery),
    /// Datadog.
    Datadog(DatadogQuery),
    /// New Relic.
    NewRelic(NewRelicQuery),
    /// AWS CloudWatch.
    CloudWatch(CloudWatchQuery),
    /// Graphite.
    Graphite(GraphiteQuery),
    /// InfluxDB.
    Influxdb(InfluxdbQuery),
}

impl Source {
    /// Checks a provider. Any violation is added to `violations`, with its field seen from the metric.
    pub(crate) fn parse(
        provider: &MetricProvider,
        defaults: &Defaults,
        violations: &mut Vec<Violation>,
    ) -> Option<Self> {
        let unknown = provider.unknown.keys();
        violations.extend(unknown.map(|name| Violation::new(format!("provider.{name}"), "there is no such provider")));
        let unsupported = unsupported(provider);
        violations.extend(unsupported.iter().map(|name| {
            let message = format!("provider {name} is not supported by Sluice; use another");
            Violation::new(format!("provider.{name}"), message)
        }));
        let (mut names, mut sources): (Vec<_>, Vec<_>) = of_each(provider, defaults, violations).into_iter().unzip();
        names.extend(unsupported);
        match names.as_slice() {
            [] if provider.unknown.is_empty() => {
                violations.push(Violation::new("provider", "is empty; name one, such as prometheus"));
                None
            }
            [] | [_] => sources.pop().flatten(),
            several => {
                let message = format!("has more than one provider: {}; keep one", several.join(", "));
                violations.push(Violation::new("provider", message));
                None
            }
        }
    }

    /// What status records beside the values.
    pub(crate) fn metadata(&self) -> BTreeMap<String, String> {
        let Self::Query(query) = self else { return BTreeMap::new() };
        match query.as_ref() {
            Query::Prometheus(query) => query.metadata(),
            _ => BTreeMap::new(),
        }
    }
}

impl Query {
    /// Asks for a value. Never takes longer than the provider's timeout.
    pub(crate) async fn ask(&self, clients: &Clients, now: Timestamp) -> Result<Answer, MeasureError> {
        match self {
            Self::Prometheus(query) => prometheus::measure(clients, query, now).await,
            Self::Web(query) => web::measure(clients, query, now).await,
            Self::CloudWatch(query) => cloud_watch::measure(clients, query, now).await,
            Self::Datadog(query) => datadog::measure(clients, query, now).await,
            Self::NewRelic(query) => new_relic::measure(clients, query).await,
            Self::Graphite(query) => graphite::measure(clients, query).await,
            Self::Influxdb(query) => influxdb::measure(clients, query).await,
        }
    }
}

/// Each provider that is set, by name, with what it comes to.
fn of_each(
    provider: &MetricProvider,
    defaults: &Defaults,
    violations: &mut Vec<Violation>,
) -> Vec<(&'static str, Option<Source>)> {
    let mut found: Vec<(&str, Option<Query>)> = Vec::new();
    if let Some(metric) = &provider.prometheus {
        found.push(("prometheus", PrometheusQuery::parse(metric, defaults, violations).map(Query::Prometheus)));
    }
    if let Some(metric) = &provider.web {
        found.push(("web", WebQuery::parse(metric, violations).map(Query::Web)));
    }
    if let Some(metric) = &provider.datadog {
        found.push(("datadog", DatadogQuery::parse(metric, violations).map(Query::Datadog)));
    }
    if let Some(metric) = &provider.new_relic {
        found.push(("newRelic", NewRelicQuery::parse(metric, violations).map(Query::NewRelic)));
    }
    if let Some(metric) = &provider.cloud_watch {
        found.push(("cloudWatch", CloudWatchQuery::parse(metric, violations).map(Query::CloudWatch)));
    }
    if let Some(metric) = &provider.graphite {
        found.push(("graphite", GraphiteQuery::parse(metric, violations).map(Query::Graphite)));
    }
    if let Some(metric) = &provider.influxdb {
        found.push(("influxdb", InfluxdbQuery::parse(metric, violations).map(Query::Influxdb)));
    }
    let queries = found.into_iter().map(|(name, query)| (name, query.map(|query| Source::Query(Box::new(query)))));
    let mut sources: Vec<_> = queries.collect();
    sources.extend(provider.job.iter().map(|metric| ("job", JobSource::parse(metric, violations).map(Source::Job))));
    sources
        .extend(provider.pods.iter().map(|metric| ("pods", PodsSource::parse(metric, violations).map(Source::Pods))));
    sources
}

/// The providers that are set and that Sluice does not have.
fn unsupported(provider: &MetricProvider) -> Vec<&'static str> {
    let set = [
        ("kayenta", provider.kayenta.is_some()),
        ("wavefront", provider.wavefront.is_some()),
        ("skywalking", provider.skywalking.is_some()),
        ("plugin", !provider.plugin.is_empty()),
    ];
    set.into_iter().filter_map(|(name, set)| set.then_some(name)).collect()
}
