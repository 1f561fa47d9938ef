//! What the command line says, and what a file and the environment say in its place.

pub mod file;
mod gitops;

use std::time::Duration;

use clap::{Args, Parser, ValueEnum};
use sluice_crds::duration;
use sluice_dashboard::Root;
use sluice_otlp::Collector;

use crate::lease::{self, Times};
pub use gitops::Gitops;

/// What flags are about, as `--help` has it.
mod heading {
    pub(super) const CLUSTER: &str = "What it minds";
    pub(super) const ROUTERS: &str = "Routers";
    pub(super) const ELECTION: &str = "Who leads";
    pub(super) const WATCHING: &str = "Watching it";
    pub(super) const WORK: &str = "How much at the same time";
    pub(super) const GITOPS: &str = "Applications";
}

/// How to run the controller.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// A YAML file that says what flags say, by their names, such as `traefik-api: [http://traefik-api:8080]`. Flags and
    /// variables of the environment come before it.
    #[arg(long, value_name = "FILE")]
    pub config: Option<std::path::PathBuf>,
    /// Kubeconfig file; else KUBECONFIG or ~/.kube/config, else the pod's service account.
    #[arg(long, help_heading = heading::CLUSTER, value_name = "FILE")]
    pub kubeconfig: Option<std::path::PathBuf>,
    /// Mind one namespace only.
    #[arg(long, help_heading = heading::CLUSTER, value_name = "BOOL", default_value_t = false, num_args = 0..=1,
          default_missing_value = "true", action = clap::ArgAction::Set)]
    pub namespaced: bool,
    /// That namespace, with --namespaced; else the kubeconfig's or the pod's own.
    #[arg(long, help_heading = heading::CLUSTER, value_name = "NAMESPACE")]
    pub namespace: Option<String>,
    /// Mind only objects labelled with this controller instance; without it, only those without such a label.
    #[arg(long, help_heading = heading::CLUSTER, value_name = "ID")]
    pub instance_id: Option<String>,
    /// Namespaces whose rollback policies may be about Rollouts of other namespaces; all of them unless given. Whoever writes
    /// such a policy takes versions back there, or keeps others from doing it.
    #[arg(long, help_heading = heading::CLUSTER, value_name = "NAMESPACE", value_delimiter = ',')]
    pub rollback_policy_namespaces: Vec<String>,
    /// URL of Traefik's API, as seen from here. Its host is resolved to all its addresses, and each is one replica: a
    /// headless Service gives every Traefik pod. May be given more than once.
    #[arg(long, help_heading = heading::ROUTERS, value_name = "URL", value_delimiter = ',')]
    pub traefik_api: Vec<http::Uri>,
    /// Traefik's providersThrottleDuration: waited out twice after a change where no --traefik-api is given.
    #[arg(long, help_heading = heading::ROUTERS, value_name = "DURATION", default_value = "2s", value_parser = positive)]
    pub traefik_throttle: Duration,
    /// How long any other router is given to take up a change: twice this and a second are waited out once its objects are
    /// written and their status, where they have one, says that it knows.
    #[arg(long, help_heading = heading::ROUTERS, value_name = "DURATION", default_value = "2s", value_parser = positive)]
    pub router_throttle: Duration,
    /// API version of TCPRoute and TLSRoute objects; v1alpha2 before Gateway API 1.5.
    #[arg(long, help_heading = heading::ROUTERS, value_name = "VERSION", default_value = "v1")]
    pub gateway_stream_version: String,
    /// API group of TraefikService objects.
    #[arg(long, help_heading = heading::ROUTERS, value_name = "GROUP", default_value = "traefik.io")]
    pub traefik_api_group: String,
    /// Prometheus of the metrics and rollback policies that name none; else ARGO_ROLLOUTS_PROMETHEUS_ADDRESS says it.
    #[arg(long, help_heading = heading::WATCHING, value_name = "URL")]
    pub prometheus_address: Option<String>,
    /// Where /metrics is served.
    #[arg(long, help_heading = heading::WATCHING, alias = "metricsPort", alias = "metricsport", value_name = "PORT", default_value_t = 8090)]
    pub metrics_port: u16,
    /// Where /healthz and /readyz are served.
    #[arg(long, help_heading = heading::WATCHING, alias = "healthzPort", value_name = "PORT", default_value_t = 8080)]
    pub healthz_port: u16,
    /// Where the dashboard is served, to people who sign in with a bearer token of the cluster; nowhere unless given. It
    /// speaks plain HTTP: put what ends TLS before it.
    #[arg(long, help_heading = heading::WATCHING, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub dashboard_port: Option<u16>,
    /// The path that its pages are below, for a proxy that hands on what is below it, as it came.
    #[arg(long, help_heading = heading::WATCHING, value_name = "PATH", default_value = "", hide_default_value = true)]
    pub dashboard_root_path: Root,
    /// Lead only while holding a Lease, so that several replicas can run and one acts. A replica that loses it ends itself,
    /// to be started anew as a standby.
    #[arg(long, help_heading = heading::ELECTION, value_name = "BOOL", default_value_t = true, num_args = 0..=1, default_missing_value = "true",
          action = clap::ArgAction::Set)]
    pub leader_elect: bool,
    /// Namespace of the Lease; else --namespace, the kubeconfig's or the pod's own. Give the established controller's while
    /// you change over from it: the two then never act both.
    #[arg(long, help_heading = heading::ELECTION, value_name = "NAMESPACE")]
    pub leader_election_namespace: Option<String>,
    /// A Lease that was not renewed for so long is taken over.
    #[arg(long, help_heading = heading::ELECTION, value_name = "DURATION", default_value = "15s", value_parser = positive)]
    pub leader_election_lease_duration: Duration,
    /// A leader that could not renew for so long stops.
    #[arg(long, help_heading = heading::ELECTION, value_name = "DURATION", default_value = "10s", value_parser = positive)]
    pub leader_election_renew_deadline: Duration,
    /// How far apart a leader's renewals of the Lease are. Who waits to lead looks twice as often.
    #[arg(long, help_heading = heading::ELECTION, value_name = "DURATION", default_value = "2s", value_parser = positive)]
    pub leader_election_retry_period: Duration,
    /// What is logged: error, warn, info, debug or trace, or a filter like info,kube=debug.
    #[arg(long, help_heading = heading::WATCHING, value_name = "LEVEL", default_value = "info")]
    pub loglevel: String,
    /// Collector of OpenTelemetry that releases are told to as traces, by OTLP over HTTP, such as http://otel-collector:4318;
    /// none unless given.
    #[arg(long, help_heading = heading::WATCHING, value_name = "URL")]
    pub otlp_address: Option<String>,
    /// Whether an --otlp-address without http:// or https:// is asked without TLS.
    #[arg(long, help_heading = heading::WATCHING, value_name = "BOOL", default_value_t = true, num_args = 0..=1, default_missing_value = "true",
          action = clap::ArgAction::Set)]
    pub otlp_insecure: bool,
    /// Headers sent with traces, as NAME=VALUE. May be given more than once.
    #[arg(long, help_heading = heading::WATCHING, value_name = "NAME=VALUE", value_delimiter = ',')]
    pub otlp_headers: Vec<String>,
    /// What else traces say of this process, as NAME:VALUE. May be given more than once.
    #[arg(long, help_heading = heading::WATCHING, value_name = "NAME:VALUE", value_delimiter = ',')]
    pub otlp_attrs: Vec<String>,
    /// How it is logged.
    #[arg(long, help_heading = heading::WATCHING, value_enum, default_value_t = LogFormat::Text)]
    pub logformat: LogFormat,
    /// Rollouts looked at at the same time.
    #[arg(long, help_heading = heading::WORK, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
    pub rollout_threads: u16,
    /// AnalysisRuns looked at at the same time. Measurements under way do not count.
    #[arg(long, help_heading = heading::WORK, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..))]
    pub analysis_threads: u16,
    /// Experiments looked at at the same time.
    #[arg(long, help_heading = heading::WORK, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
    pub experiment_threads: u16,
    /// How Applications are kept.
    #[command(flatten)]
    pub gitops: Gitops,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// A command line of nothing but options.
