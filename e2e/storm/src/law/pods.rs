//! There are pods for the traffic, and they go when their time has come.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use sluice_controller::clock::Clock;
use sluice_crds::names::{annotation, label};
use sluice_world::api::{Store, Write, catalog};
use sluice_world::ending::{arms, hash, image, is_of_experiment, versions, weight_of};
use sluice_world::scenario::{NAME, NAMESPACE};
use tokio::time::Instant;

use super::{SLUICE, balance};

/// What the controller decides on was seen at most so long before.
const LATELY: Duration = Duration::from_secs(5);

/// The most pods of each revision that were ever available, and the numbers of pods ever asked for.
#[derive(Debug, Default)]
pub(super) struct Pods {
    available: BTreeMap<String, i64>,
    /// How many were available from when on.
    lately: BTreeMap<String, Vec<(Instant, i64)>>,
    least: Option<i64>,
    most: i64,
    /// How many were asked for before more were, and when that changed.
    fewer: Option<(i64, Instant)>,
}

impl Pods {
    /// Notes a write, whoever made it.
    pub(super) fn note(&mut self, write: &Write) {
        let Some(after) = &write.after else { return };
        match write.of.kind {
            "ReplicaSet" => {
                let most = self.available.entry(hash(after).unwrap_or_default().to_owned()).or_default();
                let available = count(after, "/status/availableReplicas");
                *most = (*most).max(available);
                let of = hash(after).unwrap_or_default().to_owned();
                self.lately.entry(of).or_default().push((Instant::now(), available));
            }
            "Rollout" => {
                let wanted = count(after, "/spec/replicas");
                self.least = Some(self.least.map_or(wanted, |least| least.min(wanted)));
                self.most = self.most.max(wanted);
                let before = write.before.as_ref().map(|before| count(before, "/spec/replicas"));
                let raised = before.filter(|before| *before < wanted).map(|before| (before, Instant::now()));
                self.fewer = raised.or(self.fewer);
            }
            _ => {}
        }
    }

    /// The pods that are asked for now, or were when a write was sent that was so long under way.
    pub(super) fn asked(&self, now: i64, under_way: Duration) -> i64 {
        let before = self.fewer.filter(|(_, until)| until.elapsed() < under_way);
        before.map_or(now, |(before, _)| before.min(now))
    }

    /// Looks at a raised weight: so many pods must have come up for it. Where steps say how many there are, one.
    pub(super) fn carry(&self, store: &Store, weight: i64) -> Option<String> {
        let selected = selects(&*store.get(&catalog::SERVICE, NAMESPACE, &arms(store).0)?)?.to_owned();
        let share = (weight * self.least?).div_euclid(100) + i64::from((weight * self.least?) % 100 > 0);
        let rollout = store.get(&catalog::ROLLOUT, NAMESPACE, NAME)?;
        let share = share - balance::missing(&rollout, self.least?);
        let needed = if scales(&rollout) { share.min(1) } else { share };
        let came = self.available.get(&selected).copied().unwrap_or_default();
        (came < needed).then(|| format!("weight rises only as far as pods have come up: {weight} on {came} pods"))
    }

    /// Looks at a weight that was lowered: where stable pods went before, so many must have come back for it. While new pods
    /// are missing too, nobody can have all that they need.
    pub(super) fn take_back(&self, store: &Store, weight: i64) -> Option<String> {
        let rollout = store.get(&catalog::ROLLOUT, NAMESPACE, NAME).filter(|rollout| balance::may_shrink(rollout))?;
        let stable = rollout.pointer("/status/stableRS").and_then(Value::as_str)?;
        let (canary_service, stable_service) = arms(store);
        let tried = balance::shown(store, &canary_service).filter(|tried| tried != stable)?;
        let to_stable = balance::shown(store, &stable_service).as_deref() == Some(stable);
        let replicas = self.least?;
        let serves = self.lately(&tried).0 >= balance::fewest(100, replicas).min(1) && !self.is_short(store, &tried);
        let came = self.lately(stable).1 + balance::unavailable(&rollout, replicas);
        let needed = balance::fewest(100 - weight, replicas);
        (to_stable && serves && came < needed).then(|| {
            format!("traffic goes back only as far as stable pods have come: {weight} leaves them {needed}, not {came}")
        })
    }

    /// The fewest and the most pods of a revision that were available in the last seconds.
    fn lately(&self, hash: &str) -> (i64, i64) {
        let last = self.lately.get(hash).map_or(&[][..], Vec::as_slice);
        let since = last.iter().rposition(|(until, _)| until.elapsed() > LATELY).unwrap_or_default();
        let counts = last.get(since..).unwrap_or_default().iter().map(|(_, count)| *count);
        (counts.clone().min().unwrap_or_default(), counts.max().unwrap_or_default())
    }

