//! One controller process: its caches, loops and what they share, from start to end.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::info;

use crate::analysis_run::Measuring;
use crate::caches::{self, Caches};
use crate::context::Context;
use crate::key::Kind;
use crate::options::Options;
use crate::surroundings::Surroundings;
use crate::worker::Loop;
use crate::{analysis_run, look, rollout};

/// A running controller.
pub struct Process {
    ctx: Arc<Context>,
    stop: watch::Sender<bool>,
    work: JoinHandle<Option<()>>,
}

impl Process {
    /// Starts it. It looks at nothing before its caches are filled.
    pub fn start(surroundings: Surroundings, options: Options) -> Self {
        let (caches, writers) = Caches::new(&options.traefik_api_group);
        let ctx = Arc::new(Context::new(surroundings, caches, options));
        caches::start(&ctx, writers);
        let (stop, stopped) = watch::channel(false);
        let work = ctx.tasks.spawn(work(ctx.clone(), stopped));
        Self { ctx, stop, work }
    }

    /// What its loops share.
    pub fn context(&self) -> &Arc<Context> {
        &self.ctx
    }

    /// Ends it once passes under way have ended.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        // An error here would be a panic of the dispatchers, which the log has.
        let _ = self.work.await;
        self.ctx.tasks.end();
    }

    /// Ends it at once: every task stops at its next await, as if the machine were switched off.
    pub fn kill(&self) {
        self.ctx.tasks.end();
    }
}

/// Runs both loops once the caches are filled, until told to stop.
async fn work(ctx: Arc<Context>, mut stop: watch::Receiver<bool>) {
    let mut settled = ctx.caches.settled();
    tokio::select! {
        biased;
        _ = stop.wait_for(|stop| *stop) => return,
        _ = settled.wait_for(|settled| settled.len() == Kind::ALL.len()) => {}
    }
    info!(rollouts = ctx.caches.rollouts.len(), "caches are filled");
    let looks = ctx.tasks.spawn(look::at_everything(ctx.clone()));
    let measuring = Arc::new(Measuring::new(ctx.measure.clone(), ctx.prometheus.clone()));
    let judge = move |ctx: Arc<Context>, key| analysis_run::reconcile(ctx, measuring.clone(), key);
    let release = |ctx: Arc<Context>, key| async move { rollout::reconcile(&ctx, &key).await };
    tokio::join!(
        Loop::rollouts(&ctx).run(ctx.clone(), release, stop.clone()),
        Loop::analysis_runs(&ctx).run(ctx.clone(), judge, stop),
    );
    looks.abort();
}

#[cfg(test)]
mod tests;
