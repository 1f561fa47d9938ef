//! What may be deleted because git has it no more, and the brakes on that.
//!
//! Nothing is deleted on a source that failed: there is nothing to compare with then. And a source that has suddenly lost most of
//! its objects is more likely broken than meant.

use jiff::Timestamp;
use sluice_crds::OperationState;
use sluice_crds::names::application::{PRUNE_APPROVED, SYNC_OPTIONS};

use super::change::Why;
use super::observed::{Compared, Home, Item, Observed, Words};
use super::{compare, delete};
use crate::spec::{Automated, Leave, Options};
use crate::{Object, validate};

/// What may be done about an object that git has no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is deleted.
    Delete,
    /// It stays.
    Skip(&'static str),
    /// It waits for a person's word.
    Ask,
}

/// What a sync says of an object that it does not delete because another Application has it.
pub(super) const HAD_ELSEWHERE: &str = "ignored (another application has it)";

/// Whether one object may be deleted. What the object itself says goes before what the Application says.
pub(super) fn verdict(item: &Item, options: Options, asked: bool, words: &Words, started: Timestamp) -> Verdict {
    let Some(live) = &item.live else { return Verdict::Delete };
    if let Some(why) = has_to_stay(item, live, options) {
        return Verdict::Skip(why);
    }
    match options.of(live.listed(SYNC_OPTIONS)).prune {
        _ if !asked => Verdict::Skip("ignored (requires pruning)"),
        Leave::Given | Leave::Refused => Verdict::Delete,
        Leave::Asked if words.approve_since(started) => Verdict::Delete,
        Leave::Asked => Verdict::Ask,
    }
}

/// Why an object has to stay, whoever asks.
fn has_to_stay(item: &Item, live: &Object, options: Options) -> Option<&'static str> {
    let refuses = options.of(live.listed(SYNC_OPTIONS)).prune == Leave::Refused;
    (!item.wanted_by.is_empty()).then_some(HAD_ELSEWHERE).or(refuses.then_some("ignored (no prune)"))
}

/// Whether an object that git has no more is there to stay, whoever asks: it says so itself, or another Application has it.
pub(super) fn is_kept(item: &Item, options: Options) -> bool {
    item.desired.is_none()
        && item.live.as_ref().map_or(!item.wanted_by.is_empty(), |live| has_to_stay(item, live, options).is_some())
}

/// Why an object stays that was to be deleted, by what it says and who else wants it at that moment: that may have changed since it was
/// planned.
pub fn stays(seen: &Observed, why: Why, fresh: &Object, wanted_by: &[String]) -> Option<String> {
    let Ok(home) = &seen.home else { return None };
    let options = seen.spec.as_ref().map(|spec| spec.options).unwrap_or_default();
    match why {
        Why::NotInGit => {
            let state = seen.status.operation_state.as_ref()?;
            let (options, _) = validate::operation(&state.operation, options).ok()?;
            let (live, wanted_by) = (Some(fresh.clone()), wanted_by.to_vec());
            let item = Item { key: fresh.key(), live, wanted_by, ..Item::default() };
            let asked = state.operation.sync.as_ref().is_some_and(|sync| sync.prune);
            match verdict(&item, options, asked, &seen.words, started(state)) {
                Verdict::Delete => (!item.is_extra()).then(|| "another object made it, or it is a hook".to_owned()),
                Verdict::Skip(why) => Some(why.to_owned()),
                Verdict::Ask => Some("it waits for a person's word".to_owned()),
            }
        }
        Why::ApplicationDeleted => {
            let goes = delete::goes(seen, home, fresh, options) && !delete::waits(seen, fresh, options);
            (!goes).then(|| "it does not go with its application".to_owned())
        }
        Why::RunAgain | Why::Succeeded | Why::Failed | Why::Terminated => None,
    }
}

fn started(state: &OperationState) -> Timestamp {
    state.started_at.as_ref().map_or(Timestamp::UNIX_EPOCH, |at| at.0)
}

/// Why a sync by itself must not delete what it would, if it must not.
pub(super) fn brake(seen: &Observed, automated: Automated, compared: &Compared, home: &Home) -> Option<String> {
    let options = seen.spec.as_ref().map(|spec| spec.options).unwrap_or_default();
    let there = compare::counted(compared, home).filter(|item| item.live.is_some());
    let (gone, kept): (Vec<&Item>, Vec<&Item>) =
        there.partition(|item| item.desired.is_none() && !is_kept(item, options));
    let all = gone.len() + kept.len();
    if !automated.prune || gone.is_empty() {
        return None;
    }
    let approved = seen.words.prune_approved.as_deref() == Some(compared.revision.to_string().as_str());
    let desired = compare::counted(compared, home).any(|item| item.desired.is_some());
    if !desired {
        let why = || {
            format!(
                "would delete all {} objects: the source describes none. If that is meant, set syncPolicy.automated.allowEmpty, or: \
                 kubectl sluice app sync {} --prune",
                gone.len(),
                seen.called
            )
        };
        return (!automated.allow_empty).then(why);
    }
    (gone.len() * 2 > all && !approved).then(|| {
        format!(
            "would delete {} of {all} objects (kubectl sluice app diff {called} shows them). If that is meant: kubectl sluice app sync \
             {called} --prune, or set the annotation {PRUNE_APPROVED}: {}",
            gone.len(),
            compared.revision,
            called = seen.called,
        )
    })
}
