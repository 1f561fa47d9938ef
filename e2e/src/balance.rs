//! Sharing requests among routers, as a load balancer before them does.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

/// Routers in turn, but for one that rests. Clones are the same one.
#[derive(Clone, Debug)]
pub struct Balance {
    routers: Arc<[Router]>,
    next: Arc<AtomicUsize>,
    resting: watch::Sender<Option<usize>>,
}

#[derive(Debug)]
struct Router {
    url: String,
    in_flight: AtomicUsize,
}

/// One request's way, for as long as it is under way.
#[derive(Debug)]
pub struct Way {
    routers: Arc<[Router]>,
    index: usize,
}

impl Balance {
    /// Shares requests among these URLs.
    pub fn new(urls: impl IntoIterator<Item = String>) -> Self {
        let routers = urls.into_iter().map(|url| Router { url, in_flight: AtomicUsize::new(0) }).collect();
        Self { routers, next: Arc::default(), resting: watch::Sender::new(None) }
    }

    /// The way of the next request.
    pub fn way(&self) -> Way {
        let resting = *self.resting.borrow();
        let count = self.routers.len().max(1);
        let turn = || self.next.fetch_add(1, Ordering::Relaxed) % count;
        let first = turn();
        let index = if Some(first) == resting { (first + 1) % count } else { first };
        if let Some(router) = self.routers.get(index) {
            router.in_flight.fetch_add(1, Ordering::Relaxed);
        }
        Way { routers: self.routers.clone(), index }
    }

    /// Gives a router no more requests, and returns once it has none.
    pub async fn rest(&self, index: usize) {
        self.resting.send_replace(Some(index));
        // Whoever had chosen it before counts as under way by then.
        sleep(Duration::from_millis(100)).await;
        while self.routers.get(index).is_some_and(|router| router.in_flight.load(Ordering::Relaxed) > 0) {
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Gives every router requests again.
    pub fn all(&self) {
        self.resting.send_replace(None);
    }
}

impl Way {
    /// Where it leads.
    pub fn url(&self) -> &str {
        self.routers.get(self.index).map_or("", |router| &router.url)
    }
}

impl Drop for Way {
    fn drop(&mut self) {
        if let Some(router) = self.routers.get(self.index) {
            router.in_flight.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ways(balance: &Balance) -> Vec<String> {
        (0..4).map(|_| balance.way().url().to_owned()).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_router_rests_once_its_requests_are_answered() {
        let balance = Balance::new(["a".to_owned(), "b".to_owned()]);
        assert_eq!(ways(&balance), ["a", "b", "a", "b"]);
        let under_way = balance.way();
        let resting = balance.clone();
        let rest = tokio::spawn(async move { resting.rest(0).await });
        sleep(Duration::from_mins(1)).await;
        assert!(!rest.is_finished(), "a request is under way to {}", under_way.url());
        assert_eq!(ways(&balance), ["b", "b", "b", "b"]);
        drop(under_way);
        assert!(rest.await.is_ok());
        balance.all();
        assert!(ways(&balance).contains(&"a".to_owned()));
    }
}
