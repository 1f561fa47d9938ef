//! Whether anything may be sent at all: a process whose leadership is over tells nobody any more.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use super::{Failure, SendError};

/// Says whether something may be sent now. A clone is the same one.
#[derive(Clone)]
pub(super) struct Gate(Arc<dyn Fn() -> bool + Send + Sync>);

impl Gate {
    /// One that nobody closes.
    pub(super) fn open() -> Self {
        Self::of(|| true)
    }

    /// One that is open while that holds.
    pub(super) fn of(is_open: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(is_open))
    }

    /// Goes on with a request for as long as it is open. Asked before each step: a connection that was being made when a machine
    /// was suspended carries nothing when that goes on.
    pub(super) async fn pass<T>(&self, request: impl Future<Output = Result<T, SendError>>) -> Result<T, SendError> {
        let mut request = pin!(request);
        let withheld = || {
            let text = "not sent: this process does not lead (any more); the one that does tells it".to_owned();
            SendError { kind: Failure::Withheld, text }
        };
        poll_fn(|context| if (self.0)() { request.as_mut().poll(context) } else { Poll::Ready(Err(withheld())) }).await
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Gate(open: {})", (self.0)())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_was_begun_before_it_closed_is_not_gone_on_with() {
        let is_open = Arc::new(AtomicBool::new(true));
        let (asked, closes) = (Arc::clone(&is_open), Arc::clone(&is_open));
        let gate = Gate::of(move || asked.load(Ordering::Relaxed));
        let mut sent = false;
        let request = async {
            // It connects; the machine is suspended meanwhile.
            tokio::time::sleep(Duration::from_secs(1)).await;
            sent = true;
            Ok(())
        };
        closes.store(false, Ordering::Relaxed);
        assert_eq!(gate.pass(std::future::ready(Ok(()))).await.unwrap_err().kind, Failure::Withheld);
        closes.store(true, Ordering::Relaxed);
        let close = async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            closes.store(false, Ordering::Relaxed);
        };
        let (done, ()) = tokio::join!(gate.pass(request), close);
        assert_eq!(done.unwrap_err().kind, Failure::Withheld);
        assert!(!sent);
    }
}
