//! Releases on a real cluster where everything breaks, under 200 requests a second.
//!
//! Five apps are released again and again: a good canary with analysis, a bad one that its analysis must take back, one
//! that is aborted by hand, one that is superseded on the way, and a blue-green one. Meanwhile a proxy before the API
//! server, which only the controller uses, cuts, delays, doubles and refuses its requests and holds its watches; the
//! controller is killed and frozen; both Traefiks, Prometheus, etcd and the API server are killed and started. What
//! happens when follows from a seed.
//!
//! It fails when a request fails that no bad version answered; when a TraefikService is seen to send requests to a
//! revision without ready pods; when an aborted revision gets weight again; when a release does not come to its end 60 s
//! and its own waits after the last trouble; when the controller writes anything in the minute after all is done.
//!
//! `SLUICE_CHAOS_SEEDS=7..20` (or `7`) plays those seeds instead of the fixed ones; `SLUICE_CHAOS_MINUTES=30` goes on with
//! the seeds after them until that time is over. A failure names its seed: that one alone makes the same trouble again.
//! The last line of a run, its totals, is fit for a row of `e2e/LEDGER.md`. What became of each request of the controller
//! is in `target/e2e-logs/proxy.log`.

mod app;
mod breaker;
mod person;
mod round;
mod stage;
mod totals;
mod wish;
mod witness;

use std::process::ExitCode;

use sluice_e2e::harness::{Case, run};

fn main() -> ExitCode {
    run(vec![Case::alone("releases_come_through_chaos_without_a_failed_request", round::all)])
}
