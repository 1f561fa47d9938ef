//! How long a future works, without how long it waits.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::Instant;

/// Runs a future, and tells beside its outcome the time spent inside it: waiting for others is left out.
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
        let since = Instant::now();
        let polled = self.work.as_mut().poll(context);
        self.spent += since.elapsed();
        polled.map(|output| (output, self.spent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waiting_is_not_counted() {
        let before = Instant::now();
        let (output, spent) = timed(async {
            tokio::time::sleep(Duration::from_mins(1)).await;
            5
        })
        .await;
        assert_eq!((output, spent), (5, Duration::ZERO));
        assert!(before.elapsed() >= Duration::from_mins(1));
    }
}
