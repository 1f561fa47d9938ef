//! A destination cluster as the loop of Applications sees and writes it (`gitops/live`), on the real kube-apiserver.

// A test: what cannot be is a failure, and says so. A `Value` that is an object takes any key.
#![allow(clippy::panic, clippy::indexing_slicing, clippy::expect_used)]

mod adoption;
mod compare;
mod kinds;
mod rig;
mod size;
mod writes;

use std::process::ExitCode;

use anyhow::{Context, Result};
use futures::future::LocalBoxFuture;
use libtest_mimic::{Arguments, Failed, Trial};
use sluice_e2e::cluster::Cluster;
use sluice_e2e::namespace;
use sluice_e2e::tools::Tools;
use tokio::runtime::Runtime;

use crate::rig::{Rig, Seat};

/// They mostly wait for answers. Sizes are measured alone.
const AT_ONCE: usize = 8;

type Play = fn(Rig) -> LocalBoxFuture<'static, Result<()>>;

const CASES: &[(&str, Play)] = &[
    ("an_object_is_asked_about_once_and_written_once", |rig| Box::pin(compare::once(rig))),
    ("what_the_api_server_fills_in_is_no_difference", |rig| Box::pin(compare::defaults(rig))),
    ("what_admission_changes_is_no_difference", |rig| Box::pin(compare::admission(rig))),
    ("what_others_own_is_no_difference", |rig| Box::pin(compare::others(rig))),
    ("a_manifest_of_an_older_version_of_the_api_is_compared", |rig| Box::pin(compare::versions(rig))),
    ("a_field_that_git_drops_goes_though_argocd_updated_it", |rig| Box::pin(adoption::updated(rig))),
    ("a_field_that_git_drops_goes_though_argocd_applied_it", |rig| Box::pin(adoption::applied(rig))),
    ("what_kubectl_applied_is_taken_over_with_a_mark", |rig| Box::pin(adoption::by_hand(rig))),
    ("what_kubectl_applied_is_taken_over_with_a_label", |rig| Box::pin(adoption::by_label(rig))),
    ("an_adopted_object_that_is_as_it_should_be_is_not_written", |rig| Box::pin(adoption::same(rig))),
    ("a_kind_that_may_not_be_read_says_what_to_grant", |rig| Box::pin(kinds::forbidden(rig))),
    ("a_kind_that_is_defined_later_is_found", |rig| Box::pin(kinds::later(rig))),
    ("a_broken_api_does_not_hide_the_others", |rig| Box::pin(kinds::broken(rig))),
    ("only_the_namespaces_that_may_be_read_are_read", |rig| Box::pin(kinds::namespaces(rig))),
    ("an_object_that_is_wanted_late_is_read", |rig| Box::pin(kinds::late(rig))),
    ("orphans_are_what_nobody_made_and_nobody_marked", |rig| Box::pin(kinds::orphans(rig))),
    ("what_cannot_be_changed_is_made_anew_by_force_alone", |rig| Box::pin(writes::force(rig))),
    ("replacing_takes_what_git_does_not_say", |rig| Box::pin(writes::replace(rig))),
    ("an_unknown_field_is_refused_unless_unchecked", |rig| Box::pin(writes::unknown_field(rig))),
    ("a_refused_secret_is_not_quoted", |rig| Box::pin(writes::secret(rig))),
    ("a_key_of_string_data_that_goes_from_git_goes", |rig| Box::pin(writes::string_data(rig))),
    ("only_the_object_that_was_meant_is_deleted", |rig| Box::pin(writes::delete(rig))),
    ("a_hook_is_made_once_a_run", |rig| Box::pin(writes::hook(rig))),
    ("a_service_account_writes_what_it_may", |rig| Box::pin(writes::impersonated(rig))),
    ("three_thousand_objects_are_kept_in_little", |rig| Box::pin(size::thousands(rig))),
];

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode> {
    let mut arguments = Arguments::from_args();
    if arguments.list {
        let listed = CASES.iter().map(|(name, _)| Trial::test(*name, || Ok(()))).collect();
        return Ok(libtest_mimic::run(&arguments, listed).exit_code());
    }
    let tools = Tools::ensure()?;
    let Some(inside) = namespace::inside()? else {
        return namespace::run_inside(&[]);
    };
    arguments.test_threads.get_or_insert(AT_ONCE);
    // A second call finds the first one's choice, which is the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = Runtime::new().context("start the runtime")?;
    runtime.spawn(async {
        if namespace::asked_to_end().await.is_ok() {
            std::process::exit(130);
        }
    });
    let cluster = runtime.block_on(Cluster::start_quiet(&tools, &inside.run_dir))?;
    let seat = runtime.block_on(Seat::of(&cluster))?;
    let trials = CASES.iter().enumerate().map(|(number, (name, play))| {
        let (seat, handle) = (seat.clone(), runtime.handle().clone());
        Trial::test(*name, move || {
            let played = handle.block_on(async { play(seat.rig(&format!("live-{number}")).await?).await });
            played.map_err(|error| Failed::from(format!("{error:#}")))
        })
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    drop(cluster);
    Ok(conclusion.exit_code())
}
