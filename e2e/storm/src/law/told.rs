//! What people in Slack were told, once everything is over.

use sluice_world::actors::slack::Posted;
use sluice_world::api::Store;
use sluice_world::ending::Ending;
use sluice_world::scenario::Scenario;

/// Nothing twice, and where somebody is subscribed the end of the last release.
pub(crate) fn told(scenario: &Scenario, store: &Store, messages: &[Posted]) -> Vec<String> {
    let mut broken: Vec<String> = twice(messages).chain(unfinished(messages)).collect();
    let ending = Ending::of(store);
    let end = match ending.phase.as_str() {
        _ if ending.aborted => "users go back to the version before",
        "Healthy" => "all users have the new version",
        _ => return broken,
    };
    let is_told = messages.iter().any(|one| one.text().ends_with(end));
    if scenario.rollout.to_string().contains("subscribe.slack") && !is_told {
        let texts: Vec<&str> = messages.iter().map(Posted::text).collect();
        broken.push(format!("people hear how it ended: nobody was told \"{end}\", only {texts:?}"));
    }
    broken
}

fn twice(messages: &[Posted]) -> impl Iterator<Item = String> {
    let again = |(at, one): (usize, &Posted)| {
        let before = messages.iter().take(at).find(|other| other.id() == one.id())?;
        Some(format!("nothing is told twice: \"{}\" at {} and at {}", one.text(), before.ts, one.ts))
    };
    messages.iter().enumerate().filter_map(again)
}

/// First messages of releases before the last that say those go on.
fn unfinished(messages: &[Posted]) -> impl Iterator<Item = String> {
    let first: Vec<&Posted> = messages.iter().filter(|one| one.thread.is_none()).collect();
    let before = first.len().saturating_sub(1);
    let goes_on = |one: &&Posted| {
        [" is rolling out", " is waiting", " is held", " is stuck"].iter().any(|how| one.text().contains(how))
    };
    let said = |one: &Posted| {
        format!("a thread says how its release ended: \"{}\" of {}, and a newer release has begun", one.text(), one.ts)
    };
    first.into_iter().take(before).filter(goes_on).map(said)
}
