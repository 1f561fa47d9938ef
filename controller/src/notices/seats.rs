//! How much of everybody's time one service may take: one that hangs leaves the other half of the workers to the others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::worker::NOTICES;

/// The most attempts at one service at a time.
pub(super) const SEATS: u16 = NOTICES / 2;

/// The seats of all services, by name.
#[derive(Debug, Default)]
pub(crate) struct Seats(Mutex<HashMap<String, Arc<Semaphore>>>);

impl Seats {
    /// A seat at that service until it is dropped; `None` where all are taken.
    pub(crate) fn at(&self, service: &str) -> Option<OwnedSemaphorePermit> {
        let mut services = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let seats = services.entry(service.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(usize::from(SEATS))));
        Arc::clone(seats).try_acquire_owned().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_that_hangs_takes_half_of_the_workers_and_no_seat_of_another() {
        let seats = Seats::default();
        let hanging: Vec<_> = std::iter::from_fn(|| seats.at("pager")).collect();
        assert_eq!(hanging.len(), usize::from(NOTICES / 2));
        assert!(seats.at("slack").is_some());
        drop(hanging);
        assert!(seats.at("pager").is_some());
    }
}
