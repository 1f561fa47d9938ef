//! Going back: when nothing is waited for on the way, and what revisions are remembered by.

use crate::change::Change;
use crate::fact::Skip;
use crate::observed::{Observed, Past, Revision};
use crate::spec::{Spec, Strategy};
use crate::stage::Stage;

/// Why steps, pauses and analyses are skipped on the way to the revision that the spec asks for now.
///
/// Never: to a revision whose own release was taken back, or was never completed.
pub(crate) fn skips(spec: &Spec, seen: &Observed) -> Option<Skip> {
    let stable = seen.stable_hash()?;
    if stable == seen.hash {
        return Some(Skip::BackToStable);
    }
    let new = seen.new_revision().filter(|new| new.past.speaks_for_it())?;
    if let Some(window) = spec.rollback_window.filter(|window| within(*window, new, seen)) {
        return Some(Skip::Window(window));
    }
    still_there(spec, new).then_some(Skip::StillThere)
}

/// Whether fewer than that many revisions were made between this one and the stable one, which is newer.
fn within(window: u32, new: &Revision, seen: &Observed) -> bool {
    let Some((new, stable)) = new.created.zip(seen.stable_revision().and_then(|stable| stable.created)) else {
        return false;
    };
    let between = seen.revisions.iter().filter(|other| other.created.is_some_and(|made| new < made && made < stable));
    new < stable && between.count() < window as usize
}

/// Whether a blue-green release need only switch back: nobody has taken its pods away yet. Those that an autoscaler asked for
/// just now may be on their way; the switch waits for all of them.
fn still_there(spec: &Spec, new: &Revision) -> bool {
    matches!(spec.strategy, Strategy::BlueGreen(_)) && spec.replicas > 0 && new.available > 0
}

/// Notes on revisions how their releases went, where a way back may ask.
pub(crate) fn remember(spec: &Spec, seen: &Observed, stage: &Stage) -> Vec<Change> {
    if spec.rollback_window.is_none() && seen.guard.is_none() && !matches!(spec.strategy, Strategy::BlueGreen(_)) {
        return Vec::new();
    }
    let stable = seen.stable_revision().filter(|stable| !stable.past.speaks_for_it());
    let stable = stable.map(|stable| (stable, Past::Completed));
    let new = seen.new_revision().filter(|new| matches!(stage, Stage::Aborting(_)) && new.past != Past::Aborted);
    let new = new.map(|new| (new, Past::Aborted));
    let notes = stable.into_iter().chain(new);
    notes.map(|(revision, past)| Change::Remember { hash: revision.hash.clone(), past }).collect()
}
