//! How long a future works, without how long it waits.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Runs a future, and tells beside its outcome the processor time spent inside it. Waiting is left out: for answers, and
/// for a processor that somebody else has.
pub async fn timed<F: Future>(work: F) -> (F::Output, Duration) {
    Timed { work: Box::pin(work), spent: Duration::ZERO }.await
}

struct Timed<F> {
    work: Pin<Box<F>>,
    spent: Duration,
}

impl<F: Future> Future for Timed<F> {
    type Output = (F::Output, Duration);

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // One poll runs on one thread from start to end, so that thread's clock tells.
        let before = processor_time();
        let polled = self.work.as_mut().poll(context);
        self.spent += processor_time().saturating_sub(before);
        polled.map(|output| (output, self.spent))
    }
}

/// What this thread has used of a processor so far.
fn processor_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waiting_is_not_counted_and_work_is() {
        let wait = tokio::time::sleep(Duration::from_mins(1));
        let ((), idle) = timed(wait).await;
        assert!(idle < Duration::from_secs(1), "{idle:?}");
        let (sum, busy) = timed(async { (0..5_000_000_u64).map(std::hint::black_box).sum::<u64>() }).await;
        assert!(busy > idle, "{busy:?} for {sum}, {idle:?} for nothing");
    }
}
