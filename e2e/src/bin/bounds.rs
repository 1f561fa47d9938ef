//! `cargo bounds`: what the plugin and the dashboard cost, on a real cluster.

use std::process::ExitCode;

fn main() -> ExitCode {
    sluice_e2e::bounds::main()
}
