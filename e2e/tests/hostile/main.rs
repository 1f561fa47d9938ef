//! Every field of every kind, abused on a real API server under the running controller.
//!
//! Each leaf of each schema gets values that are legal, at the edge and wrong, and is put back after each. Nothing may
//! panic or get stuck; what is wrong is refused by the API server or reported with its field; what is undone is as good
//! as never done; and what works beside it goes on working.
#![allow(clippy::indexing_slicing, reason = "a `Value` that is an object takes any key")]

mod board;
mod experiments;
mod home;
mod named;
mod neighbour;
mod rollouts;
mod runs;
mod selectors;
mod stage;
mod tally;
mod templates;

use std::process::ExitCode;

use sluice_e2e::harness::{Case, run};

fn main() -> ExitCode {
    run(vec![
        Case::new("every_field_of_a_rollout_may_be_wrong", rollouts::abuse),
        Case::new("every_field_of_an_analysis_template_may_be_wrong", templates::abuse),
        Case::new("every_field_of_a_cluster_analysis_template_may_be_wrong", templates::abuse_cluster),
        Case::new("every_field_of_an_analysis_run_may_be_wrong", runs::abuse),
        Case::new("every_field_of_an_experiment_may_be_wrong", experiments::abuse),
    ])
}