    /// Whether a revision has fewer pods available than are asked for.
    fn is_short(&self, store: &Store, of: &str) -> bool {
        let sets = store.list(&catalog::REPLICA_SET, NAMESPACE);
        let set = sets.iter().find(|set| hash(set) == Some(of));
        set.is_none_or(|set| self.lately(of).0 < count(set, "/spec/replicas"))
    }

    /// Looks at a Service that was pointed elsewhere: there must be pods for whom it serves.
    pub(super) fn service(&self, store: &Store, write: &Write) -> Option<String> {
        let (before, after) = (write.before.as_ref()?, write.after.as_ref()?);
        let to = selects(after).filter(|to| write.name != "preview" && selects(before) != Some(to))?;
        let came = self.available.get(to).copied().unwrap_or_default();
        if came == 0 {
            return Some(format!("a Service that users reach is pointed at pods: {to} never had any ready"));
        }
        let rollout = store.get(&catalog::ROLLOUT, NAMESPACE, NAME)?;
        let is_stable = rollout.pointer("/status/stableRS").and_then(Value::as_str) == Some(to);
        let short = write.name == "active" && !is_stable && came < self.least.unwrap_or_default();
        short.then(|| format!("users get a new revision when it is whole: {to} has {came} pods"))
    }

    /// Looks at a Service that was pointed elsewhere after an abort: users do not get the version that is taken back.
    pub(super) fn given_users(store: &Store, write: &Write) -> Option<String> {
        let (before, after) = (write.before.as_ref()?, write.after.as_ref()?);
        let to = selects(after).filter(|to| selects(before) != Some(to))?;
        let rollout = store.get(&catalog::ROLLOUT, NAMESPACE, NAME)?;
        let is = |field: &str| rollout.pointer(&format!("/status/{field}")).and_then(Value::as_str);
        let is_taken_back = is("currentPodHash") == Some(to) && is("stableRS").is_some_and(|stable| stable != to);
        let has_users = matches!(write.name.as_str(), "active" | "stable");
        (has_users && is_taken_back).then(|| format!("an abort is law: {} → {to} after the abort", write.name))
    }

    /// Looks at a Service of two that take turns: while requests go there, and somebody answers them, it stays as it is.
    pub(super) fn pointed_under_traffic(&self, store: &Store, write: &Write) -> Option<String> {
        let rollout = store.get(&catalog::ROLLOUT, NAMESPACE, NAME)?;
        rollout.pointer("/spec/strategy/canary/pingPong")?;
        let (before, after) = (write.before.as_ref()?, write.after.as_ref()?);
        let from = selects(before).filter(|from| selects(after) != Some(from))?;
        let share = weight_of(store, &write.name).filter(|share| *share > 0)?;
        let answers = self.lately(from).0 > 0;
        answers.then(|| format!("no Service changes its selector under traffic: {} with {share}", write.name))
    }

    /// Looks at a pod that the controller evicted: so many others must be ready.
    pub(super) fn evicted(&self, store: &Store, write: &Write) -> Option<String> {
        let before = write.before.as_ref().filter(|before| is_ready(before))?;
        let goes = write.after.as_ref().is_none_or(|after| !is_ready(after));
        if !goes || !write.by.starts_with(SLUICE) {
            return None;
        }
        let rollout = store.get(&catalog::ROLLOUT, NAMESPACE, NAME)?;
        let strategy = rollout.pointer("/spec/strategy")?.as_object()?.values().next()?;
        let replicas = self.least?;
        let missing = strategy.get("maxUnavailable").and_then(Value::as_i64).unwrap_or(replicas / 4).max(1);
        let left = store.list(&catalog::POD, NAMESPACE).iter().filter(|pod| is_ready(pod)).count();
        let few = i64::try_from(left).is_ok_and(|left| left < replicas - missing);
        few.then(|| {
            let name = before.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
            format!("a restart takes {missing} pods at once at most: {left} of {replicas} are left without {name}")
        })
    }

    /// Looks at a ReplicaSet that the controller deleted.
    pub(super) fn deleted(write: &Write) -> Option<String> {
        let before = write.before.as_ref().filter(|_| write.after.is_none())?;
        let pods = count(before, "/spec/replicas") + count(before, "/status/replicas");
        (pods > 0).then(|| format!("a revision with pods is not deleted: {} has {pods}", write.name))
    }