#[derive(Parser)]
struct Line {
    #[command(flatten)]
    options: Options,
}

impl Default for Options {
    /// What an empty command line says.
    fn default() -> Self {
        Line::parse_from(["sluice"]).options
    }
}

impl Options {
    /// The label selector of the objects that this instance minds.
    pub fn selector(&self) -> String {
        let label = sluice_crds::names::label::INSTANCE_ID;
        self.instance_id.as_ref().map_or_else(|| format!("!{label}"), |id| format!("{label}={id}"))
    }

    /// Whether rollback policies of that namespace count for Rollouts of other ones.
    pub fn reaches_beyond(&self, namespace: &str) -> bool {
        let named = &self.rollback_policy_namespaces;
        named.is_empty() || named.iter().any(|one| one == namespace)
    }

    /// The name of the Lease: each controller instance has its own.
    pub fn lock(&self) -> String {
        self.instance_id.as_ref().map_or_else(|| lease::LOCK.to_owned(), |id| format!("{}-{id}", lease::LOCK))
    }

    /// What is wrong with flags that are right each by itself.
    pub fn check(&self) -> Result<(), String> {
        if self.namespace.is_some() && !self.namespaced {
            return Err("--namespace says which namespace --namespaced is about: give that too".to_owned());
        }
        self.collector().map(drop)?;
        self.gitops.homes()?;
        self.election().map(drop)
    }

