//! Sends what is owed: to each recipient in order, to several at once. Each outcome is kept in mind at once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::join_all;
use futures::stream;
use serde_json::Value;
use sluice_notify::Id;
use sluice_notify::config::{Notice, Service};
use sluice_notify::moment;
use sluice_notify::note::{Note, Owed, thread_key};
use sluice_notify::plan::is_threaded;
use sluice_notify::render::{instead, render};
use sluice_notify::send::{Delivery, Failure, LONGEST, Receipt, SendError, send};
use tokio::time::{Instant, timeout};

use super::desk::{WITHHELD, Wait};
use super::observe::Seen;
use super::seats::SEATS;
use super::{engine, record, thread};
use crate::context::Context;
use crate::key::Key;

/// Longest attempt: what a service is given by itself, and a little more, so that nothing is cut off that may still be heard. What is
/// cut off all the same is tried again with the same identifier.
const LONGEST_ATTEMPT: Duration = LONGEST.saturating_add(Duration::from_secs(5));
/// No attempt begins later in a pass.
const LAST_ATTEMPT: Duration = Duration::from_secs(30);
/// When to look again where a service is wrong as it is configured: that it was corrected is heard of at once.
const SERVICE_OUT: Duration = Duration::from_hours(1);
/// When to look again where all seats at a service are taken.
pub(super) const SEATS_TAKEN: Duration = Duration::from_secs(1);

/// The recipients of one service, by what waits for them are known by, with what they are owed.
type Recipients = BTreeMap<String, Vec<Owed>>;

/// Sends all that may be sent now. Gives when there is more to do.
pub(super) async fn all(ctx: &Arc<Context>, key: &Key, seen: &Seen) -> Option<Instant> {
    let began = Instant::now();
    let mut services: BTreeMap<String, Recipients> = BTreeMap::new();
    for owed in note(ctx, key, seen).owed {
        let recipients = services.entry(owed.to.service.clone()).or_default();
        recipients.entry(thread_key(&owed.to.service, &owed.to.recipient)).or_default().push(owed);
    }
    let each = services.into_values().map(|recipients| {
        let each = stream::iter(recipients).map(|(to, owed)| in_order(ctx, key, seen, to, owed, began));
        // No more at a time than have a seat, or the others would be put off though a seat is free in a moment.
        each.buffer_unordered(usize::from(SEATS)).collect::<Vec<_>>()
    });
    let sent = join_all(each).await.into_iter().flatten();
    seen.desks(ctx).put(key, |desk| desk.is_taken_over = false);
    let edited = thread::edits(ctx, key, seen).await;
    sent.chain([edited]).flatten().min()
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
        if seen.config.is_out(&one.to.service) && !one.is_stale(ctx.clock.now()) {
            return Some(now + SERVICE_OUT);
        }
        let Some(_seat) = seen.notices(ctx).seats.at(&one.to.service) else { return Some(now + SEATS_TAKEN) };
        if let again @ Some(_) = next(ctx, key, seen, (&to, wait.as_ref()), &one).await {
            return again;
        }
    }
    None
}

/// Sends one notice, and keeps in mind what came of it. Gives when to try again if it did not get through.
async fn next(
    ctx: &Arc<Context>,
    key: &Key,
    seen: &Seen,
    (to, before): (&str, Option<&Wait>),
    one: &Owed,
) -> Option<Instant> {
    let began = Instant::now();
    let attempt = timeout(LONGEST_ATTEMPT, attempt(ctx, key, seen, one)).await;
    let slow = |_| SendError { kind: Failure::Unanswered, text: "it took too long to answer".to_owned() };
    let error = attempt.map_err(slow).and_then(|done| done).err();
    let (failure, now) = (error.as_ref().map(|error| error.kind), Instant::now());
    if failure == Some(Failure::Withheld) {
        return Some(now + WITHHELD);
    }
    record::attempt(ctx, seen, one, error.as_ref(), now.duration_since(began));
    let wait = failure.and_then(|failure| Wait::following(before, failure, now));
    let is_stale = wait.is_some() && one.is_stale(ctx.clock.now());
    if is_stale {
        record::lost(ctx, seen, one);
    }
    seen.desks(ctx).put(key, |desk| {
        if wait.is_none() || is_stale {
            desk.note.owed.retain(|other| other != one);
        }
        match wait {
            Some(wait) => desk.waits.insert(to.to_owned(), wait),
            None => desk.waits.remove(to),
        }
    });
    wait.map(|wait| wait.until)
}

async fn attempt(ctx: &Context, key: &Key, seen: &Seen, owed: &Owed) -> Result<(), SendError> {
    if is_threaded(&seen.config, owed)
        && let Some(release) = note(ctx, key, seen).shown_of(&owed.release)
    {
        return thread::tell(ctx, key, seen, release, owed).await;
    }
    let no_service = || {
        permanent(format!("there is no service {0}, or it is wrong; see service.{0} of the ConfigMap", owed.to.service))
    };
    let service = seen.config.services.get(&owed.to.service).ok_or_else(no_service)?;
    let (now, subject) = (ctx.clock.now(), seen.notices(ctx).subject());
    let write = |source: &str, variables: &Value| engine::write(source, variables, subject, now);
    let variables = moment::variables(&seen.variables, owed, &note(ctx, key, seen).release);
    let own = render(&seen.config, &owed.to, &owed.templates, &variables, &write);
    let why = match own {
        Ok(notice) => match deliver(ctx, key, seen, service, owed, &notice).await {
            Err(error) if error.kind == Failure::Template => error.text,
            done => return done,
        },
        Err(error) => error.to_string(),
    };
    // A mistake in a template is told, and keeps nobody from hearing what happened.
    record::unwritten(ctx, seen, owed, &why);
    let notice = instead(&seen.config, subject, &owed.to, &variables, &write, &why);
    let notice = notice.map_err(|error| permanent(error.to_string()))?;
    deliver(ctx, key, seen, service, owed, &notice).await
}

async fn deliver(
    ctx: &Context,
    key: &Key,
    seen: &Seen,
    service: &Service,
    owed: &Owed,
    notice: &Notice,
) -> Result<(), SendError> {
    let group = group(owed, notice.slack.as_ref().map_or("", |slack| slack.texts.grouping_key.as_str()));
    let before = seen.desks(ctx).get(key, &seen.uid).and_then(|desk| desk.note.groups.get(&group).cloned());
    let id = id(seen, owed);
    let (recipient, at) = (owed.to.recipient.as_str(), owed.since.unwrap_or_else(|| ctx.clock.now()));
    let delivery = Delivery { id: &id, recipient, notice, at, before: before.as_ref() };
    let sent = send(&ctx.notify, service, &delivery).await?;
    keep(ctx, key, seen, group, sent.receipt.filter(|receipt| before.as_ref() != Some(receipt)));
    Ok(())
}

fn permanent(text: String) -> SendError {
    SendError { kind: Failure::Permanent, text }
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
