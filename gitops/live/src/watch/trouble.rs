//! What is wrong with a watch: said once and not at every attempt, and attempts further and further apart.

use std::time::Duration;

use tracing::{info, warn};

use crate::api::Resource;
use crate::server::Failure;
use crate::store::Place;
use crate::waits::Waits;

/// The shortest and the longest wait between two attempts: an API server that restarts is back in seconds.
const WAITS: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(30));

/// The trouble of one place.
pub(super) struct Trouble {
    place: Place,
    said: Option<String>,
    waits: Waits,
}

impl Trouble {
    /// None so far.
    pub(super) fn new(place: &Place) -> Self {
        Self { place: place.clone(), said: None, waits: Waits::of(place, WAITS) }
    }

    /// Notes a failure. Returns how long to wait before the next attempt.
    pub(super) fn met(&mut self, failure: &Failure) -> Duration {
        let text = failure.to_string();
        if self.said.as_ref() != Some(&text) {
            warn!(place = %self.place, error = text, "cannot be watched; trying again");
            self.said = Some(text);
        }
        self.waits.failed()
    }

    /// Notes that all is well.
    pub(super) fn over(&mut self) {
        if self.said.take().is_some() {
            info!(place = %self.place, "watched again");
            self.waits = Waits::of(&self.place, WAITS);
        }
    }
}

/// Why a place cannot be read, and what to do about it.
pub(super) fn sentence(resource: &Resource, place: &Place, failure: &Failure, cluster: &str) -> String {
    let group = if resource.group.is_empty() { "the core group" } else { &resource.group };
    let plural = &resource.plural;
    let part = if place.namespace.is_empty() { String::new() } else { format!(" in namespace {}", place.namespace) };
    match failure.code() {
        403 => format!(
            "{plural} of {group} cannot be read{part} of cluster {cluster}: allow whom it is read as to get, list and watch \
             {plural} of {group}: {failure}"
        ),
        404 => format!("{plural} of {group} are not served by cluster {cluster} any more"),
        _ => format!("{plural} of {group} cannot be read{part} of cluster {cluster}: {failure}"),
    }
}
