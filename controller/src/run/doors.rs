//! The ports that others come in by.

use std::sync::Arc;

use kube::Client;
use tokio::net::TcpListener;

use super::Error;
use crate::context::Context;
use crate::options::Options;
use crate::surroundings::Surroundings;
use crate::{dashboard, pages, webhook};

/// What is listened on. All are open before the process acts, so that a port that is taken is told at once.
pub(super) struct Doors {
    health: TcpListener,
    metrics: TcpListener,
    /// Git servers, if they may tell of pushes.
    webhook: Option<(TcpListener, Client)>,
    /// People, if they are shown a dashboard.
    people: Option<(TcpListener, Client)>,
}

impl Doors {
    pub(super) async fn open(options: &Options, surroundings: &Surroundings) -> Result<Self, Error> {
        Ok(Self {
            health: listen(options.healthz_port).await?,
            metrics: listen(options.metrics_port).await?,
            people: match options.dashboard_port {
                Some(port) => Some((listen(port).await?, surroundings.client.clone())),
                None => None,
            },
            webhook: match options.gitops.webhook_port.filter(|_| options.gitops.gitops) {
                Some(port) => Some((listen(port).await?, surroundings.client.clone())),
                None => None,
            },
        })
    }

    /// Serves whoever comes in, until the process ends.
    pub(super) fn serve(self, ctx: &Arc<Context>) {
        ctx.tasks.spawn(pages::serve(self.health, ctx.clone(), pages::health));
        ctx.tasks.spawn(pages::serve(self.metrics, ctx.clone(), pages::metrics));
        if let Some((listener, client)) = self.webhook {
            ctx.tasks.spawn(webhook::serve(listener, client, ctx.clone()));
        }
        if let Some((listener, client)) = self.people {
            ctx.tasks.spawn(dashboard::serve(listener, dashboard::settings(ctx, client)));
        }
    }
}

async fn listen(port: u16) -> Result<TcpListener, Error> {
    pages::listen(port).await.map_err(|source| Error::Listen { port, source })
}