    /// Looks at pods taken from a superseded revision. `clock` is the true time, where everybody has that.
    pub(super) fn emptied(store: &Store, write: &Write, clock: Option<&Clock>) -> Option<String> {
        let (before, after) = (write.before.as_ref()?, write.after.as_ref()?);
        let rollout = store.get(&catalog::ROLLOUT, NAMESPACE, NAME)?;
        let strategy = rollout.pointer("/spec/strategy")?;
        let (canary, blue_green) = (strategy.get("canary"), strategy.get("blueGreen"));
        let kept = canary.filter(|canary| canary.get("trafficRouting").is_some()).or(blue_green)?;
        let delay = kept.get("scaleDownDelaySeconds").and_then(Value::as_i64).unwrap_or(30);
        let status = |field: &str| rollout.get("status")?.get(field)?.as_str();
        // Where all pods are bounded, a release that goes out takes the room of older ones, and so does the stable revision
        // where both do not fit.
        // What was applied just now may not be in the status yet.
        let stable = status("stableRS").and_then(|hash| versions(store).remove(hash));
        let goes_out = status("currentPodHash") != status("stableRS") || image(&rollout) != stable;
        let replicas = count(&rollout, "/spec/replicas");
        let beside = replicas.saturating_add(count(before, "/spec/replicas"));
        if balance::most(&rollout, replicas).is_some_and(|most| goes_out || beside > most) {
            return None;
        }
        let in_use = [status("currentPodHash"), status("stableRS")].contains(&hash(after));
        let is_emptied = count(before, "/spec/replicas") > 0 && count(after, "/spec/replicas") == 0;
        if !is_emptied || in_use || delay == 0 || replicas == 0 {
            return None;
        }
        let deadline = before.pointer("/metadata/annotations")?.get(annotation::SCALE_DOWN_DEADLINE);
        let deadline = deadline.and_then(Value::as_str).and_then(|text| text.parse::<Timestamp>().ok());
        let too_early = deadline.is_none_or(|at| clock.is_some_and(|clock| clock.now() < at));
        too_early.then(|| format!("old pods stay for their delay: {} goes, {deadline:?} was its time", write.name))
    }

    /// Looks at pods taken from the Deployment that lends its template: as many of the Rollout's must be there instead, or all
    /// that it asks for.
    pub(super) fn handed_over(&self, store: &Store, write: &Write) -> Option<String> {
        let (before, after) = (write.before.as_ref()?, write.after.as_ref()?);
        let (from, to) = (count(before, "/spec/replicas"), count(after, "/spec/replicas"));
        let note = after.pointer("/metadata/annotations")?.get(annotation::HANDOVER)?.as_str()?;
        let had = serde_json::from_str::<Value>(note).ok()?.get("from")?.as_i64()?;
        let sets = store.list(&catalog::REPLICA_SET, NAMESPACE);
        let there: i64 = sets.iter().filter_map(|set| hash(set)).map(|hash| self.lately(hash).1).sum();
        let needed = if to == 0 { self.least? } else { had - to };
        (to < from && there < needed).then(|| {
            format!("a Deployment's pods go for the Rollout's: {from} → {to} with {there} of {needed} there instead")
        })
    }

    /// Looks at the number of pods where it shares out the traffic. Nobody else may have a hand in it. Pods that are not
    /// available may go at any time: nobody is served by them.
    pub(super) fn shared(&self, store: &Store, write: &Write) -> Option<String> {
        let (before, after) = (write.before.as_ref()?, write.after.as_ref()?);
        let rollout = store.get(&catalog::ROLLOUT, NAMESPACE, NAME)?;
        let canary = rollout.pointer("/spec/strategy/canary")?;
        let sets = store.list(&catalog::REPLICA_SET, NAMESPACE);
        let own = sets.iter().filter(|set| !is_of_experiment(set) && hash(set).is_some());
        let total: i64 = own.map(|set| count(set, "/spec/replicas")).sum();
        let (was, is) = (count(before, "/spec/replicas"), count(after, "/spec/replicas"));
        let (most, least) = (self.most + count(canary, "/maxSurge"), self.least? - count(canary, "/maxUnavailable"));
        if canary.get("trafficRouting").is_some() {
            let most = balance::most(&rollout, self.most)?;
            let broken = is > was && total > most;
            return broken.then(|| format!("pods are not too many: {total}, not {most}"));
        }
        let serving = is < count(before, "/status/availableReplicas");
        let broken = (is > was && total > most) || (is < was && serving && total < least);
        broken.then(|| format!("pods are neither too many nor too few: {total}, not {least} to {most}"))
    }
}

/// Whether a pod serves, and goes on to.
pub(super) fn is_ready(pod: &Value) -> bool {
    let conditions = pod.pointer("/status/conditions").and_then(Value::as_array);
    let ready = conditions.into_iter().flatten().any(|one| one["type"] == "Ready" && one["status"] == "True");
    ready && pod.pointer("/metadata/deletionTimestamp").is_none()
}

fn count(object: &Value, path: &str) -> i64 {
    object.pointer(path).and_then(Value::as_i64).unwrap_or_default()
}

/// Whether any step says how many new pods there are.
fn scales(rollout: &Value) -> bool {
    let steps = rollout.pointer("/spec/strategy/canary/steps").and_then(Value::as_array);
    steps.into_iter().flatten().any(|step| step.get("setCanaryScale").is_some())
}

fn selects(service: &Value) -> Option<&str> {
    service.pointer("/spec/selector")?.get(label::POD_TEMPLATE_HASH)?.as_str()
}

/// Whether a write is the controller's.
pub(super) fn is_ours(write: &Write) -> bool {
    write.by == SLUICE || (write.verb == "delete" && write.by.starts_with(SLUICE))
}
