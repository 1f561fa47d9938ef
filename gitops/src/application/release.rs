//! Which commit brought the release that a Rollout is at: the last one that changed what its pods are made of.
//!
//! The last sync says nothing about it: it writes all objects, and most of them as they were. So the status keeps, for each Rollout, the
//! commit that changed its template and a print of that template.

use sluice_crds::{ApplicationStatus, RejectedRevision, ReleasedRevision, ResourceResult};

use super::observed::{Compared, Item, Observed, Rejection, Tried};
use super::operation;
use crate::{Key, Object};

/// The commit that brought the release of a Rollout; `None`: nobody knows.
pub fn brought_by<'a>(status: &'a ApplicationStatus, rollout: &Key) -> Option<&'a ReleasedRevision> {
    let rollout = named(rollout);
    status.releases.iter().find(|one| one.rollout == rollout)
}

/// What a Rollout is called in the status.
pub fn named(rollout: &Key) -> String {
    format!("{}/{}", rollout.namespace, rollout.name)
}

/// Whether the template that was taken back is still what git says. If it is not, git has gone on, and nothing of it is to be undone.
pub(super) fn stands(seen: &Observed, compared: &Compared, rejection: &Rejection) -> bool {
    is_wanted(seen, compared, (&rejection.rollout, &rejection.revision))
}

/// Whether git still says what that commit had brought to that Rollout.
fn is_wanted(seen: &Observed, compared: &Compared, (rollout, revision): (&str, &str)) -> bool {
    let of_it = |one: &&ReleasedRevision| one.rollout == rollout && one.revision == revision;
    let Some(release) = seen.status.releases.iter().find(of_it) else { return false };
    let described = compared.items.iter().filter_map(|item| item.desired.as_ref());
    let mut rollouts = described.filter(|object| is_rollout(&object.key()) && named(&object.key()) == release.rollout);
    rollouts.any(|object| print(object, compared).as_ref() == Some(&release.template))
}

/// Releases that were taken back and that git still wants: those that are found, and those recorded whose Rollout somebody gave
/// another template since.
pub(super) fn taken_back(seen: &Observed, compared: &Compared) -> Vec<Rejection> {
    let mut all: Vec<Rejection> = seen.rejections.iter().filter(|one| stands(seen, compared, one)).cloned().collect();
    for one in seen.status.rejected.iter().filter(|one| was_replaced(seen, compared, one)) {
        if all.iter().all(|found| found.rollout != one.by) {
            let (rollout, revision, why) = (one.by.clone(), one.revision.clone(), one.message.clone());
            all.push(Rejection { rollout, revision, why });
        }
    }
    all
}

/// Whether somebody gave a Rollout another template since it took that commit back, and git, which may have newer commits, still wants it.
pub(super) fn was_replaced(seen: &Observed, compared: &Compared, rejected: &RejectedRevision) -> bool {
    let is_this_commit = rejected.revision == compared.revision.to_string();
    (is_this_commit || is_wanted(seen, compared, (&rejected.by, &rejected.revision)))
        && has_another_template(&rejected.by, compared)
}

/// Whether a Rollout's pods are made of something else than what git says. Any other field of it is healed like those of all objects.
fn has_another_template(rollout: &str, compared: &Compared) -> bool {
    let is_one = |item: &&Item| is_rollout(&item.key) && named(&item.key) == rollout && item.tried != Tried::Same;
    let Some(item) = compared.items.iter().find(is_one) else { return false };
    let [desired, live] = [&item.desired, &item.live].map(|object| print(object.as_ref()?, compared));
    desired != live
}

/// Whether a Rollout is not, or no longer, as git says.
pub(super) fn is_elsewhere(rollout: &str, compared: &Compared) -> bool {
    let mut same = compared.items.iter().filter(|item| item.tried == Tried::Same);
    !same.any(|item| is_rollout(&item.key) && named(&item.key) == rollout)
}

