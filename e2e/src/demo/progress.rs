//! Saying what goes on while nothing can be shown yet.

use std::time::Duration;

use anyhow::Result;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

/// A longer wait is spoken of again after each such time.
const EVERY: Duration = Duration::from_secs(2);

/// Does `work`, saying `what` it is before, how long it took after, and in between that it still goes on.
pub(super) async fn of<T>(what: &str, work: impl Future<Output = Result<T>>) -> Result<T> {
    let began = Instant::now();
    let mut ticks = interval_at(began + EVERY, EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    tokio::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => {
                eprintln!("  {what}: {:.1} s", began.elapsed().as_secs_f64());
                return done;
            }
            _ = ticks.tick() => eprintln!("  {what} … {} s", began.elapsed().as_secs()),
        }
    }
}
