//! What an API server refuses at once, written beside the fields it is about.
//!
//! Only what is wrong whatever the rest of the cluster looks like, and only what no controller of this API takes: a
//! manifest that works elsewhere must go through. Whoever reads a spec still checks all of it, since an object may be older
//! than these rules. An API server counts what a rule may cost at worst, so lists and texts that rules look into have an end:
//! far beyond what people write.

use kube_core::{Message, Rule};

/// The most steps of a canary.
pub(crate) const STEPS: usize = 200;

/// The most sets of pods of one experiment.
pub(crate) const TEMPLATES: usize = 20;

/// The most metrics of one template.
pub(crate) const METRICS: usize = 1000;

/// The longest name of a set of pods. Names of Kubernetes' objects are made of it, and have this end.
pub(crate) const NAME: usize = 253;

/// The longest duration, as text: with room for an argument's name in it.
pub(crate) const DURATION: usize = 256;

/// What `pause.duration` may be as text. A rule would say it in words, but may cost too much: text that may be a number
/// has no end for an API server.
pub(crate) const PAUSE: &str = r"^\+?([0-9]+|(([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$";

/// What must hold of `field`, a path from where the rule stands, and what is said where it does not.
pub(crate) fn rule(field: &str, holds: &str, message: &str) -> Rule {
    let rule = here(holds, message);
    if field.is_empty() { rule } else { rule.field_path(field) }
}

/// What must hold of the value where the rule stands.
pub(crate) fn here(holds: &str, message: &str) -> Rule {
    Rule::new(holds).message(Message::Message(message.to_owned()))
}

/// A duration that is not negative, or one that an argument gives.
pub(crate) fn duration() -> Rule {
    here(
        r"self == '' || self.contains('{{') || self.matches('^\\+?(0|(([0-9]+\\.?[0-9]*|\\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$')",
        "must be a duration, such as \"30s\" or \"1h30m\", and not negative",
    )
}

/// A number of pods, or a percentage.
pub(crate) fn pods() -> Rule {
    here(
        "type(self) == int ? self >= 0 : string(self).matches('^[0-9]+%*$')",
        "must be a number of pods or a percentage such as \"25%\"",
    )
}

/// Names that must be there, each once.
pub(crate) fn unique_names() -> Rule {
    here(
        "self.all(one, one.name != '' && self.exists_one(other, other.name == one.name))",
        "must each have a name, and no two the same",
    )
}
