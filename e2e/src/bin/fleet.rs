//! `cargo fleet`: what a thousand Applications cost.

use std::process::ExitCode;

fn main() -> ExitCode {
    sluice_e2e::fleet::main()
}
