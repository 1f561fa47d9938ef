//! Hashes that name revisions and tell step lists apart.
//!
//! FNV-1a over canonical JSON (keys sorted), spelled in letters that make no words, so that it fits
//! a label and a name. Of our own making: whoever made a ReplicaSet, its label is kept and never
//! worked out again, so that no upgrade redeploys a fleet.

use serde::Serialize;
use sluice_crds::{AnalysisRunSpec, CanaryStep, PodTemplate};

use crate::observed::Hash;

/// The hash of a pod template.
pub fn template(template: &PodTemplate) -> Hash {
    of(&template.0)
}

/// The hash of a template of an Experiment: another one than any revision of a Rollout has, even if it asks for the same pods.
/// Nothing of the Rollout may select the experiment's pods (<https://github.com/argoproj/argo-rollouts/issues/380>).
pub fn of_experiment(experiment: &str, template: &str, pods: &PodTemplate) -> Hash {
    of(&(experiment, template, &pods.0))
}

/// The hash of what a watch is asked for.
pub fn watch(spec: &AnalysisRunSpec) -> Hash {
    of(spec)
}

/// What the hashes of step lists begin with, so that they are known from those of other controllers.
const STEPS: &str = "sluice-";

/// The hash of a step list.
pub fn steps(steps: &[CanaryStep]) -> Hash {
    Hash(format!("{STEPS}{}", of(&serde_json::to_value(steps).unwrap_or_default())))
}

/// Whether a recorded hash can be of this step list.
///
/// Another controller's can: it hashes its own encoding of the steps, and a release that is taken over half-way goes on
/// where it is. The pass that takes it over records the hash of ours, so that the next change is seen.
pub fn may_be(recorded: &str, now: &Hash) -> bool {
    recorded == now.0 || !recorded.starts_with(STEPS)
}

fn of(value: &impl Serialize) -> Hash {
    let text = serde_json::to_string(value).unwrap_or_default();
    Hash(spell(fnv1a(text.as_bytes())))
}

/// FNV-1a with 32 bits (Fowler, Noll, Vo).
fn fnv1a(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

/// Decimal digits in an alphabet without vowels, as Kubernetes spells its own hashes.
fn spell(hash: u32) -> String {
    const ALPHABET: [char; 27] = [
        'b', 'c', 'd', 'f', 'g', 'h', 'j', 'k', 'l', 'm', 'n', 'p', 'q', 'r', 's', 't', 'v', 'w', 'x', 'z', '2', '4',
        '5', '6', '7', '8', '9',
    ];
    hash.to_string().bytes().filter_map(|digit| ALPHABET.get(usize::from(digit) % ALPHABET.len())).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_order_of_keys_makes_no_new_revision() {
        let one = PodTemplate(json!({"metadata": {"labels": {"a": "1", "b": "2"}}}));
        let other = PodTemplate(json!({"metadata": {"labels": {"b": "2", "a": "1"}}}));
        assert_eq!(template(&one), template(&other));
    }

    #[test]
    fn another_image_makes_a_new_revision() {
        let image = |name| PodTemplate(json!({"spec": {"containers": [{"image": name}]}}));
        assert_ne!(template(&image("app:1")), template(&image("app:2")));
    }

    #[test]
    fn pods_of_an_experiment_are_told_apart_from_those_of_a_release() {
        let pods = PodTemplate(json!({"spec": {"containers": [{"image": "app:1"}]}}));
        let hashes = [template(&pods), of_experiment("exp", "one", &pods), of_experiment("exp", "two", &pods)];
        assert_ne!(hashes[0], hashes[1]);
        assert_ne!(hashes[1], hashes[2]);
        assert_ne!(hashes[1], of_experiment("other", "one", &pods));
    }

    #[test]
    fn a_release_of_another_controller_goes_on_where_it_is() {
        let now = steps(&[]);
        assert!(may_be(&now.0, &now) && may_be("6b56c8cdb4", &now));
        assert!(!may_be("sluice-6b56c8cdb4", &now));
    }

    #[test]
    fn a_hash_never_changes_between_versions_of_sluice() {
        assert_eq!(template(&PodTemplate(json!({"spec": {"containers": []}}))).0, "699f6d64");
    }
}
