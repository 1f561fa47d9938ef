//! The child's side of the jail: this process takes limits on, and becomes the program that is to run.
//!
//! Limits have to be there before the program's first instruction, and a parent can set them on its child only afterwards.
//! So the program is started through this one (`sluice-jail`, or any binary whose `main` calls [`main`] on such arguments).

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use rustix::process::{Resource, Rlimit, setrlimit};

use crate::jsonnet;

/// What the jail exits with when it could not start the program, as shells do.
const CANNOT_START: u8 = 126;

/// Does what the arguments behind the program's name say:
/// `run MEMORY FILE SECONDS PROGRAM ARGUMENT…` becomes that program, with so many bytes of memory, bytes a file it writes and
/// seconds of the processor; `jsonnet` evaluates what is on its standard input.
pub fn main(mut arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let said = match arguments.next().as_deref().and_then(|word| word.to_str()) {
        Some("run") => run(arguments),
        Some("jsonnet") => return jsonnet::child(),
        _ => "the jail is started by Sluice, with what to run".to_owned(),
    };
    eprintln!("{said}");
    ExitCode::from(CANNOT_START)
}

/// Returns only if the program cannot be started, with why.
fn run(mut arguments: impl Iterator<Item = OsString>) -> String {
    let mut limit = || arguments.next()?.to_str()?.parse::<u64>().ok();
    let (Some(memory), Some(file), Some(seconds)) = (limit(), limit(), limit()) else {
        return "the jail wants three numbers".to_owned();
    };
    let limits = [(Resource::Data, memory), (Resource::Fsize, file), (Resource::Cpu, seconds), (Resource::Core, 0)];
    for (resource, most) in limits {
        if let Err(error) = setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) }) {
            return format!("limit {resource:?} to {most}: {error}");
        }
    }
    let Some(program) = arguments.next() else {
        return "the jail wants a program".to_owned();
    };
    let error = Command::new(&program).args(arguments).exec();
    format!("start {}: {error}", program.display())
}
