//! Commits that are taken back in git: what came of that so far. It goes on beside the passes.

use sluice_gitops::application::change::Change;
use sluice_gitops::application::status::Done;

use super::Outcome;
use crate::application::observe::Seen;
use crate::context::Context;
use crate::key::Key;
use crate::sources::Taken;

/// Looks how far they are. What one commit of several sources brought is taken back as a whole: none is done before all are.
pub(super) fn look(ctx: &Context, seen: &Seen, reverts: Vec<Change>, outcome: &mut Outcome) {
    let each: Vec<(Change, Taken)> =
        reverts.into_iter().map(|change| (change.clone(), taken(ctx, seen, &change))).collect();
    let are_done = each.iter().all(|(_, taken)| *taken == Taken::Done);
    for (change, taken) in each {
        match taken {
            Taken::Done if are_done => outcome.done.push(Done { change, result: Ok(()) }),
            Taken::Done | Taken::UnderWay => {}
            Taken::Failed { why, is_new: true } => {
                outcome.done.push(Done { change, result: Err(why.to_string()) });
            }
            Taken::Failed { why, is_new: false } => outcome.still.push(format!("{change}: {why}")),
        }
    }
}

fn taken(ctx: &Context, seen: &Seen, change: &Change) -> Taken {
    let Change::Revert(revert) = change else { return Taken::Done };
    let key = Key::of(&seen.application);
    let project = seen.observed.home.as_ref().map(|home| home.project.name.clone()).unwrap_or_default();
    let config = ctx.gitops.config();
    ctx.gitops.reverts.look(&key, revert, &project, &config.credentials)
}
