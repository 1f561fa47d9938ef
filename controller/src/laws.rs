//! A second look at every plan before it is carried out: whether it breaks a law of releases.

use sluice_core::change::Change;
use sluice_core::law;
use tracing::error;

use crate::context::Context;
use crate::key::Key;
use crate::metrics::of_law;
use crate::observe::Seen;

/// Counts changes that break a law, and tells of them. They are made all the same: what is wrong is the plan or the law, and
/// to stand still is no safer than to go on.
pub fn look(ctx: &Context, seen: &Seen, changes: &[Change]) {
    for (law, change) in law::broken(&seen.observed, changes) {
        ctx.metrics.broken_laws.get_or_create(&of_law(law)).inc();
        let rollout = Key::of(&seen.rollout);
        error!(%rollout, law = law.name(), "{change}: this should never be planned; please report it");
    }
}
