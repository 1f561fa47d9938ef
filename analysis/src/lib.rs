//! Judges a release by its metrics.
//!
//! A [`run::Run`] is checked once; then [`plan::plan`] says which metrics are due, [`metric::Metric::measure`] asks for
//! them, [`fold::fold`] puts the readings into the status and says where the run stands. All but `measure` is pure:
//! time is an argument, and the same input has the same outcome.
//!
//! The one rule above all others: what was not measured never passes. Where that rule touches a case, the module
//! says so: [`judge`] for answers without data, [`assess`] for metrics without a good measurement.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::needless_pass_by_value,
        clippy::needless_raw_string_hashes,
        reason = "a test may stop at the first surprise, reads best with plain arguments, and expect-test writes r#"
    )
)]

pub mod address;
pub mod args;
pub mod assess;
pub mod blind;
pub mod compare;
pub mod condition;
pub mod encode;
pub mod evidence;
pub mod fact;
pub mod fold;
pub mod given;
pub mod interpolate;
pub mod job;
pub mod judge;
pub mod limits;
pub mod metric;
pub mod plan;
pub mod pods;
pub mod provider;
pub mod run;
pub mod samples;
pub mod schedule;
pub mod secrets;
pub mod source;
pub mod template;

#[cfg(test)]
mod stories;
