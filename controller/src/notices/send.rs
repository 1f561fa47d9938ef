//! Sends what is owed: to each recipient in order, to several at once. Each outcome is kept in mind at once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use serde_json::{Map, Value};
use sluice_notify::Id;
use sluice_notify::note::{Note, Owed, thread_key};
use sluice_notify::plan::is_threaded;
use sluice_notify::release::Happening;
use sluice_notify::render::render;
use sluice_notify::send::{Delivery, Failure, Receipt, SendError, send};
use tokio::time::{Instant, timeout};

use super::desk::Wait;
use super::observe::Seen;
use super::{engine, record, thread};
use crate::context::Context;
use crate::key::Key;

/// Longest attempt. One that takes longer may have been heard: it is tried again with the same identifier.
const LONGEST_ATTEMPT: Duration = Duration::from_secs(20);
/// No attempt begins later in a pass.
const LAST_ATTEMPT: Duration = Duration::from_secs(30);
/// When to look again where all seats at a service are taken.
pub(super) const SEATS_TAKEN: Duration = Duration::from_secs(1);

/// Sends all that may be sent now. Gives when there is more to do.
pub(super) async fn all(ctx: &Arc<Context>, key: &Key, seen: &Seen) -> Option<Instant> {
    let began = Instant::now();
    let mut recipients: BTreeMap<String, Vec<Owed>> = BTreeMap::new();
    for owed in note(ctx, key, seen).owed {
        recipients.entry(thread_key(&owed.to.service, &owed.to.recipient)).or_default().push(owed);
    }
    let each = recipients.into_iter().map(|(to, owed)| in_order(ctx, key, seen, to, owed, began));
    let sent = join_all(each).await;
    seen.desks(ctx).put(key, |desk| desk.is_taken_over = false);
    let edited = thread::edits(ctx, key, seen).await;
    sent.into_iter().chain([edited]).flatten().min()
}

/// Sends to one recipient, up to the first notice that does not get through. Gives when to try again.
async fn in_order(
    ctx: &Arc<Context>,
    key: &Key,
    seen: &Seen,
    to: String,
    owed: Vec<Owed>,
    began: Instant,
) -> Option<Instant> {
    for one in owed {
        let now = Instant::now();
        let wait = seen.desks(ctx).get(key, &seen.uid)?.waits.get(&to).copied();
        if let Some(wait) = wait.filter(|wait| wait.until > now) {
            return Some(wait.until);
        }
        if began.elapsed() > LAST_ATTEMPT {
            return Some(now);
        }
        let Some(_seat) = seen.notices(ctx).seats.at(&one.to.service) else { return Some(now + SEATS_TAKEN) };
        let attempt = timeout(LONGEST_ATTEMPT, attempt(ctx, key, seen, &one)).await;
        let took = "it took too long to answer";
        let slow = |_| SendError { kind: Failure::Temporary { retry_after: None }, text: took.to_owned() };
        let error = attempt.map_err(slow).and_then(|done| done).err();
        record::attempt(ctx, seen, &one, error.as_ref());
        match error.as_ref().map(|error| error.kind) {
            Some(Failure::Temporary { retry_after }) => {
                let wait = Wait::after(wait.as_ref(), retry_after, Instant::now());
                seen.desks(ctx).put(key, |desk| desk.waits.insert(to, wait));
                return Some(wait.until);
            }
            // It got through, or never will.
            None | Some(Failure::Permanent | Failure::Gone) => {
                seen.desks(ctx).put(key, |desk| {
                    desk.note.owed.retain(|other| *other != one);
                    desk.waits.remove(&to);
                });
            }
        }
    }
    None
}

async fn attempt(ctx: &Context, key: &Key, seen: &Seen, owed: &Owed) -> Result<(), SendError> {
    if is_threaded(&seen.config, owed)
        && let Some(release) = note(ctx, key, seen).shown_of(&owed.release)
    {
        return thread::tell(ctx, key, seen, release, owed).await;
    }
    let permanent = |text: String| SendError { kind: Failure::Permanent, text };
    let now = ctx.clock.now();
    let subject = seen.notices(ctx).subject();
    let write = |source: &str, variables: &serde_json::Value| engine::write(source, variables, subject, now);
    let notice = render(&seen.config, &owed.to, &owed.templates, &variables(seen, owed), &write);
    let notice = notice.map_err(|error| permanent(error.to_string()))?;
    let service = seen.config.services.get(&owed.to.service);
    let service = service.ok_or_else(|| permanent(format!("there is no service {}", owed.to.service)))?;
    let group = group(owed, notice.slack.as_ref().map_or("", |slack| slack.texts.grouping_key.as_str()));
    let before = seen.desks(ctx).get(key, &seen.uid).and_then(|desk| desk.note.groups.get(&group).cloned());
    let id = id(seen, owed);
    let delivery =
        Delivery { id: &id, recipient: &owed.to.recipient, notice: &notice, at: now, before: before.as_ref() };
    let sent = send(&ctx.notify, service, &delivery).await?;
    keep(ctx, key, seen, group, sent.receipt.filter(|receipt| before.as_ref() != Some(receipt)));
    Ok(())
}

/// What templates find: of what happened, why it did, and the evidence.
fn variables(seen: &Seen, owed: &Owed) -> Map<String, Value> {
    let (why, evidence) = owed.of.what.as_ref().and_then(Happening::why).unwrap_or_default();
    let known = [("why", why), ("evidence", evidence)].map(|(name, text)| (name.to_owned(), Value::from(text)));
    seen.variables.clone().into_iter().chain(known).collect()
}

/// What belongs together at a service: what a template says, else all notices of one release.
fn group(owed: &Owed, said: &str) -> String {
    let said = if said.is_empty() { &owed.release } else { said };
    format!("{}#{said}", thread_key(&owed.to.service, &owed.to.recipient))
}

fn keep(ctx: &Context, key: &Key, seen: &Seen, group: String, receipt: Option<Receipt>) {
    if let Some(receipt) = receipt {
        seen.desks(ctx).put(key, |desk| desk.note.group(group, receipt));
    }
}

/// What tells this notice from all others, in each process.
pub(super) fn id(seen: &Seen, owed: &Owed) -> Id {
    let to = &owed.to;
    Id::of(&[&seen.uid, &owed.release, &owed.of.id, &to.trigger, &to.service, &to.recipient])
}

/// What was told and what is owed, as far as it is known now.
pub(super) fn note(ctx: &Context, key: &Key, seen: &Seen) -> Note {
    seen.desks(ctx).get(key, &seen.uid).map(|desk| desk.note).unwrap_or_default()
}
