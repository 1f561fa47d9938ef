//! The tasks of one process: they end together.

use std::future::Future;

use futures::future::BoxFuture;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Starts tasks, and ends them all. Cloning gives the same ones.
#[derive(Clone, Debug, Default)]
pub struct Tasks(CancellationToken);

impl Tasks {
    /// Starts a task. It ends at its next await once [`Tasks::end`] was called; its outcome is `None` then.
    pub fn spawn<F>(&self, work: F) -> JoinHandle<Option<F::Output>>
    where
        F: Future + Send + 'static,
        F::Output: Send,
    {
        // In a box all tasks are one type, and what the runtime is made of for each type of task is there once.
        let work: BoxFuture<'static, F::Output> = Box::pin(work);
        tokio::spawn(self.0.clone().run_until_cancelled_owned(work))
    }

    /// Ends all tasks, and all that are started from now on.
    pub fn end(&self) {
        self.0.cancel();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn tasks_end_together_and_none_begins_after() {
        let tasks = Tasks::default();
        let waiting = tasks.spawn(std::future::pending::<()>());
        let done = tasks.spawn(async { 7 });
        tokio::time::sleep(Duration::from_secs(1)).await;
        tasks.end();
        let late = tasks.spawn(async { 8 });
        assert_eq!((waiting.await.ok(), done.await.ok(), late.await.ok()), (Some(None), Some(Some(7)), Some(None)));
    }
}
