//! A status that fits into an object: etcd takes 1.5 MiB, and an Application may have thousands of objects, with long names and messages.

use std::collections::HashSet;
use std::io;

use serde::Serialize;
use sluice_crds::{Application, ApplicationCondition, ApplicationStatus, ResourceResult};
use sluice_gitops::application::fact::Trouble;

/// Results of so many objects are kept whole.
const WHOLE: usize = 500;
/// Of more than so many, those that went well are not kept once the sync is over.
const MOST: usize = 4000;

/// What etcd takes of a request.
const ETCD: usize = 3 << 19;
/// What is in a request beside the object as it is known here: who owns which of its fields, above all.
const BESIDE: usize = 64 << 10;

/// The status with what may be left out of it left out: if it is about many objects, and as far as it must, to fit into
/// the Application.
///
/// *Never*: a result is left out that a sync which runs goes by. Objects that `resources` has no room for are told in a
/// condition.
pub(super) fn fitted(mut status: ApplicationStatus, application: &Application) -> ApplicationStatus {
    if count(&status) > WHOLE {
        let results = status.operation_state.iter().flat_map(|state| &state.sync_result).flat_map(|one| &one.resources);
        let objects = status.resources.len().max(results.count());
        if objects > MOST {
            drop_what_went_well(&mut status);
        }
        shorten_what_went_well(&mut status);
    }
    let rest = size(application).saturating_sub(size(&application.status));
    let room = ETCD.saturating_sub(BESIDE + rest);
    let cuts: [&dyn Fn(&mut ApplicationStatus); 7] = [
        &shorten_what_went_well,
        &|status| cut_texts(status, 1024),
        &drop_what_went_well,
        &|status| cut_texts(status, 128),
        &name_once,
        &|status| cut_texts(status, 0),
        &|status| name_fewer(status, room, application.status.as_ref()),
    ];
    for cut in cuts {
        if size(&status) <= room {
            break;
        }
        cut(&mut status);
    }
    settled(status, application)
}

/// What was left out before and is left out again is nothing new, so that it was looked at is not either.
fn settled(mut status: ApplicationStatus, application: &Application) -> ApplicationStatus {
    if let Some(before) = &application.status {
        let reconciled_at = std::mem::replace(&mut status.reconciled_at, before.reconciled_at.clone());
        if status != *before {
            status.reconciled_at = reconciled_at;
        }
    }
    status
}

/// How many results there are.
fn count(status: &ApplicationStatus) -> usize {
    let state = status.operation_state.as_ref();
    state.and_then(|state| state.sync_result.as_ref()).map_or(0, |result| result.resources.len())
}

fn went_well(one: &ResourceResult) -> bool {
    one.hook_type.is_none() && one.status.as_deref() != Some("SyncFailed")
}

/// What tells nothing new is what every other object says too.
fn shorten_what_went_well(status: &mut ApplicationStatus) {
    for one in results(status).filter(|one| went_well(one)) {
        one.message = None;
        one.images = Vec::new();
    }
}

/// A sync that runs goes by them.
fn drop_what_went_well(status: &mut ApplicationStatus) {
    if let Some(state) = status.operation_state.as_mut().filter(|state| !state.runs())
        && let Some(result) = &mut state.sync_result
    {
        result.resources.retain(|one| !went_well(one));
    }
}

/// Cuts what is said of each object to so many bytes.
fn cut_texts(status: &mut ApplicationStatus, most: usize) {
    results(status).for_each(|one| cut_text(&mut one.message, most));
    for health in status.resources.iter_mut().filter_map(|one| one.health.as_mut()) {
        cut_text(&mut health.message, most);
    }
}

fn cut_text(text: &mut Option<String>, most: usize) {
    match text {
        Some(_) if most == 0 => *text = None,
        Some(text) if text.len() > most => {
            text.truncate(text.floor_char_boundary(most.saturating_sub("…".len())));
            text.push('…');
        }
        _ => {}
    }
}

/// While a sync runs, its results name objects too: what it writes is not named a second time.
fn name_once(status: &mut ApplicationStatus) {
    let Some(state) = status.operation_state.as_ref().filter(|state| state.runs()) else { return };
    let results = state.sync_result.iter().flat_map(|result| &result.resources);
    let named: HashSet<[&str; 4]> =
        results.map(|one| [one.group.as_str(), &one.kind, &one.namespace, &one.name]).collect();
    status.resources.retain(|one| !named.contains(&[one.group.as_str(), &one.kind, &one.namespace, &one.name]));
}

