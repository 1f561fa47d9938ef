//! Applications on a real cluster: real repositories over https and ssh, real Helm, Kustomize and jsonnet.
//!
//! `SLUICE_CONTROLLER` names a controller to try in place of the one that is built here.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

mod board;
mod bookverse;
mod claims;
mod deletion;
mod follow;
mod guards;
mod order;
mod rejection;
mod repositories;
mod runbook;
#[path = "../controller/slack.rs"]
mod slack;
mod sources;
mod stage;
mod told;
mod trouble;

use std::process::ExitCode;

use sluice_e2e::harness::{Case, run};

fn main() -> ExitCode {
    run(vec![
        Case::new("a_folder_is_followed_from_commit_to_commit", follow::commits),
        Case::new("a_change_by_hand_is_undone_at_once", follow::heals),
        Case::new("every_kind_of_source_is_deployed", sources::each),
        Case::new("waves_and_hooks_go_in_their_order", order::waves_and_hooks),
        Case::new("a_window_that_is_closed_holds_a_sync_until_it_is_gone", guards::window),
        Case::new("a_project_names_the_object_that_it_blocks", guards::project),
        Case::new("an_application_that_is_deleted_takes_its_objects_along_if_it_says_so", deletion::both),
        Case::new("of_two_applications_that_claim_an_object_neither_deletes_it", claims::shared),
        Case::new("a_version_that_analysis_took_back_stays_back_until_the_next_commit", rejection::rejected),
        Case::new("every_panel_alert_and_runbook_of_applications_is_answered", board::answered),
        Case::new("people_are_told_of_an_application_within_a_second", told::soon),
        Case::new("bookverse_is_deployed_to_dev", bookverse::dev),
        Case::new("a_history_that_is_rewritten_is_followed", trouble::rewritten),
        // They stop the server that all others fetch from.
        Case::alone("a_repository_that_vanishes_or_hangs_deletes_nothing", trouble::vanishes_and_hangs),
    ])
}