    /// Where releases are told to as traces; `None`: nowhere. The error names the flag that is wrong.
    pub fn collector(&self) -> Result<Option<Collector>, String> {
        let Self { otlp_address, otlp_insecure, otlp_headers, otlp_attrs, .. } = self;
        let Some(address) = otlp_address else {
            let unused = !otlp_headers.is_empty() || !otlp_attrs.is_empty();
            return if unused {
                Err("--otlp-headers and --otlp-attrs are about the collector of --otlp-address: give that too"
                    .to_owned())
            } else {
                Ok(None)
            };
        };
        let collector = Collector::parse(address, *otlp_insecure, otlp_headers, otlp_attrs);
        collector.map(Some).map_err(|error| error.to_string())
    }

    /// How long what lasts in an election; `None` when there is none. The error names the flags that do not fit.
    pub fn election(&self) -> Result<Option<Times>, String> {
        let times = || {
            let (duration, deadline) = (self.leader_election_lease_duration, self.leader_election_renew_deadline);
            Times::new(duration, deadline, self.leader_election_retry_period)
        };
        self.leader_elect.then(times).transpose()
    }
}

/// Reads a duration in Go's dialect that is not negative.
fn positive(text: &str) -> Result<Duration, String> {
    let duration = duration::parse(text).map_err(|error| error.to_string())?;
    Duration::try_from(duration).map_err(|_| format!("read duration {text:?}: must not be negative"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn parse(line: &str) -> Result<Options, String> {
        let words = std::iter::once("sluice").chain(line.split_whitespace());
        Line::try_parse_from(words).map(|line| line.options).map_err(|error| error.to_string())
    }

    #[test]
    fn an_empty_line_has_the_documented_defaults() {
        let options = parse("").unwrap();
        assert_eq!((options.metrics_port, options.healthz_port, options.dashboard_port), (8090, 8080, None));
        assert_eq!((options.rollout_threads, options.analysis_threads, options.experiment_threads), (10, 30, 10));
        assert_eq!(options.traefik_throttle, Duration::from_secs(2));
        assert_eq!(options.selector(), "!argo-rollouts.argoproj.io/controller-instance-id");
    }

    #[test]
    fn every_replica_address_can_be_given() {
        let options = parse("--traefik-api http://a:8080 --traefik-api http://b:8080 --instance-id x").unwrap();
        assert_eq!(options.traefik_api.len(), 2);
        assert_eq!(options.selector(), "argo-rollouts.argoproj.io/controller-instance-id=x");
    }

    #[test]
    fn an_election_is_on_unless_it_is_switched_off() {
        let election = |line| parse(line).unwrap().election();
        let times = election("").unwrap().unwrap();
        assert_eq!((times.duration.as_secs(), times.deadline.as_secs(), times.retry.as_secs()), (15, 10, 2));
        assert!(election("--leader-elect").unwrap().is_some());
        assert_eq!(election("--leader-elect=false"), Ok(None));
        assert!(election("--leader-election-lease-duration 10s").unwrap_err().contains("must be longer than"));
        assert!(parse("--namespace x").unwrap().check().unwrap_err().contains("--namespaced"));
        assert_eq!(parse("--namespaced --namespace x").unwrap().check(), Ok(()));
        let headers = "--otlp-headers authorization=x,x-team=y";
        assert!(parse(headers).unwrap().check().unwrap_err().contains("--otlp-address"));
        assert_eq!(parse(&format!("--otlp-address otel:4318 {headers}")).unwrap().check(), Ok(()));
        assert!(parse("--otlp-address otel:4317").unwrap().check().unwrap_err().contains("port 4318"));
        assert_eq!(parse("--instance-id x").unwrap().lock(), "argo-rollouts-controller-lock-x");
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for line in [
            "--unheard-of",
            "--kloglevel 0",
            "--nginx-ingress-classes nginx",
            "--traefik-throttle 2",
            "--traefik-throttle -2s",
            "--rollout-threads 0",
            "--dashboard-port 0",
            "--dashboard-root-path a//b",
            "--logformat xml",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
