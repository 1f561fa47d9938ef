//! How long work computes, apart from what it waits for.

use std::future::poll_fn;
use std::pin::pin;
use std::time::{Duration, Instant};

/// What comes of the work, and how long it computed: that the API server took its time to answer says nothing about it.
pub(super) async fn computed<T>(work: impl Future<Output = T>) -> (T, Duration) {
    let (mut work, mut busy) = (pin!(work), Duration::ZERO);
    let done = poll_fn(|context| {
        let began = Instant::now();
        let polled = work.as_mut().poll(context);
        busy += began.elapsed();
        polled
    });
    (done.await, busy)
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waiting_is_not_computing() {
        let (said, busy) = computed(async {
            sleep(Duration::from_hours(1)).await;
            std::thread::sleep(Duration::from_millis(20));
            "done"
        })
        .await;
        assert_eq!(said, "done");
        assert!(busy >= Duration::from_millis(20) && busy < Duration::from_hours(1), "{busy:?}");
    }
}
