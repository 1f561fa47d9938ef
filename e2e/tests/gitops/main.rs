//! Applications on a real cluster: real repositories over https and ssh, real Helm, Kustomize and jsonnet.
//!
//! `SLUICE_CONTROLLER` names a controller to try in place of the one that is built here.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

mod beside;
mod board;
mod bookverse;
mod claims;
mod clusters;
mod deletion;
mod far;
mod follow;
mod guards;
mod homes;
mod judged;
mod order;
mod pages;
mod progressive;
mod rejection;
mod repositories;
mod reverts;
mod rights;
mod runbook;
#[path = "../controller/slack.rs"]
mod slack;
mod sources;
mod stage;
mod told;
mod trouble;
mod upkeep;
mod webhook;

use std::process::ExitCode;

use sluice_e2e::harness::{Case, run_and_then};

fn main() -> ExitCode {
    let cases = vec![
        // The longest first.
        Case::new("a_cluster_that_dies_harms_nobody_else_and_is_used_again_when_it_is_back", clusters::dies),
        Case::new("a_release_of_bookverse_goes_through_its_steps", progressive::in_steps),
        Case::new("bookverse_is_deployed_to_all_four_environments", bookverse::everywhere),
        Case::new("a_token_that_counts_no_more_is_told_and_a_new_one_is_used_at_once", clusters::rotated),
        Case::new("a_cluster_that_nobody_knows_any_more_keeps_its_objects", clusters::forgotten),
        Case::new("a_second_cluster_is_deployed_to_healed_pruned_and_cleared", clusters::deployed),
        Case::new("a_push_that_is_told_is_deployed_at_once_and_a_forged_one_changes_nothing", webhook::tells),
        Case::new("a_release_that_was_taken_back_is_reverted_in_git_over_https", reverts::pushed_by_https),
        Case::new("a_release_that_was_taken_back_is_reverted_in_git_over_ssh", reverts::pushed_by_ssh),
        Case::new("a_release_that_was_taken_back_is_proposed_to_be_reverted_once", reverts::proposed),
        Case::new("a_revert_that_the_server_refuses_harms_nothing", reverts::refused),
        Case::new("a_folder_is_followed_from_commit_to_commit", follow::commits),
        Case::new("a_change_by_hand_is_undone_at_once", follow::heals),
        Case::new("a_change_by_hand_is_shown_field_by_field", pages::differing),
        Case::new("every_kind_of_source_is_deployed", sources::each),
        Case::new("waves_and_hooks_go_in_their_order", order::waves_and_hooks),
        Case::new("a_window_that_is_closed_holds_a_sync_until_it_is_gone", guards::window),
        Case::new("a_rule_about_an_environment_leaves_its_syncs_to_people", guards::rule),
        Case::new("what_a_project_says_counts_for_each_wave_that_is_yet_to_begin", guards::between_waves),
        Case::new("a_project_that_is_deleted_goes_with_its_last_application", guards::farewell),
        Case::new("a_release_of_an_application_that_heals_keeps_its_services_and_weights", beside::healed),
        Case::new("an_application_in_a_namespace_of_a_team_does_what_its_project_lets_it", homes::of_teams),
        Case::new("an_account_of_the_project_writes_what_it_may_and_is_named_for_the_rest", guards::impersonated),
        Case::new("a_commit_that_is_not_deployed_is_compared_by_app_diff", judged::revision),
        Case::new("what_the_pods_of_an_application_say_is_printed_by_app_logs", judged::logs),
        Case::new("a_right_that_is_missing_is_named_and_used_once_it_is_there", rights::named),
        Case::new("a_project_names_the_object_that_it_blocks", guards::project),
        Case::new("an_application_that_is_deleted_takes_its_objects_along_if_it_says_so", deletion::both),
        Case::new("of_two_applications_that_claim_an_object_neither_deletes_it", claims::shared),
        Case::new("a_version_that_analysis_took_back_stays_back_until_the_next_commit", rejection::rejected),
        Case::new("every_panel_alert_and_runbook_of_applications_is_answered", board::answered),
        Case::new("people_are_told_of_an_application_within_a_second", told::soon),
        Case::new("a_history_that_is_rewritten_is_followed", trouble::rewritten),
        Case::new("quotas_limits_and_monitors_of_a_platform_are_deployed", upkeep::of_platform),
        Case::new("an_application_that_is_restored_from_a_backup_goes_on_as_it_was", upkeep::restored),
        // They stop the server that all others fetch from.
        Case::alone("a_repository_that_vanishes_or_hangs_deletes_nothing", trouble::vanishes_and_hangs),
    ];
    let last = Case::new("the_role_for_applications_has_the_rights_that_this_run_used_and_no_others", rights::all_used);
    run_and_then(cases, Some(last))
}
