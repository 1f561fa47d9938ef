//! A look at everything now and then, whether or not anything was seen to change: what an event lost, it finds.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::context::Context;
use crate::key::Key;
use crate::queue::Queue;

/// In this time every object is looked at once.
const PERIOD: Duration = Duration::from_mins(5);

/// Asks for a pass of every object in each period, spread over it by name.
pub async fn at_everything(ctx: Arc<Context>) {
    loop {
        for rollout in ctx.caches.rollouts.state() {
            spread(&ctx.queues.rollouts, Key::of(&*rollout));
        }
        for run in ctx.caches.analysis_runs.state() {
            spread(&ctx.queues.analysis_runs, Key::of(&*run));
        }
        sleep(PERIOD).await;
    }
}

fn spread(queue: &Queue<Key>, key: Key) {
    let place = place(&key);
    queue.add_at(key, Instant::now() + place);
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
