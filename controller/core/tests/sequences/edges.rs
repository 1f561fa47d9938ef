//! What others may write: numbers as large as they can be, a status that no release wrote.

use sluice_core::observed::{Hash, Revision};
use sluice_core::{plan, status};
use sluice_crds::Condition;

use crate::world::{World, given, pause, weight};

const MOST: u32 = i32::MAX.cast_unsigned();

/// Three revisions, each with all the pods and the highest number there can be.
fn crowded(mut world: World) -> World {
    for hash in ["v1", "v2", "v3"] {
        let revision = Revision {
            hash: Hash::from(hash),
            number: u64::MAX - u64::from(hash == "v1"),
            desired: MOST,
            current: MOST,
            ready: MOST,
            available: MOST - 1,
            shrink_after: None,
        };
        world.revisions.insert(hash.to_owned(), revision);
    }
    world.status.stable_rs = Some("v2".to_owned());
    world
}

#[test]
fn sums_of_the_largest_counts_do_not_overflow() {
    for world in [
        given(MOST).canary_by_pods([weight(50), pause()]).with("/strategy/canary/maxSurge", MOST.into()),
        given(MOST).canary([weight(50), pause()]),
        given(MOST).blue_green(),
    ] {
        for version in ["v1", "v4"] {
            let world = crowded(world.clone()).update(version);
            let seen = world.observed();
            let plan = plan(&seen, world.now);
            let status = status::fold(&seen, &plan.facts, &[], world.now);
            assert_eq!(status.replicas, i32::MAX, "{version}: {plan:?}");
        }
    }
}

#[test]
fn a_condition_that_is_there_twice_is_written_once_and_left_alone() {
    let mut world = given(3).canary([weight(50), pause()]).installed().update("v2");
    let twice = |kind: &str| Condition { r#type: kind.to_owned(), ..Condition::default() };
    world.status.conditions.extend(["Progressing", "Progressing", "Healthy"].map(twice));
    let world = world.run();
    let count = |kind: &str| world.status.conditions.iter().filter(|condition| condition.r#type == kind).count();
    assert_eq!((count("Progressing"), count("Healthy")), (1, 1));
}
