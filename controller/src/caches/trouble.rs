//! What is wrong with a watch: said once and not at every attempt, and attempts further and further apart.

use std::time::Duration;

use kube::core::Status;
use kube_runtime::watcher::{Error, Event};
use tokio::time::Instant;
use tracing::{debug, error, info, warn};

use sluice_core::spec::LenderKind;
use sluice_live::Waits;
use sluice_traffic::Kind as RouteKind;

use crate::key::Kind;

/// Shortest wait between two attempts: an API server that restarts is back in seconds.
const FIRST_WAIT: Duration = Duration::from_millis(200);
/// Longest wait between two attempts.
const LONGEST_WAIT: Duration = Duration::from_secs(15);
const WAITS: (Duration, Duration) = (FIRST_WAIT, LONGEST_WAIT);
/// Errors this far apart have nothing to do with each other.
const FAR_APART: Duration = Duration::from_mins(2);

/// The trouble of one kind's watch.
pub(super) struct Trouble {
    kind: Kind,
    said: Option<String>,
    waits: Waits,
    last: Option<Instant>,
}

impl Trouble {
    /// None so far.
    pub(super) fn new(kind: Kind) -> Self {
        Self { kind, said: None, waits: Waits::of(&kind, WAITS), last: None }
    }

    /// Notes an error. Returns how long to wait before the next attempt.
    pub(super) fn met(&mut self, error: &Error) -> Duration {
        if has_expired(error) {
            debug!(kind = %self.kind, "the version watched from is too old; listing anew");
            return FIRST_WAIT;
        }
        let now = Instant::now();
        if self.last.replace(now).is_some_and(|last| now.duration_since(last) > FAR_APART) {
            self.waits = Waits::of(&self.kind, WAITS);
        }
        let text = error.to_string();
        if self.said.as_ref() != Some(&text) {
            self.say(error, &text);
            self.said = Some(text);
        }
        self.waits.failed()
    }

    /// Notes an event. The first one of a list tells nothing: it comes before the list is asked for.
    pub(super) fn over<K>(&mut self, event: &Event<K>) {
        if matches!(event, Event::Init) {
            return;
        }
        if self.said.take().is_some() {
            info!(kind = %self.kind, "watched again");
            self.waits = Waits::of(&self.kind, WAITS);
        }
    }

    fn say(&self, error: &Error, text: &str) {
        let kind = self.kind;
        if !is_refused(error) {
            warn!(%kind, error = text, "watch failed; trying again");
        } else if is_optional(kind) {
            info!(%kind, error = text, "cannot be watched; what names one is held until it can");
        } else {
            error!(%kind, error = text, "cannot be watched: install Sluice's CustomResourceDefinitions and RBAC; waiting for them");
        }
    }
}

/// Whether the watch must start from a new list. That is no trouble: an API server that restarted knows no old versions.
fn has_expired(error: &Error) -> bool {
    matches!(error, Error::WatchError(status) if status.code == 410)
}

/// Whether the API server does not serve the kind, or not to us.
pub(crate) fn is_refused(error: &Error) -> bool {
    refusal(error).is_some()
}

/// The API server's answer that it does not serve the kind, or not to us.
fn refusal(error: &Error) -> Option<&Status> {
    let status = match error {
        Error::InitialListFailed(kube::Error::Api(status)) | Error::WatchStartFailed(kube::Error::Api(status)) => {
            status
        }
        Error::WatchError(status) => status,
        _ => return None,
    };
    Some(&**status).filter(|status| matches!(status.code, 404 | 403))
}

/// Why objects of a router cannot be watched, and what to do: for the Rollouts that name one.
pub(super) fn of_route(kind: RouteKind, error: &Error) -> String {
    let (group, version, plural) = kind.api();
    match refusal(error) {
        Some(Status { code: 404, .. }) => format!(
            "the API server does not serve {plural} of {group}/{version}; install their CustomResourceDefinition"
        ),
        Some(status) => not_allowed(&format!("{plural} of {group}"), "get, list, watch and patch", status),
        None => error.to_string(),
    }
}

/// Why workloads of that kind cannot be watched, and what to do: for the Rollouts that name one.
pub(super) fn of_lender(kind: LenderKind, error: &Error) -> String {
    let (_, _, plural) = kind.api();
    match refusal(error) {
        Some(status) if status.code == 403 => not_allowed(plural, "get, list and watch", status),
        _ => error.to_string(),
    }
}

/// What role that is, and what it is called, only whoever installed it knows. The API server's words tell who has to be
/// bound to it, and whether in a namespace or everywhere.
fn not_allowed(what: &str, verbs: &str, status: &Status) -> String {
    let said = &status.message;
    format!("the controller may not read {what}; allow it {verbs} there in the role of its ServiceAccount: {said}")
}

/// Kinds that a cluster, or a controller of one namespace, may do without. Policies are none: whoever may not read them would let
/// through what they hold.
pub(super) fn is_optional(kind: Kind) -> bool {
    let of_applications =
        matches!(kind, Kind::Application | Kind::AppProject | Kind::Secret | Kind::OwnSecret | Kind::Setting(_));
    let of_releases =
        matches!(kind, Kind::Route(_) | Kind::Lender(_) | Kind::ClusterAnalysisTemplate | Kind::Experiment);
    of_applications || of_releases
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::Service;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn attempts_at_what_is_missing_grow_apart_although_each_one_begins() {
        let mut trouble = Trouble::new(Kind::Service);
        let mut waits = Vec::new();
        for _ in 0..20 {
            trouble.over::<Service>(&Event::Init);
            waits.push(trouble.met(&Error::NoResourceVersion));
        }
        assert!(waits.first().is_some_and(|wait| *wait < Duration::from_millis(500)), "{waits:?}");
        assert_eq!(waits.last(), Some(&LONGEST_WAIT));
        trouble.over::<Service>(&Event::InitDone);
        assert!(trouble.met(&Error::NoResourceVersion) < Duration::from_millis(500));
    }

    #[tokio::test(start_paused = true)]
    async fn an_error_long_ago_makes_no_wait_longer() {
        let mut trouble = Trouble::new(Kind::Service);
        for _ in 0..20 {
            trouble.met(&Error::NoResourceVersion);
        }
        tokio::time::advance(FAR_APART * 2).await;
        assert!(trouble.met(&Error::NoResourceVersion) < Duration::from_millis(500));
    }

    #[tokio::test(start_paused = true)]
    async fn an_old_version_is_no_trouble() {
        let mut trouble = Trouble::new(Kind::Service);
        let expired = kube::core::Status { code: 410, ..Default::default() };
        for _ in 0..20 {
            assert_eq!(trouble.met(&Error::WatchError(Box::new(expired.clone()))), FIRST_WAIT);
        }
        assert_eq!(trouble.said, None);
    }
}