/// The objects of releases: their Rollouts, and what lends these a template.
pub(super) fn objects(releases: &[Rejection], compared: &Compared) -> Vec<Key> {
    let is_one = |item: &&Item| is_rollout(&item.key) && releases.iter().any(|one| one.rollout == named(&item.key));
    let rollouts = compared.items.iter().filter(is_one);
    let lender = |item: &Item| Some(lender(item.desired.as_ref()?, compared)?.key.clone());
    rollouts.flat_map(|item| [Some(item.key.clone()), lender(item)]).flatten().collect()
}

/// Notes which commit changed each Rollout that the operation wrote. A template that was there before anybody kept books is nobody's.
pub(super) fn note(status: &mut ApplicationStatus, seen: &Observed) {
    let Some(state) = &status.operation_state else { return };
    let (Some(compared), Some(result)) = (operation::compared(seen, state), &state.sync_result) else { return };
    if state.operation.sync.as_ref().is_some_and(|sync| sync.dry_run) {
        return;
    }
    let written: Vec<Key> = result.resources.iter().filter(|one| is_written(one)).map(key).collect();
    for key in written.into_iter().filter(is_rollout) {
        let Some(item) = compared.items.iter().find(|item| item.key == key) else { continue };
        let Some(template) = item.desired.as_ref().and_then(|object| print(object, compared)) else { continue };
        let was_there = was_there(item, &template, compared);
        let release = ReleasedRevision { rollout: named(&key), revision: compared.revision.to_string(), template };
        match status.releases.iter_mut().find(|one| one.rollout == release.rollout) {
            Some(known) if known.template == release.template => {}
            Some(known) => *known = release,
            None if was_there => {}
            None => status.releases.push(release),
        }
    }
}

/// Whether the cluster had that template before.
fn was_there(item: &Item, template: &str, compared: &Compared) -> bool {
    let Some(live) = &item.live else { return false };
    let lent_so = lender(live, compared).is_none_or(|lender| lender.tried == Tried::Same);
    print(live, compared).as_deref() == Some(template) && lent_so
}

/// Forgets Rollouts that are not the Application's any more.
pub(super) fn forget(status: &mut ApplicationStatus) {
    let each = status.resources.iter().map(|one| Key::new(&one.group, &one.kind, &one.namespace, &one.name));
    let rollouts: Vec<String> = each.filter(is_rollout).map(|key| named(&key)).collect();
    status.releases.retain(|release| rollouts.contains(&release.rollout));
}

fn is_rollout(key: &Key) -> bool {
    key.is("argoproj.io", "Rollout")
}

fn is_written(one: &ResourceResult) -> bool {
    one.status.as_deref() == Some("Synced")
}

/// What the object of a result is known by.
pub(super) fn key(one: &ResourceResult) -> Key {
    Key::new(&one.group, &one.kind, &one.namespace, &one.name)
}

/// A print of what a Rollout's pods are made of; `None`: a workload lends it that the Application does not have.
fn print(rollout: &Object, compared: &Compared) -> Option<String> {
    let template = match rollout.value().pointer("/spec/workloadRef") {
        None => rollout.value().pointer("/spec/template"),
        Some(_) => lender(rollout, compared)?.desired.as_ref()?.value().pointer("/spec/template"),
    };
    // Keys of objects are in order, so that the same template has the same text.
    let text = template.map(ToString::to_string).unwrap_or_default();
    Some(print_of(&text))
}

/// A print of a text: sixteen letters, the same with every build.
pub(super) fn print_of(text: &str) -> String {
    let print = text.bytes().fold(FNV_OFFSET, |print, byte| (print ^ u64::from(byte)).wrapping_mul(FNV_PRIME));
    format!("{print:016x}")
}

// FNV-1a: what is recorded must be the same with the next build, which the standard library's hashes do not promise.
const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;

/// What lends a Rollout its template, if the Application has it.
fn lender<'a>(rollout: &Object, compared: &'a Compared) -> Option<&'a Item> {
    let version = rollout.text("/spec/workloadRef/apiVersion");
    let group = version.split_once('/').map_or("", |(group, _)| group);
    let (kind, name) = (rollout.text("/spec/workloadRef/kind"), rollout.text("/spec/workloadRef/name"));
    let key = Key::new(group, kind, rollout.namespace(), name);
    compared.items.iter().find(|item| item.key == key)
}
