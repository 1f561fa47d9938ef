//! One controller process: its caches, loops and what they share, from start to end.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::{info, warn};

use crate::analysis_run::Measuring;
use crate::caches::{self, Caches};
use crate::context::Context;
use crate::fence::Fence;
use crate::lease::{Lock, Standing, Term, Times};
use crate::options::Options;
use crate::surroundings::Surroundings;
use crate::worker::Loop;
use crate::{analysis_run, application, experiment, gitops, look, notices, policy, rollout};

/// A running controller.
pub struct Process {
    ctx: Arc<Context>,
    stop: watch::Sender<bool>,
    standing: watch::Receiver<Standing>,
    /// What it leads by, where there is an election.
    reign: Option<Reign>,
    work: JoinHandle<Option<()>>,
}

/// What is given up when leadership ends.
struct Reign {
    lock: Lock,
    fence: Fence,
}

impl Process {
    /// Starts it. It does nothing before its caches are filled and, with an election, before it leads.
    pub fn start(mut surroundings: Surroundings, options: Options, election: Option<Times>) -> Self {
        let (standings, standing) = watch::channel(Standing::Waiting);
        let term = election.map(|times| candidate(&mut surroundings, &options, times));
        let (caches, writers) = Caches::new(&options);
        let ctx = Arc::new(Context::new(surroundings, caches, options));
        caches::start(&ctx, writers);
        notices::configured::follow(&ctx);
        let reign = if let Some((term, reign)) = term {
            ctx.tasks.spawn(term.run(standings));
            Some(reign)
        } else {
            standings.send_replace(Standing::Leading);
            None
        };
        let (stop, stopped) = watch::channel(false);
        let work = ctx.tasks.spawn(work(ctx.clone(), standing.clone(), stopped));
        Self { ctx, stop, standing, reign, work }
    }

    /// What its loops share.
    pub fn context(&self) -> &Arc<Context> {
        &self.ctx
    }

    /// Waits until leadership is lost, and says why. The process has to end then: nothing of it is sent any more.
    pub async fn deposed(&self) -> String {
        let mut standing = self.standing.clone();
        let lost = standing.wait_for(|standing| matches!(standing, Standing::Lost(_))).await;
        let lost = lost.ok().map(|standing| standing.clone());
        match lost {
            Some(Standing::Lost(why)) => why,
            // Without an election nobody deposes it.
            _ => std::future::pending().await,
        }
    }

    /// Ends it once passes under way have ended, and gives leadership back.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        // An error here would be a panic of the dispatchers, which the log has.
        let _ = self.work.await;
        self.ctx.tasks.end();
        if let Some(Reign { lock, fence }) = self.reign {
            fence.close();
            if let Err(error) = lock.release().await {
                warn!(lease = lock.name, %error, "leadership is not given back; others wait until it is over");
            }
        }
    }

    /// Ends it at once: every task stops at its next await, as if the machine were switched off.
    pub fn kill(&self) {
        self.ctx.tasks.end();
    }
}

/// Puts the fence around all by which the process changes or tells anything, and makes it a candidate.
fn candidate(surroundings: &mut Surroundings, options: &Options, times: Times) -> (Term, Reign) {
    let Surroundings { client, clock, identity, lease_namespace, .. } = surroundings.clone();
    let lock = Lock::new(client.clone(), &lease_namespace, options.lock(), identity, clock.clone());
    let fence = Fence::new(clock);
    let (clusters, around) = (surroundings.clusters.clone(), fence.clone());
    surroundings.clusters = Arc::new(move |connection| clusters(connection).map(|client| around.around(&client)));
    surroundings.client = fence.around(&client);
    let told = fence.clone();
    surroundings.notify = surroundings.notify.clone().behind(move || told.is_open());
    surroundings.sources = surroundings.sources.clone().behind(fence.clone());
    (Term::new(lock.clone(), times, fence.clone()), Reign { lock, fence })
}

/// Runs all loops once the caches are filled and it leads, until told to stop.
async fn work(ctx: Arc<Context>, mut standing: watch::Receiver<Standing>, mut stop: watch::Receiver<bool>) {
    let mut settled = ctx.caches.settled();
    let ready = async {
        let _ = settled.wait_for(|settled| ctx.caches.are_all(settled)).await;
        info!(rollouts = ctx.caches.rollouts.len(), "caches are filled");
        let _ = standing.wait_for(|standing| *standing == Standing::Leading).await;
    };
    tokio::select! {
        biased;
        _ = stop.wait_for(|stop| *stop) => return,
        () = ready => {}
    }
    let mut farewell = None;
    if ctx.options.gitops.gitops {
        // Where nothing is configured at all, no watch has said so.
        gitops::configure(&ctx);
        farewell = Some(ctx.tasks.spawn(gitops::farewell::run(ctx.clone())));
    }
    ctx.metrics.leads(ctx.options.lock());
    let looks = ctx.tasks.spawn(look::at_everything(ctx.clone()));
    let measuring = Arc::new(Measuring::new(ctx.measure.clone(), ctx.prometheus.clone()));
    let judge = move |ctx: Arc<Context>, key| analysis_run::reconcile(ctx, measuring.clone(), key);
    let release = |ctx: Arc<Context>, key| async move { rollout::reconcile(&ctx, &key).await };
    let rule = |ctx: Arc<Context>, key| async move { policy::reconcile(&ctx, &key).await };
    let tell = |ctx: Arc<Context>, key| async move { notices::reconcile(&ctx, &key).await };
    let tell_of_apps = |ctx: Arc<Context>, key| async move { notices::application(&ctx, &key).await };
    let compare = |ctx: Arc<Context>, key| async move { experiment::reconcile(&ctx, &key).await };
    let keep = |ctx: Arc<Context>, key| async move { application::reconcile(&ctx, &key).await };
    tokio::join!(
        Loop::rollouts(&ctx).run(ctx.clone(), release, stop.clone()),
        Loop::analysis_runs(&ctx).run(ctx.clone(), judge, stop.clone()),
        Loop::experiments(&ctx).run(ctx.clone(), compare, stop.clone()),
        Loop::applications(&ctx).run(ctx.clone(), keep, stop.clone()),
        Loop::policies(&ctx).run(ctx.clone(), rule, stop.clone()),
        Loop::notices(&ctx).run(ctx.clone(), tell, stop.clone()),
        Loop::app_notices(&ctx).run(ctx.clone(), tell_of_apps, stop),
    );
    looks.abort();
    farewell.iter().for_each(JoinHandle::abort);
}

#[cfg(test)]
mod tests;
