//! A release's thread in Slack: its first message, which is edited in place, and the replies.

use std::time::Duration;

use jiff::SignedDuration;
use sluice_notify::Id;
use sluice_notify::config::{Kind, Slack};
use sluice_notify::note::{Left, Note, Owed, Thread, thread_key};
use sluice_notify::release::Release;
use sluice_notify::send::slack::{find, post, update};
use sluice_notify::send::{Failure, Receipt, SendError};
use sluice_notify::slack::{Message, reply, top};
use tokio::time::Instant;

use super::desk::Wait;
use super::observe::Seen;
use super::send::{SEATS_TAKEN, id, note};
use crate::context::Context;
use crate::key::Key;

/// The first message is not edited more often than this: Slack takes about one message a second and channel.
const PAUSE: Duration = Duration::from_secs(2);
/// How much earlier than its release a message may have been posted by Slack's clock.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// Tells of something that happened: as a reply, and first of all by the message that the thread begins with.
pub(super) async fn tell(
    ctx: &Context,
    key: &Key,
    seen: &Seen,
    release: &Release,
    owed: &Owed,
) -> Result<(), SendError> {
    let Some(at) = place(seen, (&owed.release, release), &owed.to.service, &owed.to.recipient) else {
        let text = format!("there is no service {}", owed.to.service);
        return Err(SendError { kind: Failure::Permanent, text });
    };
    let thread = begun(ctx, key, seen, &at).await?;
    let Some(what) = &owed.of.what else { return Ok(()) };
    let posted = once(ctx, key, seen, &at, Some(&thread.top), &reply(release, what), &id(seen, owed)).await;
    if posted.as_ref().is_err_and(|error| error.kind == Failure::Gone) {
        // Somebody deleted the thread. The next attempt begins another one.
        change(ctx, key, seen, |note| note.threads_of(at.of).and_then(|threads| threads.remove(&at.name)));
        return posted.map(drop).map_err(|error| SendError { kind: Failure::Temporary { retry_after: None }, ..error });
    }
    posted.map(drop)
}

/// Where a thread is.
struct Place<'s> {
    slack: &'s Slack,
    channel: &'s str,
    /// What it is noted by.
    name: String,
    /// Of which release.
    of: &'s str,
    /// How that stands or ended.
    release: &'s Release,
}

impl Place<'_> {
    /// What its first message is known by.
    fn id(&self, seen: &Seen) -> Id {
        Id::of(&[&seen.uid, self.of, "top", &self.name])
    }
}

fn place<'s>(
    seen: &'s Seen,
    (of, release): (&'s str, &'s Release),
    service: &str,
    channel: &'s str,
) -> Option<Place<'s>> {
    match &seen.config.services.get(service)?.kind {
        Kind::Slack(slack) => Some(Place { slack, channel, name: thread_key(service, channel), of, release }),
        _ => None,
    }
}

/// Keeps in mind what became of a thread.
fn change<T>(ctx: &Context, key: &Key, seen: &Seen, change: impl FnOnce(&mut Note) -> T) {
    seen.desks(ctx).put(key, |desk| change(&mut desk.note));
}

/// The thread of the release, which begins now if there is none.
async fn begun(ctx: &Context, key: &Key, seen: &Seen, at: &Place<'_>) -> Result<Thread, SendError> {
    let known = note(ctx, key, seen).threads_of(at.of).and_then(|threads| threads.get(&at.name).cloned());
    if let Some(thread) = known {
        return Ok(thread);
    }
    let message = top(at.release);
    let top = once(ctx, key, seen, at, None, &message, &at.id(seen)).await?;
    let thread = Thread { top, says: says(&message) };
    change(ctx, key, seen, |note| note.threads_of(at.of).map(|all| all.insert(at.name.clone(), thread.clone())));
    Ok(thread)
}

