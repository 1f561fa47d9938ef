//! The planner, on any world: any spec that passes the checks, any status, any revisions, Services and routes.
#![no_main]

mod input;
mod laws;
mod world;

use arbitrary::Unstructured;
use jiff::Timestamp;
use sluice_core::{event, plan, status};

libfuzzer_sys::fuzz_target!(|data: &[u8]| try_one(data));

/// The most passes that a world at rest may take until it is left alone.
const PASSES: usize = 60;

/// A world, made of the bytes.
///
/// # Panics
/// When a plan breaks a law, differs from a second plan of the same, or when a world in which nothing moves by itself
/// is never left alone.
fn try_one(data: &[u8]) {
    let mut bytes = Unstructured::new(data);
    let Ok((mut seen, mut now)) = input::world(&mut bytes) else { return };
    let mut story = Vec::new();
    for _ in 0..PASSES {
        let plan = plan(&seen, now);
        assert_eq!(plan, sluice_core::plan(&seen, now), "two plans of the same");
        laws::hold(&seen, &plan, now);
        let status = status::fold(&seen, &plan.facts, &plan.changes, now);
        let _ = event::events(&seen.status, &plan.facts, &plan.changes);
        story.push(format!("{:?} {:?}\n{status:?}", plan.changes, plan.facts));
        let before = (seen.status.clone(), plan.changes.is_empty());
        world::apply(&mut seen, &plan.changes, now);
        seen.status = status;
        if before == (seen.status.clone(), true) {
            match bytes.arbitrary::<bool>().unwrap_or(false).then_some(plan.wake).flatten() {
                Some(wake) if wake > now => now = wake.min(Timestamp::MAX),
                _ => return,
            }
        }
    }
    panic!("never at rest:\n{}", story.iter().rev().take(2).cloned().collect::<Vec<_>>().join("\n"));
}
