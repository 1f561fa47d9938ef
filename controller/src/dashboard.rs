//! The dashboard, beside the loops.
//!
//! Its client is not fenced: what people order is theirs, whether this process leads or waits.

use std::sync::Arc;

use kube::Client;
use sluice_dashboard::access::Access;
use sluice_dashboard::server::{self, Settings};
use sluice_dashboard::watch::{self, Among, Scope};
use tokio::net::TcpListener;
use tracing::error;

use crate::clock::Clock;
use crate::context::Context;
use crate::key::Key;
use crate::options::Gitops;

/// What it is given: the Rollouts that this controller minds, and the Applications that it keeps. `client` is not fenced.
pub(crate) fn settings(ctx: &Arc<Context>, client: Client) -> Settings {
    let selector = Some(ctx.options.selector());
    let scope = Scope { namespace: ctx.namespace.clone(), selector, ..Scope::default() };
    let applications = applications(&ctx.options.gitops, &ctx.own.namespace);
    let this = ctx.clone();
    let differing = Arc::new(move |key: &watch::Key| this.gitops.differences.of(&Key::new(&key.namespace, &key.name)));
    let now = Arc::new(|| Clock::System.now());
    let root = ctx.options.dashboard_root_path.clone();
    Settings { client, scope, applications, differing, access: Access::Cluster, root, now }
}

/// Where Applications are: as the controller watches and keeps them itself, which is what its role is made for. What Rollouts are
/// chosen by says nothing of them.
fn applications(flags: &Gitops, own: &str) -> Option<Scope> {
    if !flags.gitops {
        return None;
    }
    let control = flags.control(own);
    if flags.application_namespaces.is_empty() {
        return Some(Scope { namespace: Some(control), ..Scope::default() });
    }
    // Patterns were read when the process began.
    let homes = flags.homes().unwrap_or_default();
    let among = Among::those(move |namespace| namespace == control || homes.has(namespace));
    Some(Scope { among: Some(among), ..Scope::default() })
}

/// Serves it until dropped.
pub(crate) async fn serve(listener: TcpListener, settings: Settings) {
    if server::serve(listener, settings).await.is_err() {
        error!("the dashboard is not served: this machine has no randomness");
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        flags: Gitops,
    }

    #[test]
    fn applications_are_shown_from_where_they_are_kept() {
        let shown = |flags: &str| {
            let flags = Line::parse_from(["sluice"].into_iter().chain(flags.split_whitespace())).flags;
            let scope = applications(&flags, "sluice")?;
            let of_all = |among: Among| {
                let each = ["sluice", "team-web", "others"].into_iter().filter(|namespace| among.has(namespace));
                each.collect::<Vec<_>>().join(" ") + " of all"
            };
            scope.namespace.or(scope.among.map(of_all))
        };
        assert_eq!(shown(""), None);
        assert_eq!(shown("--gitops-namespace argocd --application-namespaces team-*"), None);
        assert_eq!(shown("--gitops").as_deref(), Some("sluice"));
        assert_eq!(shown("--gitops --gitops-namespace argocd").as_deref(), Some("argocd"));
        assert_eq!(shown("--gitops --application-namespaces team-*").as_deref(), Some("sluice team-web of all"));
    }
}