/// Posts a message, unless an earlier process did before it could note that, or an earlier attempt whose answer was lost.
async fn once(
    ctx: &Context,
    key: &Key,
    seen: &Seen,
    at: &Place<'_>,
    thread: Option<&Receipt>,
    message: &Message,
    id: &Id,
) -> Result<Receipt, SendError> {
    let failed = seen.desks(ctx).get(key, &seen.uid).is_some_and(|desk| desk.waits.contains_key(&at.name));
    if seen.is_taken_over() || failed {
        let began = at.release.began;
        let since = began.checked_sub(SKEW).unwrap_or(began);
        // Without the right to look, it is sent: better twice than never.
        if let Ok(Some(found)) = find(&ctx.notify, at.slack, at.channel, thread, since, id).await {
            return Ok(found);
        }
    }
    post(&ctx.notify, at.slack, at.channel, thread, message, id).await
}

/// Edits the first message of each thread that says something else than is so. Gives when to look again.
pub(super) async fn edits(ctx: &Context, key: &Key, seen: &Seen) -> Option<Instant> {
    let Note { left, release, shown, threads, .. } = note(ctx, key, seen);
    let current = shown.map(|shown| Left { id: release, release: shown, threads });
    let mut again = None;
    for Left { id, release, threads } in left.iter().chain(&current) {
        let message = top(release);
        for (name, thread) in threads.iter().filter(|(_, thread)| thread.says != says(&message)) {
            let of = (id.as_str(), release);
            let Some(at) = name.split_once('/').and_then(|(service, channel)| place(seen, of, service, channel)) else {
                continue;
            };
            again = edit(ctx, key, seen, &at, thread, &message).await.into_iter().chain(again).min();
        }
    }
    change(ctx, key, seen, |note| {
        let is_owed = |left: &Left| note.owed.iter().any(|owed| owed.release == left.id);
        // It can be edited once the service is corrected.
        let is_out = |left: &Left| services(left).any(|service| seen.config.is_out(service));
        note.left.retain(|left| is_owed(left) || ((again.is_some() || is_out(left)) && !is_settled(left)));
    });
    again
}

fn services(left: &Left) -> impl Iterator<Item = &str> {
    left.threads.keys().filter_map(|name| name.split('/').next())
}

/// Whether all of a release's threads say how it ended.
fn is_settled(left: &Left) -> bool {
    let end = says(&top(&left.release));
    left.threads.values().all(|thread| thread.says == end)
}

async fn edit(
    ctx: &Context,
    key: &Key,
    seen: &Seen,
    at: &Place<'_>,
    thread: &Thread,
    message: &Message,
) -> Option<Instant> {
    let (wait_name, now) = (format!("edit {}", at.name), Instant::now());
    let wait = seen.desks(ctx).get(key, &seen.uid)?.waits.get(&wait_name).copied();
    if let Some(wait) = wait.filter(|wait| wait.until > now) {
        return Some(wait.until);
    }
    let service = at.name.split('/').next().unwrap_or_default();
    let Some(_seat) = seen.notices(ctx).seats.at(service) else { return Some(now + SEATS_TAKEN) };
    let edited = update(&ctx.notify, at.slack, &thread.top, message, &at.id(seen)).await;
    let wait = |error: SendError| {
        // An edit may be done twice.
        let failure =
            if error.kind == Failure::Unanswered { Failure::Temporary { retry_after: None } } else { error.kind };
        Wait::following(wait.as_ref(), failure, now)
    };
    let (after, again) = match edited.map_err(wait) {
        Ok(()) => (Wait::until(now + PAUSE), None),
        Err(Some(wait)) => (wait, Some(wait.until)),
        Err(None) => (Wait::until(now), None),
    };
    seen.desks(ctx).put(key, |desk| {
        desk.waits.insert(wait_name, after);
        let threads = desk.note.threads_of(at.of).filter(|_| again.is_none());
        // Edited; or it cannot be, and is not tried again until it would say something else.
        threads.and_then(|all| all.get_mut(&at.name)).into_iter().for_each(|thread| thread.says = says(message));
    });
    again
}

/// What a message says, in short.
fn says(message: &Message) -> String {
    let parts = serde_json::json!([message.text, message.blocks, message.attachments]).to_string();
    Id::of(&[&parts]).as_str().chars().take(8).collect()
}
