//! `cargo demo`: a good version goes out and a bad one comes back, on a real cluster.

use std::process::ExitCode;

fn main() -> ExitCode {
    sluice_e2e::demo::main()
}
