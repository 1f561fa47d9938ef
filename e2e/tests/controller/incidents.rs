//! What has hurt people who ran the established controller, played through on the real cluster: each story is named by the
//! issue that tells it.

mod aborts;
mod analyses;
mod progress;
mod routing;
mod scaling;
mod writers;

use anyhow::Result;
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};
use sluice_crds::RolloutPhase::Paused;
use sluice_crds::{Rollout, RolloutStatus};
use sluice_e2e::harness::{Case, Scene};

use crate::release::{canary, installed, rollout, until};

/// All stories. The number in front of a name is that of the issue at argoproj/argo-rollouts.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new("issue_587_no_pod_goes_before_the_router_stopped_sending_to_it", routing::drained),
        Case::new("issue_1718_nobody_sees_the_old_version_after_the_new_one_had_all_traffic", routing::no_jump_back),
        Case::new("issue_1757_weights_only_rise_and_go_back_once_at_the_end", routing::no_flap),
        Case::new("issue_2185_a_sync_without_weights_does_not_split_traffic_in_halves", routing::synced),
        Case::new("issue_2507_the_first_revision_gets_traffic_only_when_it_is_ready", routing::first_revision),
        Case::new("issue_4569_a_router_that_is_no_field_is_named", routing::misspelt_router),
        Case::new("issue_1152_a_release_that_never_gets_ready_can_be_aborted", aborts::never_ready),
        Case::new("issue_2929_an_aborted_release_is_not_tried_again_by_itself", aborts::not_again),
        Case::new("issue_3078_the_canary_service_goes_back_once_after_an_abort", aborts::no_flip_flop),
        Case::new("issue_3712_the_old_spec_after_an_abort_is_healthy_at_once", aborts::reverted),
        Case::new("issue_4461_an_abort_after_promote_full_is_carried_out", aborts::after_full_promotion),
        Case::new("issue_4867_pods_stay_for_their_delay_after_the_traffic_has_gone", aborts::delay),
        Case::new("issue_4973_an_autoscaler_does_not_bring_an_aborted_version_back", aborts::autoscaled),
        Case::new("issue_2168_going_back_to_the_stable_version_skips_the_steps", progress::fast_track),
        Case::new("issue_2050_stable_stays_whole_while_new_pods_are_missing", progress::stable_stays),
        Case::new("issue_3331_a_second_update_during_the_first_leaves_no_pods_behind", progress::second_update),
        Case::new("issue_3765_a_crash_loop_is_no_progress", progress::crash_loop),
        Case::new("issue_3836_an_empty_deadline_keeps_no_pods_for_ever", progress::empty_deadline),
        Case::new("issue_913_an_autoscaler_during_a_blue_green_switch_fails_no_request", scaling::blue_green),
        Case::new("issue_2857_a_paused_release_follows_an_autoscaler", scaling::paused),
        Case::new("issue_3412_an_autoscaler_during_a_promotion_fails_no_request", scaling::promotion),
        Case::new("issue_3709_pods_that_somebody_scaled_away_come_back", scaling::put_back),
        Case::new("issue_841_a_retry_measures_anew", analyses::retried),
        Case::new("issue_1107_a_failing_analysis_makes_one_run_a_try", analyses::one_run),
        Case::new("issue_2087_why_a_release_was_taken_back_is_told_with_numbers", analyses::told),
        Case::new("issue_2866_an_analysis_that_cannot_tell_pauses_and_says_so", analyses::inconclusive),
        Case::new("issue_1904_other_writers_do_not_stop_a_release", writers::conflicts),
        Case::new("issue_5052_other_writers_do_not_abort_a_release", writers::conflicts_with_a_deadline),
        Case::new("issue_4696_a_hash_that_is_not_ours_restarts_no_pod", writers::other_hashes),
        Case::alone("issue_2117_of_two_controllers_one_acts", writers::two_controllers),
    ]
}

/// Version v2 paused at that weight, its first step.
async fn paused_at(scene: &Scene, weight: u32) -> Result<Value> {
    let strategy = canary(&json!([{"setWeight": weight}, {"pause": {}}]));
    installed(scene, &strategy).await?;
    scene.apply(&rollout("v2", &strategy)).await?;
    until(scene, "v2 is paused", at_the_pause).await?;
    Ok(strategy)
}

/// Whether it waits at its second step.
fn at_the_pause(status: &RolloutStatus) -> bool {
    status.phase == Paused && status.current_step_index == Some(1)
}

/// Scales the Rollout as an autoscaler does: through its scale subresource.
async fn autoscale(scene: &Scene, replicas: u32) -> Result<()> {
    let patch = Patch::Merge(json!({"spec": {"replicas": replicas}}));
    scene.api::<Rollout>().patch_scale("web", &PatchParams::default(), &patch).await?;
    Ok(())
}

/// Merges into the Rollout.
async fn edit(scene: &Scene, patch: Value) -> Result<()> {
    scene.api::<Rollout>().patch("web", &PatchParams::default(), &Patch::Merge(patch)).await?;
    Ok(())
}
