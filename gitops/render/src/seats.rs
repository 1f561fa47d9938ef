//! Who may go on when: programs that work, and whatever talks to a server and mostly waits.
//!
//! *Guarantees*: a server that hangs keeps no program waiting that needs none, and of those that talk to other servers none, as
//! long as fewer servers hang than [`Seats`] has room for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::limits::Limits;

/// All seats.
#[derive(Debug)]
pub struct Seats {
    working: Arc<Semaphore>,
    talking: Arc<Semaphore>,
    /// How many may talk to one server.
    each: usize,
    servers: Mutex<HashMap<String, Arc<Semaphore>>>,
}

/// A seat, given back when it is dropped.
#[derive(Debug)]
pub struct Seat {
    _of: Vec<OwnedSemaphorePermit>,
}

impl Seats {
    /// As many as the limits have of programs and of talks.
    pub fn new(limits: &Limits) -> Self {
        let seats = |count: usize| Arc::new(Semaphore::new(count.max(1)));
        let (working, talking) = (seats(limits.programs), seats(limits.talks));
        Self { working, talking, each: limits.talks_to_one.max(1), servers: Mutex::default() }
    }

    /// A seat for what needs no network.
    pub(crate) async fn working(&self) -> Seat {
        Seat { _of: taken(&self.working).await.into_iter().collect() }
    }

    /// A seat for what talks to that server: first one of the server's, so that who waits for it takes none of all. Servers are told
    /// apart as [`crate::server`] has them.
    pub async fn talking(&self, server: &str) -> Seat {
        let own = taken(&self.of(server)).await;
        Seat { _of: own.into_iter().chain(taken(&self.talking).await).collect() }
    }

    fn of(&self, server: &str) -> Arc<Semaphore> {
        let mut servers = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever waits or sits has a share in it.
        servers.retain(|_, seats| Arc::strong_count(seats) > 1);
        let seats = servers.entry(server.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(self.each)));
        Arc::clone(seats)
    }
}

/// A permit; the semaphores are never closed.
async fn taken(semaphore: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
    Arc::clone(semaphore).acquire_owned().await.ok()
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn one_server_takes_but_its_share() {
        let seats = Seats::new(&Limits { programs: 1, talks: 4, talks_to_one: 2, ..Limits::default() });
        let talking = |server: &str| seats.talking(server).now_or_never();
        let hanging = [talking("slow"), talking("slow")];
        assert!(hanging.iter().all(Option::is_some));
        assert!(talking("slow").is_none());
        let other = talking("quick");
        assert!(other.is_some() && seats.working().now_or_never().is_some());
        drop(hanging);
        assert!(talking("slow").is_some());
        assert_eq!(seats.servers.lock().unwrap().len(), 2, "servers that nobody talks to are forgotten");
    }
}
