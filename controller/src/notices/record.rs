//! Writes down what was told: on the object, as metrics, and what went wrong as an event.

use std::time::Duration;

use kube::ResourceExt;
use kube::api::{Api, DynamicObject, Patch};
use kube::core::ApiResource;
use serde_json::json;
use sluice_crds::{Application, Rollout, violation};
use sluice_notify::note::{ANNOTATION, LONGEST_OWED, MOST_OWED, Note, Owed};
use sluice_notify::send::SendError;
use sluice_notify::subscribe::Subscription;
use tracing::{info, warn};

use super::desk::Desk;
use super::observe::{About, Seen};
use crate::apply::hand::params;
use crate::context::Context;
use crate::key::{Key, Kind, ObjectId};

/// The reason of the event that tells why somebody was not told.
const FAILED: &str = "NotificationFailed";

/// Notes on the object what was told, if that is news there.
pub(super) async fn note(ctx: &Context, key: &Key, seen: &Seen) -> Result<(), kube::Error> {
    let Some(desk) = seen.desks(ctx).get(key, &seen.uid) else { return Ok(()) };
    if !is_news(&desk, &desk.note) {
        return Ok(());
    }
    let (kind, api) = api(ctx, key, seen);
    let patch = json!({"metadata": {"uid": seen.uid, "annotations": {ANNOTATION: desk.note.text()}}});
    match api.patch(&key.name, &params(), &Patch::Merge(&patch)).await {
        Ok(written) => {
            ctx.wrote(&ObjectId { kind, key: key.clone() }, kind, &written);
            seen.desks(ctx).put(key, |kept| kept.noted = Some(desk.note));
            Ok(())
        }
        Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
        Err(error) => Err(error),
    }
}

/// Whether the cluster has another note than that.
pub(super) fn is_news(desk: &Desk, note: &Note) -> bool {
    desk.noted.as_ref().is_none_or(|noted| !is_same(noted, note))
}

/// Whether the object, read afresh, is as it was seen.
pub(super) async fn is_current(ctx: &Context, key: &Key, seen: &Seen) -> Result<bool, kube::Error> {
    let live = api(ctx, key, seen).1.get_metadata_opt(&key.name).await?;
    let version = match &seen.about {
        About::Rollout(rollout) => rollout.resource_version(),
        About::Application(application) => application.resource_version(),
    };
    Ok(live.is_some_and(|live| live.resource_version() == version))
}

/// Where objects of its kind are.
fn api(ctx: &Context, key: &Key, seen: &Seen) -> (Kind, Api<DynamicObject>) {
    let (kind, resource) = match &seen.about {
        About::Rollout(_) => (Kind::Rollout, ApiResource::erase::<Rollout>(&())),
        About::Application(_) => (Kind::Application, ApiResource::erase::<Application>(&())),
    };
    (kind, Api::namespaced_with(ctx.client.clone(), &key.namespace, &resource))
}

/// Whether two notes are the same to whoever reads them later. How a release stands, and that its threads say so, is written down
/// with what else is, and at the end: each weight would cost a write, and a process that starts anew edits a message once more
/// than it has to.
fn is_same(noted: &Note, now: &Note) -> bool {
    let is_over = now.shown.as_ref().is_some_and(|release| release.phase.is_over());
    let plain = |note: &Note| {
        let mut note = note.clone();
        if !is_over {
            note.shown = None;
            note.threads.values_mut().for_each(|thread| thread.says.clear());
        }
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

/// Counts an attempt that took so long, and says why it failed.
pub(super) fn attempt(ctx: &Context, seen: &Seen, owed: &Owed, error: Option<&SendError>, took: Duration) {
    count(ctx, seen, &owed.to, error.is_none());
    if let About::Rollout(rollout) = &seen.about {
        ctx.metrics.notices.took(&Key::of(&**rollout), took);
    }
    let Subscription { trigger, service, recipient } = &owed.to;
    let to = format!("{service} {recipient}");
    match error {
        None => info!(object = %name(seen), trigger, "notified {to}"),
        Some(error) => tell(ctx, seen, &format!("{} for {}: {error}", owed.to.trigger, to.trim_end())),
    }
}

fn count(ctx: &Context, seen: &Seen, to: &Subscription, well: bool) {
    match &seen.about {
        About::Rollout(rollout) => ctx.metrics.notices.sent(&Key::of(&**rollout), &to.trigger, well),
        About::Application(_) => ctx.metrics.notices.delivered(&to.trigger, &to.service, well),
    }
}

/// Counts notices for which there is no room, and says so.
pub(super) fn dropped(ctx: &Context, seen: &Seen, dropped: &[Owed]) {
    for owed in dropped {
        count(ctx, seen, &owed.to, false);
    }
    if !dropped.is_empty() {
        let many = dropped.len();
        tell(ctx, seen, &format!("{many} notices are lost: {MOST_OWED} others wait to be sent already"));
    }
}

/// Counts a notice that was given up, and says so.
pub(super) fn lost(ctx: &Context, seen: &Seen, owed: &Owed) {
    count(ctx, seen, &owed.to, false);
    let Subscription { trigger, service, recipient } = &owed.to;
    let to = format!("{service} {recipient}");
    let hours = LONGEST_OWED.as_hours();
    tell(ctx, seen, &format!("{trigger} for {}: it is lost, as it could not be sent for {hours} h", to.trim_end()));
}

/// Tells that a notice says less than it was to say.
pub(super) fn unwritten(ctx: &Context, seen: &Seen, owed: &Owed, error: &str) {
    tell(ctx, seen, &format!("{} is told in the built-in words: {error}", owed.to.trigger));
}

fn tell(ctx: &Context, seen: &Seen, text: &str) {
    let key = match &seen.about {
        About::Rollout(rollout) => Key::of(&**rollout),
        About::Application(application) => Key::of(&**application),
    };
    if !seen.notices(ctx).told.is_news(&key, text) {
        return;
    }
    warn!(object = %name(seen), "{text}");
    match &seen.about {
        About::Rollout(rollout) => ctx.events.warning(&**rollout, FAILED, text),
        About::Application(application) => ctx.events.warning(&**application, FAILED, text),
    }
}

/// What it is about, for the log.
fn name(seen: &Seen) -> String {
    match &seen.about {
        About::Rollout(rollout) => format!("Rollout {}", Key::of(&**rollout)),
        About::Application(application) => format!("Application {}", Key::of(&**application)),
    }
}
