//! The dashboard, beside the loops.
//!
//! Its client is not fenced: what people order is theirs, whether this process leads or waits.

use std::sync::Arc;

use kube::Client;
use sluice_dashboard::access::Access;
use sluice_dashboard::server::{self, Settings};
use sluice_dashboard::watch::Scope;
use tokio::net::TcpListener;
use tracing::error;

use crate::clock::Clock;
use crate::options::Options;

/// What it is given: the Rollouts that this controller minds.
pub(crate) fn settings(client: Client, options: &Options, namespace: Option<String>) -> Settings {
    let scope = Scope { namespace, selector: Some(options.selector()) };
    Settings { client, scope, access: Access::Cluster, now: Arc::new(|| Clock::System.now()) }
}

/// Serves it until dropped.
pub(crate) async fn serve(listener: TcpListener, settings: Settings) {
    if server::serve(listener, settings).await.is_err() {
        error!("the dashboard is not served: this machine has no randomness");
    }
}
