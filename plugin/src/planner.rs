//! The controller's own eyes and mind, without its hands: what it would make of a Rollout as it is now.
//!
//! Its caches are filled with what belongs to that Rollout alone, through a client that refuses to write ([`narrow`]).
//! Then it looks as the controller does, and plans as the controller does.

mod narrow;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;
use kube::Client;
use sluice_analysis::provider::Clients;
use sluice_analysis::provider::prometheus::Defaults;
use sluice_controller::caches::{self, Caches};
use sluice_controller::clock::Clock;
use sluice_controller::context::Context;
use sluice_controller::key::{Key, Kind};
use sluice_controller::metrics::Requests;
use sluice_controller::observe::{self, Seen, router::ask};
use sluice_controller::options::Options;
use sluice_controller::surroundings::{Own, Surroundings};
use sluice_crds::Rollout;
use sluice_crds::names::label;
use tokio::time;

pub(crate) use narrow::{Narrow, Refused};

/// How long reading may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long anything else is waited for once something was refused.
const GRACE: Duration = Duration::from_millis(500);
/// Routers have long taken up what their objects say after that time, as the controller sees it.
const LONG_AGO: Duration = Duration::from_hours(1);

/// What the controller sees of a Rollout, as if its routers had taken up what their objects say.
///
/// `client` gives what there is; `refused` says what it did not. Needs a runtime of one thread: its clock jumps.
pub(crate) async fn seen(client: Client, refused: &Refused, rollout: &Rollout, now: Timestamp) -> Result<Seen> {
    let meta = &rollout.metadata;
    let key = Key::new(meta.namespace.as_deref().unwrap_or_default(), meta.name.as_deref().unwrap_or_default());
    let instance_id = meta.labels.as_ref().and_then(|labels| labels.get(label::INSTANCE_ID)).cloned();
    let options = Options { instance_id, ..Options::default() };
    let (caches, writers) = Caches::new(&options);
    let ctx = Arc::new(Context::new(surroundings(client, &key, now)?, caches, options));
    caches::start(&ctx, writers);
    // The controller lists pods once it needs them; here they are needed at once.
    drop(ctx.caches.pods_of(""));
    let filled = filled(&ctx, refused).await;
    let seen = match filled {
        Ok(()) => look(&ctx, &key, now).await,
        Err(error) => Err(error),
    };
    ctx.tasks.end();
    seen
}

async fn look(ctx: &Arc<Context>, key: &Key, now: Timestamp) -> Result<Seen> {
    let first = observe::rollout(ctx, key, now).await?;
    // From the first look on the state of the routers is known, and it is waited until they have taken it up.
    time::pause();
    time::advance(LONG_AGO).await;
    let seen = observe::rollout(ctx, key, now).await;
    time::resume();
    seen?.or(first).with_context(|| format!("rollout '{}' is gone", key.name))
}

/// Waits until there is nothing left to read.
async fn filled(ctx: &Context, refused: &Refused) -> Result<()> {
    let mut settled = ctx.caches.settled();
    let all = settled.wait_for(|settled| ctx.caches.are_all(settled) && settled.contains(&Kind::Pod));
    let given_up = async {
        refused.noted().await;
        time::sleep(GRACE).await;
    };
    tokio::select! {
        biased;
        _ = all => return Ok(()),
        () = given_up => {}
        () = time::sleep(PATIENCE) => {}
    }
    match refused.first() {
        Some(why) => bail!("what the controller looks at cannot be read: {why}"),
        None => bail!("what the controller looks at could not be read within {} s", PATIENCE.as_secs()),
    }
}

fn surroundings(client: Client, key: &Key, now: Timestamp) -> Result<Surroundings> {
    Ok(Surroundings {
        client,
        clock: Clock::starting_at(now),
        measure: Clients::new().context("make a client for metrics")?,
        prometheus: Defaults::default(),
        notify: sluice_notify::send::Clients::new().context("make a client for notices")?,
        requests: Requests::default(),
        routers: ask::network(),
        sources: sluice_controller::sources::none(),
        clusters: sluice_controller::destinations::none(),
        own: Own { namespace: key.namespace.clone(), ..Own::default() },
        identity: "kubectl-sluice".to_owned(),
        lease_namespace: key.namespace.clone(),
        namespace: Some(key.namespace.clone()),
    })
}
