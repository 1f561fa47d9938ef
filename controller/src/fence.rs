//! The fence: what a process writes, tells or pushes once its leadership is over never leaves it.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use http::{Method, Request, Response};
use jiff::{SignedDuration, Timestamp};
use kube::Client;
use kube::client::Body;
use thiserror::Error;
use tokio::time::{Instant, timeout_at};
use tower::{BoxError, service_fn};

use crate::clock::Clock;

/// Why nothing was written.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("not written: this process does not lead (any more); the one that does will do what is needed")]
pub struct NotLeading;

/// Lets writes through for as long as leadership is sure to last. A clone is the same one. Closed at first.
///
/// Two clocks tell its end, and the earlier counts: the monotonic one goes wrong when a machine is suspended, the wall clock
/// when somebody sets it.
#[derive(Clone, Debug)]
pub struct Fence {
    clock: Clock,
    open: Arc<Mutex<Option<Until>>>,
}

#[derive(Clone, Copy, Debug)]
struct Until {
    monotonic: Instant,
    wall: Timestamp,
}

impl Until {
    /// Whether it lasts at that moment, by both clocks.
    fn lasts(&self, monotonic: Instant, wall: Timestamp) -> bool {
        monotonic < self.monotonic && wall < self.wall
    }
}

impl Fence {
    /// A closed fence.
    pub fn new(clock: Clock) -> Self {
        Self { clock, open: Arc::default() }
    }

    /// Opens it, or keeps it open, until that moment.
    pub fn open_until(&self, monotonic: Instant) {
        let left = SignedDuration::try_from(monotonic.saturating_duration_since(Instant::now())).unwrap_or_default();
        let wall = self.clock.now().checked_add(left).unwrap_or(Timestamp::MAX);
        self.set(Some(Until { monotonic, wall }));
    }

    /// Closes it for good, or until it is opened again.
    pub fn close(&self) {
        self.set(None);
    }

    /// Whether it is open now.
    pub fn is_open(&self) -> bool {
        self.end().is_some()
    }

    /// Goes on with something for as long as it is open. Asked before each step: what was begun before a machine was suspended is
    /// given up when that goes on, and not a moment later by a clock that has to catch up.
    pub async fn within<T>(&self, work: impl Future<Output = T>) -> Result<T, NotLeading> {
        let mut work = pin!(work);
        let step = poll_fn(|context| match self.end() {
            Some(_) => work.as_mut().poll(context).map(Ok),
            None => Poll::Ready(Err(NotLeading)),
        });
        step.await
    }

    /// Until when writes may be under way; `None` when none may begin.
    fn end(&self) -> Option<Instant> {
        let open = *self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let open = open.filter(|until| until.lasts(Instant::now(), self.clock.now()));
        open.map(|until| until.monotonic)
    }

    fn set(&self, until: Option<Until>) {
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }

    /// The same client, but for what is written while the fence is closed: that is refused, and a write under way when it
    /// closes is given up.
    pub fn around(&self, client: &Client) -> Client {
        let namespace = client.default_namespace().to_owned();
        let (client, fence) = (client.clone(), self.clone());
        let send = move |request| fence.clone().send(client.clone(), request);
        Client::new(service_fn(send), namespace)
    }

    async fn send(self, client: Client, request: Request<Body>) -> Result<Response<Body>, BoxError> {
        if *request.method() == Method::GET {
            return Ok(client.send(request).await?);
        }
        let end = self.end().ok_or(NotLeading)?;
        let sent = timeout_at(end, self.within(client.send(request))).await;
        Ok(sent.map_err(|_| NotLeading)???)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::time::Duration;

    use tokio::time::advance;

    use super::*;

    fn closed() -> Fence {
        Fence::new(Clock::starting_at(Timestamp::UNIX_EPOCH))
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_closed_at_first_and_when_its_time_is_over() {
        let fence = closed();
        assert_eq!(fence.end(), None);
        let end = Instant::now() + Duration::from_secs(10);
        fence.open_until(end);
        advance(Duration::from_secs(9)).await;
        assert_eq!(fence.end(), Some(end));
        advance(Duration::from_secs(1)).await;
        assert_eq!(fence.end(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_machine_that_was_suspended_finds_it_closed_by_the_wall_clock() {
        let fence = closed();
        fence.open_until(Instant::now() + Duration::from_secs(10));
        fence.clock.set_ahead(60);
        assert_eq!(fence.end(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_is_set_back_does_not_keep_it_open() {
        let fence = closed();
        fence.open_until(Instant::now() + Duration::from_secs(10));
        fence.clock.set_ahead(-3600);
        advance(Duration::from_secs(10)).await;
        assert_eq!(fence.end(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn reads_pass_and_writes_do_not() {
        let answer = |_| async { Ok::<_, BoxError>(Response::new(Body::empty())) };
        let fence = closed();
        let client = fence.around(&Client::new(service_fn(answer), "default"));
        let ask = |method| client.send(Request::builder().method(method).uri("/x").body(Body::empty()).unwrap());
        assert!(ask(Method::GET).await.is_ok());
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let error = ask(method.clone()).await.unwrap_err();
            assert!(format!("{error:?}").contains("NotLeading"), "{method}: {error:?}");
        }
        fence.open_until(Instant::now() + Duration::from_secs(10));
        assert!(ask(Method::PATCH).await.is_ok());
        fence.close();
        assert!(ask(Method::PATCH).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_begun_before_a_machine_was_suspended_is_not_gone_on_with() {
        let sent = Arc::new(Mutex::new(false));
        let (asked, fence) = (sent.clone(), closed());
        let connects = move |_| {
            let sent = asked.clone();
            async move {
                tokio::time::sleep(Duration::from_secs(1)).await;
                *sent.lock().unwrap() = true;
                Ok::<_, BoxError>(Response::new(Body::empty()))
            }
        };
        fence.open_until(Instant::now() + Duration::from_secs(10));
        let client = fence.around(&Client::new(service_fn(connects), "default"));
        let request = Request::builder().method(Method::POST).uri("/x").body(Body::empty()).unwrap();
        let suspended = async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            fence.clock.set_ahead(60);
        };
        let (answer, ()) = tokio::join!(client.send(request), suspended);
        assert!(format!("{:?}", answer.unwrap_err()).contains("NotLeading"));
        assert!(!*sent.lock().unwrap());
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_under_way_is_given_up_when_it_closes() {
        let never = |_| std::future::pending::<Result<Response<Body>, BoxError>>();
        let fence = closed();
        fence.open_until(Instant::now() + Duration::from_secs(10));
        let client = fence.around(&Client::new(service_fn(never), "default"));
        let request = Request::builder().method(Method::POST).uri("/x").body(Body::empty()).unwrap();
        let began = Instant::now();
        assert!(client.send(request).await.is_err());
        assert_eq!(began.elapsed(), Duration::from_secs(10));
    }
}
