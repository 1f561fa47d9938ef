//! A look at everything now and then, whether or not anything was seen to change: what an event lost, it finds.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use kube::Resource;
use kube_runtime::reflector::Store;
use tokio::time::{Instant, sleep};

use crate::context::Context;
use crate::key::Key;
use crate::queue::Queue;

/// In this time every object is looked at once.
const PERIOD: Duration = Duration::from_mins(5);

/// Asks for a pass of every object in each period, spread over it by name.
pub async fn at_everything(ctx: Arc<Context>) {
    loop {
        spread(&ctx.queues.rollouts, &ctx.caches.rollouts);
        spread(&ctx.queues.analysis_runs, &ctx.caches.analysis_runs);
        spread(&ctx.queues.experiments, &ctx.caches.experiments);
        spread(&ctx.queues.applications, &ctx.caches.applications);
        spread(&ctx.queues.policies, &ctx.caches.policies);
        spread(&ctx.queues.notices, &ctx.caches.rollouts);
        spread(&ctx.queues.app_notices, &ctx.caches.applications);
        sleep(PERIOD).await;
    }
}

/// Caches give their objects in no order; by name they are asked for in the same one each time.
fn spread<K>(queue: &Queue<Key>, cache: &Store<K>)
where
    K: Resource + Clone + 'static,
    K::DynamicType: Eq + Hash + Clone,
{
    let keys: BTreeSet<Key> = cache.state().iter().map(|object| Key::of(&**object)).collect();
    for key in keys {
        let at = Instant::now() + place(&key);
        queue.add_at(key, at);
    }
}

/// Where in the period an object has its place: the same one each time.
fn place(key: &Key) -> Duration {
    let mut hash = DefaultHasher::new();
    key.hash(&mut hash);
    let period = u64::try_from(PERIOD.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(hash.finish() % period)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_objects_are_spread_over_the_period() {
        let mut minutes = [0_u32; 5];
        for name in 0..1000 {
            let minute =
                usize::try_from(place(&Key::new("ns", format!("shop-{name}"))).as_secs() / 60).unwrap_or(usize::MAX);
            if let Some(count) = minutes.get_mut(minute) {
                *count += 1;
            }
        }
        assert_eq!(minutes.iter().sum::<u32>(), 1000);
        assert!(minutes.iter().all(|count| *count > 120), "{minutes:?}");
    }
}
