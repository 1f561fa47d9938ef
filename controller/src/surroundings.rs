//! What a process reaches outside itself. All of it is handed in, so that a simulated world fits as well as a real one.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::BoxFuture;
use http::Uri;
use kube::Client;
use sluice_analysis::provider::prometheus::Defaults;
use sluice_analysis::provider::{Clients, Http};

use crate::clock::Clock;
use crate::destinations::Clusters;
use crate::metrics::Requests;
use crate::sources::Hands;

/// Everything outside that a controller process reaches, and its sense of time.
#[derive(Clone)]
pub struct Surroundings {
    /// The API server.
    pub client: Client,
    /// How many requests that client sends.
    pub requests: Requests,
    /// The time.
    pub clock: Clock,
    /// Where measurements are taken.
    pub measure: Clients,
    /// Where metrics are measured that do not say it themselves.
    pub prometheus: Defaults,
    /// Where notices are sent.
    pub notify: sluice_notify::send::Clients,
    /// Where routers are asked what they do.
    pub routers: Routers,
    /// How the sources of Applications are rendered.
    pub sources: Hands,
    /// How other clusters are reached that Applications are deployed to.
    pub clusters: Clusters,
    /// What is the controller's own.
    pub own: Own,
    /// What tells this process from all others, those of the same pod before it included.
    pub identity: String,
    /// The namespace of the Lease by which it leads.
    pub lease_namespace: String,
    /// The one namespace to mind, if not all.
    pub namespace: Option<String>,
}

/// What is the controller's own, and may hold credentials.
#[derive(Clone, Default)]
pub struct Own {
    /// The namespace it runs in, where the Secrets of metric providers are.
    pub namespace: String,
    /// The variables of its environment that metric providers know.
    pub environment: BTreeMap<String, String>,
}

/// Finds the replicas behind the address of a router's API. The error says why there are none.
pub type Routers = Arc<dyn Fn(Uri) -> BoxFuture<'static, Result<Vec<Replica>, String>> + Send + Sync>;

/// One replica of a router.
#[derive(Clone, Debug)]
pub struct Replica {
    /// Its own address, for messages.
    pub name: String,
    /// What its API's paths are appended to.
    pub base: String,
    /// The way to it.
    pub http: Http,
}
