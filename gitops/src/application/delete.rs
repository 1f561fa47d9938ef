//! How an Application goes, and what goes with it.

use jiff::{SignedDuration, Timestamp};
use sluice_crds::names::application::{
    POST_DELETE_FINALIZER as AFTER, PRE_DELETE_FINALIZER as BEFORE, RESOURCES_FINALIZER as RESOURCES, SYNC_OPTIONS,
};

use super::change::{Change, Why};
use super::fact::{Fact, Phase, Trouble};
use super::observed::{Compared, Home, Observed, Seen};
use super::operation;
use super::plan::Plan;
use crate::health::{self, Status};
use crate::spec::{Leave, Options, Propagation};
use crate::waves;
use crate::waves::hook::{self, Role, When};
use crate::{Key, Object};

/// Finalizers to add: hooks that run when an Application is deleted need it to be still there.
pub(super) fn finalizers(seen: &Observed, compared: &Compared) -> Vec<Change> {
    let hooked = |when| !hooks_at(seen, compared, when).is_empty();
    let needed = [(When::PreDelete, BEFORE), (When::PostDelete, AFTER)];
    let lacking = needed.into_iter().filter(|(when, finalizer)| hooked(*when) && !has(seen, finalizer));
    lacking.map(|(_, finalizer)| Change::Hold { finalizer: finalizer.to_owned() }).collect()
}

fn has(seen: &Observed, finalizer: &str) -> bool {
    seen.finalizers.iter().any(|one| one == finalizer)
}

fn is_cleanup(finalizer: &str) -> bool {
    finalizer.strip_suffix("/cleanup").is_some_and(|of| [BEFORE, AFTER].contains(&of))
}

fn runs_at(object: &Object, when: When) -> bool {
    matches!(hook::role(object), Role::Hook(whens) if whens.contains(&when))
}

/// Hooks before, then its objects from the highest wave down, then hooks after. Each finalizer goes when its part is done, and the
/// next part begins when that is seen. The established controller has one more for each kind of hooks, for what is left of them: here
/// nothing is, and they go last.
pub(super) fn plan(seen: &Observed, now: Timestamp) -> Plan {
    let of_resources = seen.finalizers.iter().find(|one| one.starts_with(RESOURCES)).cloned();
    let Some(next) = [
        Some(BEFORE.to_owned()).filter(|one| has(seen, one)),
        of_resources,
        Some(AFTER.to_owned()).filter(|one| has(seen, one)),
        seen.finalizers.iter().find(|one| is_cleanup(one)).cloned(),
    ]
    .into_iter()
    .flatten()
    .next() else {
        return Plan::default();
    };
    let home = match &seen.home {
        Ok(home) => home,
        // Nobody can delete anything in a cluster that is not known any more.
        Err(homeless) if homeless.no_cluster => {
            let facts = vec![Fact::LeftBehind(homeless.why.join("; "))];
            return Plan { facts, ..released(next) };
        }
        Err(homeless) => return trouble(&homeless.why.join("; ")),
    };
    if let Some(plan) = given_up(seen, home) {
        return plan;
    }
    match next.as_str() {
        BEFORE => hooks(seen, home, When::PreDelete, next, now),
        AFTER => hooks(seen, home, When::PostDelete, next, now),
        cleanup if is_cleanup(cleanup) => released(next),
        _ => objects(seen, home, next),
    }
}

/// Ends a sync that ran when the deletion began. Nobody waits for its hooks any more, and none of them may be kept by that: not those
/// either that the project does not let be deleted any more.
fn given_up(seen: &Observed, home: &Home) -> Option<Plan> {
    let mut plan = Plan::default();
    let of_sync = |live: &&Object| !runs_at(live, When::PreDelete) && !runs_at(live, When::PostDelete);
    for live in seen.tracked.iter().filter(|live| hook::is_held(live)).filter(of_sync) {
        let key = live.key();
        plan.changes.push(match ending(seen, &key) {
            Some(Status::Healthy | Status::Degraded | Status::Unknown) => Change::ReleaseHook { key },
            _ if !may_delete(home, &key) => Change::ReleaseHook { key },
            _ => Change::DeleteHook { key, why: Why::Terminated },
        });
    }
    if operation::is_running(seen) {
        operation::close(&mut plan, seen, Phase::Failed, "the application is deleted".to_owned());
    }
    (plan != Plan::default()).then_some(plan)
}

fn released(finalizer: String) -> Plan {
    Plan { changes: vec![Change::Release { finalizer }], ..Plan::default() }
}

fn trouble(why: &str) -> Plan {
    Plan::saying(vec![Fact::Trouble(Trouble::DeletionError, why.to_owned())])
}

/// The highest wave of what is left goes; the next when that is gone.
fn objects(seen: &Observed, home: &Home, finalizer: String) -> Plan {
    let options = seen.spec.as_ref().map(|spec| spec.options).unwrap_or_default();
    let left: Vec<&Object> = seen.tracked.iter().filter(|object| goes(seen, home, object, options)).collect();
    let Some(highest) = left.iter().map(|object| waves::wave(object)).max() else { return released(finalizer) };
    let propagation =
        if finalizer.ends_with("/background") { Propagation::Background } else { Propagation::Foreground };
    let mut plan = Plan::default();
    for object in left.into_iter().filter(|object| waves::wave(object) == highest) {
        let key = object.key();
        if waits(seen, object, options) {
            plan.facts.push(Fact::Waiting(format!("waiting for a person to let {key} be deleted")));
        } else if !object.is_deleting() {
            plan.changes.push(Change::Prune { key, propagation, why: Why::ApplicationDeleted });
        }
    }
    plan
}

