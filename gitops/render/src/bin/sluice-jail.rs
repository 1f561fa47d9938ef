//! Runs a program within limits: see `sluice_render::jail`.

use std::process::ExitCode;

fn main() -> ExitCode {
    sluice_render::jail::main(std::env::args_os().skip(1))
}