/// Names as many objects as there is room for, and says how many that are.
fn name_fewer(status: &mut ApplicationStatus, room: usize, before: Option<&ApplicationStatus>) {
    const KIND: Trouble = Trouble::ExcludedResourceWarning;
    let all = status.resources.len();
    let said = |named: usize| {
        format!(
            "status.resources names {named} of {all} objects: an Application has no room for more; make several of it. All are kept in step"
        )
    };
    let longest = said(all).len() + 128;
    let mut over = (size(status) + longest).saturating_sub(room);
    while let Some(last) = (over > 0).then(|| status.resources.pop()).flatten() {
        over = over.saturating_sub(size(&last) + ",".len());
    }
    let message = said(status.resources.len());
    let mut known = before.into_iter().flat_map(|status| &status.conditions);
    let known = known.find(|one| one.r#type == KIND.name() && one.message == message);
    let since = known.map_or(status.reconciled_at.clone(), |one| one.last_transition_time.clone());
    status.conditions.push(ApplicationCondition {
        r#type: KIND.name().to_owned(),
        message,
        last_transition_time: since,
    });
}

fn results(status: &mut ApplicationStatus) -> impl Iterator<Item = &mut ResourceResult> {
    let state = status.operation_state.as_mut().and_then(|state| state.sync_result.as_mut());
    state.into_iter().flat_map(|result| &mut result.resources)
}

/// How many bytes it takes as the API server writes it down.
fn size(value: &impl Serialize) -> usize {
    let mut counted = Counted(0);
    // Counting takes everything.
    let _ = serde_json::to_writer(&mut counted, value);
    counted.0
}

struct Counted(usize);

impl io::Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Go writes these as \u003c and the like.
        let escaped = bytes.iter().filter(|byte| b"<>&".contains(byte)).count();
        self.0 += bytes.len() + 5 * escaped;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    const MIB: usize = 1 << 20;

    /// So many objects, with names and messages of that length.
    struct Shape {
        objects: usize,
        name: usize,
        message: usize,
        failed: bool,
    }

    impl Shape {
        fn few(objects: usize) -> Self {
            Self { objects, name: 26, message: 18, failed: false }
        }

        fn status(&self, phase: &str) -> ApplicationStatus {
            let name = |at: usize| format!("{at:05}{}", "n".repeat(self.name - 5));
            let message = "<".repeat(self.message);
            let status = if self.failed { "SyncFailed" } else { "Synced" };
            let namespace = "a-namespace-of-the-shop-".repeat(3)[..63].to_owned();
            let resource = |at| {
                json!({"group": "gateway.networking.k8s.io", "version": "v1", "kind": "HTTPRoute", "namespace": namespace, "name": name(at),
                       "status": "OutOfSync", "health": {"status": "Degraded", "message": message}})
            };
            let result = |at| {
                json!({"group": "gateway.networking.k8s.io", "version": "v1", "kind": "HTTPRoute", "namespace": namespace, "name": name(at),
                       "status": status, "hookPhase": "Running", "syncPhase": "Sync", "message": message})
            };
            serde_json::from_value(json!({
                "resources": (0..self.objects).map(resource).collect::<Vec<_>>(),
                "operationState": {"operation": {}, "phase": phase, "syncResult": {"resources": (0..self.objects).map(result).collect::<Vec<_>>()}},
            }))
            .unwrap()
        }
    }

    fn application(spec: usize) -> Application {
        let values = "v".repeat(spec);
        serde_json::from_value(json!({"metadata": {"name": "shop"}, "spec": {"project": "p", "destination": {},
            "source": {"repoURL": "https://git/shop", "path": ".", "helm": {"values": values}}}}))
        .unwrap()
    }

    #[test]
    fn eight_thousand_objects_fit_once_they_are_synced_and_few_stay_as_they_are() {
        assert!(size(&fitted(Shape::few(3000).status("Running"), &application(0))) < MIB + MIB / 4);
        assert!(
            size(&fitted(Shape { name: 10, message: 0, ..Shape::few(8000) }.status("Succeeded"), &application(0)))
                < ETCD - BESIDE
        );
        let few = Shape::few(20).status("Running");
        assert_eq!(fitted(few.clone(), &application(0)), few);
    }

    #[test]
    fn three_thousand_objects_of_the_longest_names_fit_whatever_is_said_of_them() {
        let cases = [(0, false, "Running"), (1500, true, "Running"), (0, false, "Succeeded"), (1500, true, "Failed")];
        for (message, failed, phase) in cases {
            let whole = Shape { objects: 3000, name: 253, message, failed }.status(phase);
            let fitted = fitted(whole, &application(0));
            let taken = size(&fitted);
            assert!(taken < ETCD - BESIDE, "{message} {failed} {phase}: {taken}");
            assert!(phase != "Running" || count(&fitted) == 3000, "a sync goes by its results");
            let once = super::fitted(fitted.clone(), &application(0));
            assert!(once == fitted, "{message} {failed} {phase}: done twice it is done once");
        }
    }

    #[test]
    fn what_is_left_is_as_much_as_there_is_room_for() {
        let text = |status: &ApplicationStatus| results(&mut status.clone()).next().unwrap().message.clone();
        let few = Shape { objects: 20, message: 5000, failed: true, ..Shape::few(20) };
        assert_eq!(text(&fitted(few.status("Failed"), &application(0))).unwrap().len(), 5000);
        let more = Shape { objects: 100, ..few };
        let cut = text(&fitted(more.status("Failed"), &application(0))).unwrap();
        assert!(cut.len() <= 1024 && cut.ends_with('…'), "{cut}");
        // The Application's own spec takes room too.
        let narrow = fitted(more.status("Failed"), &application(MIB));
        assert!(size(&narrow) < ETCD - BESIDE - MIB);
    }

    #[test]
    fn objects_that_there_is_no_room_for_are_told() {
        let many = Shape { objects: 6000, name: 253, message: 0, failed: false }.status("Succeeded");
        let fitted = fitted(many.clone(), &application(0));
        assert!(size(&fitted) < ETCD - BESIDE);
        let named = fitted.resources.len();
        assert!((2500..6000).contains(&named), "{named}");
        let said = format!("status.resources names {named} of 6000 objects");
        assert!(fitted.conditions.iter().any(|one| one.message.starts_with(&said)), "{:?}", fitted.conditions);
        // It is compared anew, and nothing is new.
        let seen = Application { status: Some(fitted.clone()), ..application(0) };
        let again = ApplicationStatus { reconciled_at: Some(sluice_crds::Time(jiff::Timestamp::MAX)), ..many };
        assert!(super::fitted(again, &seen) == fitted, "an unchanged world gets no writes");
    }
}
