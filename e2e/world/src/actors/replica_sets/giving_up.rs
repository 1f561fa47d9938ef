//! Which pods go first when there are too many.

use std::cmp::Reverse;

use crate::actors::Key;
use crate::actors::view::Pod;

/// The names of so many pods, in the order in which Kubernetes gives them up: those without a place, those that do not
/// run, the unready, the cheap, the lately ready, the often restarted, the young.
pub(super) fn first_to_go(pods: &[(&Key, &Pod)], spare: usize) -> impl Iterator<Item = Key> {
    let mut order = pods.to_vec();
    order.sort_by_key(|(key, pod)| {
        let has_place = pod.ip.is_some();
        let youth = (Reverse(pod.ready), Reverse(pod.restarts), Reverse(*key));
        (has_place, pod.phase, pod.ready.is_some(), pod.cost, youth)
    });
    order.into_iter().take(spare).map(|(key, _)| key.clone())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value, json};

    use super::*;

    /// Pods `a`, `b` and so on by their statuses; gives the order in which they go.
    fn check(pods: &[Value], expected: &str) {
        let names = ["a", "b", "c", "d"].map(|name| Key::new("shop", name));
        let pods: Vec<_> = pods.iter().map(Pod::of).collect();
        let pairs: Vec<_> = names.iter().zip(&pods).collect();
        let order: Vec<_> = first_to_go(&pairs, pods.len()).map(|key| key.name).collect();
        assert_eq!(order.join(" "), expected);
    }

    fn pod(phase: &str, ready_since: Option<&str>, restarts: u32) -> Value {
        let ready = ready_since.map(|since| json!({"type": "Ready", "status": "True", "lastTransitionTime": since}));
        json!({"status": {
            "phase": phase, "podIP": "10.244.0.1", "conditions": [ready],
            "containerStatuses": [{"restartCount": restarts}],
        }})
    }

    #[test]
    fn what_serves_nobody_goes_first() {
        let ready = pod("Running", Some("2026-01-01T00:00:00Z"), 0);
        check(&[ready, pod("Running", None, 0), pod("Pending", None, 0), json!({})], "d c b a");
    }

    #[test]
    fn among_the_ready_the_youngest_go_first() {
        let since = |time: &str| pod("Running", Some(time), 0);
        check(&[since("2026-01-01T00:00:05Z"), since("2026-01-01T00:00:01Z"), since("2026-01-01T00:00:09Z")], "c a b");
        check(&[since("2026-01-01T00:00:01Z"), since("2026-01-01T00:00:01Z")], "b a");
    }

    #[test]
    fn often_restarted_ones_and_cheap_ones_go_before() {
        let at = Some("2026-01-01T00:00:01Z");
        check(&[pod("Running", at, 3), pod("Running", at, 0)], "a b");
        let mut cheap = pod("Running", at, 0);
        cheap.as_object_mut().unwrap().insert(
            "metadata".to_owned(),
            json!({"annotations": {"controller.kubernetes.io/pod-deletion-cost": "-5"}}),
        );
        check(&[cheap, pod("Running", Some("2026-01-01T00:00:09Z"), 0)], "a b");
    }
}
