//! Writes down what was told: on the Rollout, as metrics, and what went wrong as an event.

use kube::api::{Api, DynamicObject, Patch};
use kube::core::ApiResource;
use serde_json::json;
use sluice_crds::{Rollout, violation};
use sluice_notify::note::{ANNOTATION, Note, Owed};
use sluice_notify::release::read::is_over;
use sluice_notify::send::SendError;
use tracing::{info, warn};

use super::observe::Seen;
use crate::apply::hand::params;
use crate::context::Context;
use crate::key::{Key, Kind, ObjectId};

/// The reason of the event that tells why somebody was not told.
const FAILED: &str = "NotificationFailed";

/// Notes on the Rollout what was told, if that is news there.
pub(super) async fn note(ctx: &Context, key: &Key, seen: &Seen) -> Result<(), kube::Error> {
    let Some(desk) = ctx.desks.get(key, &seen.uid) else { return Ok(()) };
    let is_over = is_over(seen.release(&desk.note).phase);
    if desk.noted.as_ref().is_some_and(|noted| is_same(noted, &desk.note, is_over)) {
        return Ok(());
    }
    let kind = ApiResource::erase::<Rollout>(&());
    let api: Api<DynamicObject> = Api::namespaced_with(ctx.client.clone(), &key.namespace, &kind);
    let patch = json!({"metadata": {"uid": seen.uid, "annotations": {ANNOTATION: desk.note.text()}}});
    match api.patch(&key.name, &params(), &Patch::Merge(&patch)).await {
        Ok(written) => {
            ctx.wrote(&ObjectId { kind: Kind::Rollout, key: key.clone() }, Kind::Rollout, &written);
            ctx.desks.put(key, |kept| kept.noted = Some(desk.note));
            Ok(())
        }
        Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
        Err(error) => Err(error),
    }
}

/// Whether two notes are the same to whoever reads them later. What the first messages say is written down at the end only: each
/// weight would cost a write, and a process that starts anew edits them once more than it has to.
fn is_same(noted: &Note, now: &Note, is_over: bool) -> bool {
    let plain = |note: &Note| {
        let mut note = note.clone();
        note.threads.values_mut().filter(|_| !is_over).for_each(|thread| thread.says.clear());
        note
    };
    plain(noted) == plain(now)
}

/// Tells why somebody is not told, once for each reason.
pub(super) fn problems(ctx: &Context, seen: &Seen, problems: &[String]) {
    let wrong = (!seen.violations.is_empty()).then(|| violation::in_one_line(&seen.violations));
    for text in wrong.iter().chain(problems) {
        tell(ctx, seen, text);
    }
}

/// Counts an attempt, and says why it failed.
pub(super) fn attempt(ctx: &Context, seen: &Seen, owed: &Owed, error: Option<&SendError>) {
    let key = Key::of(&seen.rollout);
    ctx.metrics.notices.sent(&key, &owed.to.trigger, error.is_none());
    let to = format!("{} {}", owed.to.service, owed.to.recipient);
    match error {
        None => info!(rollout = %key, trigger = owed.to.trigger, "notified {to}"),
        Some(error) => tell(ctx, seen, &format!("{} for {}: {error}", owed.to.trigger, to.trim_end())),
    }
}

fn tell(ctx: &Context, seen: &Seen, text: &str) {
    let key = Key::of(&seen.rollout);
    if ctx.notices_told.is_news(&key, text) {
        warn!(rollout = %key, "{text}");
        ctx.events.warning(&seen.rollout, FAILED, text);
    }
}
