//! What is wrong with the objects that an Application's sources describe: first of all, which of them its project blocks. Pure.

use sluice_crds::Violation;
use sluice_crds::names::application::{SYNC_OPTIONS, SYNC_WAVE};
use sluice_gitops::spec::options::Word;
use sluice_gitops::spec::{Options, Spec};
use sluice_gitops::waves::hook;
use sluice_gitops::{Key, Object};

use super::finding::{Finding, Harm};
use super::read::{Ground, One};
use crate::app::desired::Desired;
use crate::app::project;

/// All of it.
pub(super) fn of(one: &One, spec: &Spec, ground: &Ground, desired: &Desired) -> Vec<Finding> {
    let say = |harm, message: String| Finding::of(&one.app, harm, Violation::new("", message));
    let all: Vec<&Object> = desired.objects.values().chain(&desired.hooks).collect();
    let mut findings = Vec::new();
    if let Some(rules) = ground.project(&one.app).and_then(|rules| rules.project.as_ref()) {
        let place = project::place(&one.app);
        let refused = all.iter().filter_map(|object| {
            let (key, refusal) = (object.key(), rules.permits(&object.key(), &place).err()?);
            // What is said of a kind names the object already.
            let named = refusal.why.starts_with(&key.to_string());
            Some(if named { refusal.to_string() } else { format!("{key}: {refusal}") })
        });
        findings.extend(refused.map(|text| say(Harm::Blocked, text)));
    }
    if all.is_empty() {
        findings.push(say(Harm::Doubt, "its sources describe no object".to_owned()));
    }
    findings.extend(all.iter().flat_map(|object| doubts(object)).map(|doubt| say(Harm::Doubt, doubt)));
    let each = |keys: &[Key], what: &str| keys.iter().map(|key| format!("{key} {what}")).collect::<Vec<_>>();
    let repeated = each(&desired.repeated, "is described more than once; the last one counts");
    findings.extend(repeated.into_iter().map(|text| say(Harm::Doubt, text)));
    let homeless = each(&desired.homeless, "names no namespace, and neither does spec.destination");
    findings.extend(homeless.into_iter().map(|text| say(Harm::Mistake, text)));
    findings.extend(idle(spec, &all).into_iter().map(|one_of| Finding::of(&one.app, Harm::Doubt, one_of)));
    findings
}

/// Annotations of an object that count for nothing.
fn doubts(object: &Object) -> Vec<String> {
    let key = object.key();
    let unknown = object.listed(SYNC_OPTIONS).filter(|word| Options::default().take(word) == Word::Unknown);
    let mut found: Vec<String> =
        unknown.map(|word| format!("{key}: {word:?} is no sync option, and counts for nothing")).collect();
    let misspelt = hook::misspelt(object);
    found.extend(misspelt.iter().map(|word| format!("{key}: {word:?} is no phase of a sync that a hook could run in")));
    let wave = object.annotation(SYNC_WAVE).filter(|text| text.trim().parse::<i64>().is_err());
    found.extend(wave.map(|text| format!("{key}: the wave {text:?} is no number, and counts for nothing")));
    found
}

/// Rules of the Application that are about none of its objects.
fn idle(spec: &Spec, all: &[&Object]) -> Vec<Violation> {
    let keys: Vec<Key> = all.iter().map(|object| object.key()).collect();
    let ignore = spec.ignore.iter().map(|rule| keys.iter().any(|key| rule.is_for(key)));
    let health = spec.health.iter().map(|check| keys.iter().any(|key| check.is_for(key)));
    let rules = [("ignoreDifferences", ignore.collect::<Vec<bool>>()), ("health", health.collect())];
    let idle = rules.into_iter().flat_map(|(name, met)| {
        let fields = met.into_iter().enumerate().filter(|(_, met)| !met);
        fields.map(move |(at, _)| Violation::new(format!("spec.{name}[{at}]"), "is about none of its objects"))
    });
    idle.collect()
}