/// Whether an object goes with its Application. Definitions never do: all objects of their kinds would, whoever made them.
pub(super) fn goes(seen: &Observed, home: &Home, object: &Object, options: Options) -> bool {
    let key = object.key();
    let own = key.is("argoproj.io", "Application") && key.name == seen.name;
    let kept = key.is("apiextensions.k8s.io", "CustomResourceDefinition")
        || object.annotation("helm.sh/resource-policy") == Some("keep")
        || options.of(object.listed(SYNC_OPTIONS)).delete == Leave::Refused;
    let ordinary = hook::role(object) == Role::Ordinary && !object.is_owned();
    ordinary && !own && !kept && home.project.permits(&key, &home.place).is_ok()
}

/// Whether an object waits for a person's word. One that is older than the deletion was for something else.
pub(super) fn waits(seen: &Observed, object: &Object, options: Options) -> bool {
    let is_given = seen.deleting.is_some_and(|since| seen.words.approve_since(since));
    options.of(object.listed(SYNC_OPTIONS)).delete == Leave::Asked && !is_given
}

/// Runs the hooks of one point, wave by wave. One that fails is run anew: deletion has no other way on.
fn hooks(seen: &Observed, home: &Home, when: When, finalizer: String, now: Timestamp) -> Plan {
    let compared = match &seen.target {
        Seen::Ready(compared) => compared,
        Seen::Pending => return Plan::default(),
        Seen::Failed(why) | Seen::Lost(why) => {
            return trouble(&format!(
                "its hooks are not known: {why}. To delete it without them, remove the finalizer {finalizer}"
            ));
        }
    };
    let (over, mut left): (Vec<Object>, Vec<Object>) =
        hooks_at(seen, compared, when).into_iter().partition(|hook| ending(seen, &hook.key()) == Some(Status::Healthy));
    left.sort_by_key(waves::wave);
    let Some(wave) = left.first().map(waves::wave) else { return all_over(seen, home, &over, finalizer) };
    let mut plan = Plan::default();
    for object in left.into_iter().filter(|hook| waves::wave(hook) == wave) {
        let key = object.key();
        match ending(seen, &key) {
            None => plan.changes.push(Change::Run { phase: None, wave, object }),
            Some(Status::Degraded | Status::Unknown) => {
                plan.facts.push(Fact::Trouble(Trouble::DeletionError, format!("hook {key} failed, and is run again")));
                match again(seen, &key, now) {
                    Some(at) => plan.wake = plan.wake.into_iter().chain([at]).min(),
                    None => plan.changes.push(Change::DeleteHook { key, why: Why::RunAgain }),
                }
            }
            Some(_) => plan.facts.push(Fact::Waiting(format!("waiting for completion of hook {key}"))),
        }
    }
    plan
}

/// Lets go of hooks that are over, or deletes them as their policy says, and the Application with them. All in one: a Job whose time to
/// live is over goes as soon as it can, and one that is gone would be run again.
fn all_over(seen: &Observed, home: &Home, hooks: &[Object], finalizer: String) -> Plan {
    let live = hooks.iter().filter_map(|hook| seen.tracked.iter().find(|live| live.key() == hook.key()));
    let let_go = live.filter_map(|live| {
        let key = live.key();
        if hook::deletion(live).when_succeeded && may_delete(home, &key) {
            Some(Change::DeleteHook { key, why: Why::Succeeded })
        } else {
            hook::is_held(live).then_some(Change::ReleaseHook { key })
        }
    });
    let mut plan = Plan { changes: let_go.collect(), ..Plan::default() };
    plan.changes.extend(released(finalizer).changes);
    plan
}

/// Whether the project lets an object be deleted.
fn may_delete(home: &Home, key: &Key) -> bool {
    home.project.permits(key, &home.place).is_ok()
}

/// How long a failed hook stays before it is run again.
const AGAIN: SignedDuration = SignedDuration::from_secs(30);

/// When a failed hook may be run again, if that is not yet.
fn again(seen: &Observed, key: &Key, now: Timestamp) -> Option<Timestamp> {
    let live = seen.tracked.iter().find(|object| object.key() == *key)?;
    let made: Timestamp = live.text("/metadata/creationTimestamp").parse().ok()?;
    made.checked_add(AGAIN).ok().filter(|at| *at > now)
}

/// The hooks of one point, by the names that they get in this deletion.
fn hooks_at(seen: &Observed, compared: &Compared, when: When) -> Vec<Object> {
    let of_git = compared.items.iter().filter_map(|item| item.desired.clone());
    let spec = seen.spec.iter();
    let own = spec.flat_map(|spec| spec.hooks.iter().map(|hook| hook.in_namespace_or_own(&spec.destination.namespace)));
    let mut names = hook::Names::of(seen.deleting.unwrap_or_default());
    let point = format!("{when:?}");
    of_git.chain(own).filter(|object| runs_at(object, when)).map(|object| names.named(&object, &point)).collect()
}

/// How a hook is, if it is there; one that tells nothing is done.
fn ending(seen: &Observed, key: &Key) -> Option<Status> {
    let live = seen.tracked.iter().find(|object| object.key() == *key)?;
    Some(health::of(live).map_or(Status::Healthy, |health| health.status))
}
