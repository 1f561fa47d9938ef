//! The in-memory API server answers as the real one does.
//!
//! `cases/*.yaml` tell behaviours: a sentence, and the requests that show it. Each is played against a real
//! kube-apiserver and against the simulated one. Both transcripts, with what no two runs share taken out ([`normal`]),
//! must be the same line by line; they are left in `target/honesty/{real,world}`.

// A test: what cannot be is a failure, and says so.
#![allow(clippy::panic, clippy::indexing_slicing)]

mod diff;
mod noise;
mod normal;
mod paths;
mod play;
mod published;
mod script;
mod sides;
mod transcript;

use std::fs;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use libtest_mimic::{Arguments, Conclusion, Failed, Trial};
use sluice_e2e::namespace;
use sluice_e2e::tools::{Tools, target_dir};
use tokio::runtime::Runtime;

use crate::script::Behaviour;
use crate::sides::Real;

/// Behaviours mostly wait for answers, so many more of them than processors are played at once.
const AT_ONCE: usize = 8;

const PUBLISHED: &str = "published: the schemas of built-in kinds are those of the real server";

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
    let behaviours = script::all()?;
    let mut arguments = Arguments::from_args();
    if arguments.list {
        let names = behaviours.into_iter().map(|behaviour| behaviour.name).chain([PUBLISHED.to_owned()]);
        let listed = names.map(|name| Trial::test(name, || Ok(()))).collect();
        return Ok(libtest_mimic::run(&arguments, listed).exit_code());
    }
    let tools = Tools::ensure()?;
    let Some(inside) = namespace::inside()? else {
        return namespace::run_inside(&[]);
    };
    arguments.test_threads.get_or_insert(AT_ONCE);
    let runtime = Runtime::new().context("start the runtime")?;
    runtime.spawn(async {
        if namespace::asked_to_end().await.is_ok() {
            std::process::exit(130);
        }
    });
    let real = runtime.block_on(Real::start(&tools, &inside.run_dir))?;
    Ok(run_trials(&arguments, behaviours, real, &runtime).exit_code())
}

fn run_trials(arguments: &Arguments, behaviours: Vec<Behaviour>, real: Real, runtime: &Runtime) -> Conclusion {
    let real = Arc::new(real);
    let trials = behaviours.into_iter().enumerate().map(|(number, behaviour)| {
        let (real, handle) = (real.clone(), runtime.handle().clone());
        Trial::test(behaviour.name.clone(), move || {
            let space = format!("case-{number}");
            let shown = handle.block_on(real.play(&behaviour, &space));
            compare(&behaviour, shown, sides::play_in_world(&behaviour, &space))
                .map_err(|e| Failed::from(format!("{e:#}")))
        })
    });
    let (server, handle) = (real.clone(), runtime.handle().clone());
    let published = Trial::test(PUBLISHED, move || {
        handle.block_on(published::check(server.client())).map_err(|e| Failed::from(format!("{e:#}")))
    });
    libtest_mimic::run(arguments, trials.chain([published]).collect())
}

/// Fails where the real server does not do what the behaviour says, and where the simulated one answers differently.
fn compare(behaviour: &Behaviour, real: Result<String>, world: Result<String>) -> Result<()> {
    keep(behaviour, "real", &real)?;
    keep(behaviour, "world", &world)?;
    let real = real.context("the real API server")?;
    let world = world.with_context(|| format!("the simulated API server; the real one said\n{real}"))?;
    ensure!(real == world, "- the real API server\n+ the simulated one\n{}", diff::lines(&real, &world));
    Ok(())
}

fn keep(behaviour: &Behaviour, side: &str, transcript: &Result<String>) -> Result<()> {
    let dir = target_dir().join("honesty").join(side);
    fs::create_dir_all(&dir).with_context(|| format!("create {}", dir.display()))?;
    let file = dir.join(format!("{}.txt", behaviour.name.replace([' ', '/'], "-")));
    let text = transcript.as_ref().map_or_else(|error| format!("{error:#}\n"), Clone::clone);
    fs::write(&file, text).with_context(|| format!("write {}", file.display()))
}
