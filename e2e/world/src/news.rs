//! News of a newest version, for any number of listeners.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Notify;

/// The newest version of something. A clone is the same one.
///
/// Guarantees that listeners wake in the order in which they began to wait. `tokio::sync::watch` wakes them in random order,
/// and a run would not replay.
#[derive(Clone, Debug, Default)]
pub struct News(Arc<Latest>);

#[derive(Debug, Default)]
struct Latest {
    version: AtomicU64,
    newer: Notify,
}

/// Hears of versions newer than the last one it heard of.
#[derive(Debug)]
pub struct Listener {
    news: News,
    heard: u64,
}

impl News {
    /// Says that this is the newest version. Nobody is woken when it was before.
    pub fn publish(&self, version: u64) {
        if self.0.version.swap(version, Ordering::Relaxed) != version {
            self.0.newer.notify_waiters();
        }
    }

    /// Says that there is one more.
    pub fn advance(&self) {
        self.publish(self.version() + 1);
    }

    /// Listens for versions newer than the one there is now.
    pub fn listen(&self) -> Listener {
        Listener { news: self.clone(), heard: self.version() }
    }

    fn version(&self) -> u64 {
        self.0.version.load(Ordering::Relaxed)
    }
}

impl Listener {
    /// Waits for a version other than the last one heard of; those in between are not told one by one.
    pub async fn changed(&mut self) {
        loop {
            let newer = self.news.0.newer.notified();
            let version = self.news.version();
            if version != self.heard {
                self.heard = version;
                return;
            }
            newer.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn listeners_wake_in_their_order_every_time() {
        let (news, order) = (News::default(), Arc::new(Mutex::new(Vec::new())));
        for name in 0..20 {
            let (mut listener, order) = (news.listen(), order.clone());
            tokio::spawn(async move {
                listener.changed().await;
                order.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(name);
            });
        }
        tokio::task::yield_now().await;
        news.publish(7);
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        assert_eq!(*order.lock().unwrap_or_else(std::sync::PoisonError::into_inner), (0..20).collect::<Vec<_>>());
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_published_before_it_waits_is_heard_once() {
        let news = News::default();
        let mut listener = news.listen();
        news.advance();
        news.advance();
        listener.changed().await;
        assert!(tokio::time::timeout(std::time::Duration::from_secs(1), listener.changed()).await.is_err());
    }
}
