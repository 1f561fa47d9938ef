//! The planner, on any world: any spec that passes the checks, any status, any revisions, Services and routes.
#![no_main]

mod input;
mod laws;
mod world;

use arbitrary::Unstructured;
use sluice_core::{event, plan, status};

libfuzzer_sys::fuzz_target!(|data: &[u8]| try_one(data));

/// The most passes that a world is followed for.
const PASSES: usize = 60;

/// A world, made of the bytes.
///
/// # Panics
/// When a plan breaks a law, differs from a second plan of the same, or when changes lead back to where they began, so
/// that the world would be written to forever.
fn try_one(data: &[u8]) {
    let mut bytes = Unstructured::new(data);
    let Ok((mut seen, mut now)) = input::world(&mut bytes) else { return };
    let mut before = Vec::new();
    for _ in 0..PASSES {
        let plan = plan(&seen, now);
        assert_eq!(plan, sluice_core::plan(&seen, now), "two plans of the same");
        laws::hold(&seen, &plan, now);
        let status = status::fold(&seen, &plan.facts, &plan.changes, now);
        let _ = event::events(&seen.status, &plan.facts, &plan.changes);
        if status == seen.status && plan.changes.is_empty() {
            match plan.wake.filter(|wake| *wake > now && bytes.arbitrary().unwrap_or(false)) {
                Some(wake) => now = wake,
                None => return,
            }
            before.clear();
            continue;
        }
        before.push(world::state(&seen));
        world::apply(&mut seen, &plan.changes, now);
        seen.status = status;
        world::turn(&mut seen);
        let leads_back = before.contains(&world::state(&seen));
        assert!(!leads_back, "goes round and round: {:?} leads back to {seen:?}", plan.changes);
    }
}
