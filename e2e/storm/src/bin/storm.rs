//! `cargo storm`: plays storms and crash plans, and says what broke.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::Parser;
use sluice_storm::apps;
use sluice_storm::calm::Calm;
use sluice_storm::crash::{self, Crash};
use sluice_storm::crew::{self, Failure, Limit, Tally};
use sluice_storm::fault::Fault;
use sluice_storm::ledger::{self, Totals};
use sluice_storm::play::{Detail, Played};
use sluice_storm::scenarios;
use sluice_storm::script::Single;
use sluice_storm::storm::storm;
use sluice_world::scenario::Scenario;

/// A storm is mostly small JSON objects that come and go: this allocator takes a quarter less time for it than the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// One storm of so many is played twice, to see that it replays bit for bit.
const REPLAYED: u64 = 64;

/// Plays releases while everything goes wrong that can.
#[derive(Parser)]
#[command(name = "storm")]
struct Line {
    /// How many storms.
    #[arg(long, default_value_t = 1000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Ends earlier after so many minutes.
    #[arg(long, value_name = "MINUTES")]
    minutes: Option<u64>,
    /// Ends earlier at so many failures.
    #[arg(long, value_name = "NUMBER")]
    failures: Option<usize>,
    /// How many crash plans, evenly out of all; 0 for none.
    #[arg(long, default_value_t = 0)]
    plans: u64,
    /// Appends the totals to that file, which is kept in the repository as e2e/LEDGER.md.
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
    /// Plays one storm again and tells all of it.
    #[arg(long, value_name = "SEED", conflicts_with_all = ["seeds", "plans", "plan"])]
    seed: Option<u64>,
    /// Plays the crash plan of that number again and tells all of it.
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["seeds", "plans"])]
    plan: Option<usize>,
    /// Plays only stories that have this in their names. Seeds and numbers of plans are then others than without it.
    #[arg(long, value_name = "TEXT", default_value = "")]
    story: String,
    /// Storms of Applications in place of Rollouts; with --seed, one of those.
    #[arg(long, conflicts_with_all = ["plans", "plan", "calm", "ledger"])]
    apps: bool,
    /// Tells how the stories end in calm weather, as e2e/storm/src/scenarios/calm.txt has it.
    #[arg(long)]
    calm: bool,
}

/// What all runs share.
struct Runs {
    scenarios: Vec<Scenario>,
    calm: Calm,
    struck: Mutex<BTreeMap<Fault, u64>>,
}

fn main() -> ExitCode {
    let line = Line::parse();
    if line.apps {
        return play_apps(&line);
    }
    let scenarios: Vec<_> = scenarios::all().into_iter().filter(|one| one.name.contains(&line.story)).collect();
    if scenarios.is_empty() {
        eprintln!("no story has {:?} in its name; cargo storm --calm tells all of them", line.story);
        return ExitCode::FAILURE;
    }
    let runs = Runs { calm: Calm::new(scenarios.len()), scenarios, struck: Mutex::default() };
    if line.calm {
        return runs.tell_calm();
    }
    if let Some(seed) = line.seed {
        let storm = storm(&runs.scenarios, &runs.calm, seed, Detail::Transcript);
        return told(&storm.scenario, &storm.wrong, &storm.played);
    }
    if let Some(number) = line.plan {
        return runs.tell_plan(number);
    }
    runs.play(&line)
}

impl Runs {
    #[allow(clippy::disallowed_methods, reason = "people wait for it by their own clock")]
    fn play(&self, line: &Line) -> ExitCode {
        let began = Instant::now();
        let time = line.minutes.map(|minutes| Duration::from_secs(minutes * 60));
        let limit = Limit { time, failures: line.failures };
        let storms = crew::play("storms", line.seeds, limit, |number| self.storm(line.from + number));
        let enough = line.failures.is_some_and(|most| storms.failures.len() >= most);
        let crashes = if line.plans > 0 && !enough { self.crashes(line.plans, limit) } else { Tally::default() };
        let failures = [storms.failures, crashes.failures].concat();
        let seeds = line.from..line.from + storms.runs;
        let totals = self.totals(seeds, crashes.runs, began.elapsed(), failures.len());
        tell(&totals, failures.first());
        if let Some(Err(error)) = line.ledger.as_ref().map(|path| ledger::append(path, &totals)) {
            eprintln!("the totals are not in the ledger: {error}");
            return ExitCode::FAILURE;
        }
        if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn totals(&self, seeds: Range<u64>, plans: u64, took: Duration, failed: usize) -> Totals {
        let struck = self.struck.lock().unwrap_or_else(PoisonError::into_inner);
        for (fault, count) in struck.iter() {
            println!("{count:>9} {fault}");
        }
        Totals { seeds, plans, faults: struck.values().sum(), kinds: struck.len(), took, failed }
    }

    fn storm(&self, seed: u64) -> Option<Failure> {
        let play = |detail| storm(&self.scenarios, &self.calm, seed, detail);
        let mut storm = play(Detail::Digest);
        self.count(&storm.played);
        if seed.is_multiple_of(REPLAYED) && play(Detail::Digest).played.digest != storm.played.digest {
            storm.wrong.push("played again, it is another run".to_owned());
        }
        (!storm.wrong.is_empty()).then(|| Failure {
            again: format!("cargo storm --seed {seed} ({})", storm.scenario),
            wrong: storm.wrong,
            transcript: play(Detail::Transcript).played.transcript,
        })
    }

    fn count(&self, played: &Played) {
        let mut struck = self.struck.lock().unwrap_or_else(PoisonError::into_inner);
        for (fault, count) in &played.struck {
            *struck.entry(*fault).or_default() += u64::from(*count);
        }
    }

    fn crashes(&self, count: u64, limit: Limit) -> Tally {
        let plans = crash::plans(&self.scenarios, &self.calm);
        let all = u64::try_from(plans.len()).unwrap_or(u64::MAX);
        let count = count.min(all);
        eprintln!("crash plans: {count} of {all}");
        crew::play("crash plans", count, limit, |number| {
            let place = usize::try_from(number * all / count).unwrap_or_default();
            self.crash(place, *plans.get(place)?)
        })
    }

    fn crash(&self, place: usize, plan: Crash) -> Option<Failure> {
        let tell = |detail| crash::crash(&self.scenarios, &self.calm, plan, detail);
        let (wrong, played) = tell(Detail::Digest);
        self.count(&played);
        let Single { fault, at } = plan.single;
        (!wrong.is_empty()).then(|| Failure {
            again: format!("cargo storm --plan {place} ({}, {fault} at {at})", self.name(plan.story)),
            wrong,
            transcript: tell(Detail::Transcript).1.transcript,
        })
    }

    fn tell_plan(&self, number: usize) -> ExitCode {
        let plans = crash::plans(&self.scenarios, &self.calm);
        let Some(plan) = plans.get(number) else {
            eprintln!("there are {} plans: give a lower number", plans.len());
            return ExitCode::FAILURE;
        };
        let (wrong, played) = crash::crash(&self.scenarios, &self.calm, *plan, Detail::Transcript);
        told(self.name(plan.story), &wrong, &played)
    }

    fn tell_calm(&self) -> ExitCode {
        let mut code = ExitCode::SUCCESS;
        for (number, scenario) in self.scenarios.iter().enumerate() {
            let calm = self.calm.of(number, scenario);
            let (writes, events, took) = (calm.writes, calm.events, calm.took.as_secs());
            println!("{}: {}", scenario.name, calm.ending);
            eprintln!("    {writes} writes, {events} events, {took} s");
            for broken in &calm.broken {
                println!("    !! {broken}");
                code = ExitCode::FAILURE;
            }
        }
        code
    }

    fn name(&self, story: usize) -> &str {
        self.scenarios.get(story).map_or("", |scenario| &scenario.name)
    }
}

/// Storms of Applications.
fn play_apps(line: &Line) -> ExitCode {
    if let Some(seed) = line.seed {
        let played = apps::play(seed, Detail::Transcript);
        println!("{}", played.name);
        for line in played.transcript.into_iter().chain(played.broken.iter().map(|broken| format!("!! {broken}"))) {
            println!("{line}");
        }
        return if played.broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let limit = Limit { time: line.minutes.map(|minutes| Duration::from_secs(minutes * 60)), failures: line.failures };
    let storms = crew::play("storms of Applications", line.seeds, limit, |number| {
        let seed = line.from + number;
        let played = apps::play(seed, Detail::Digest);
        (!played.broken.is_empty()).then(|| Failure {
            again: format!("cargo storm --apps --seed {seed} ({})", played.name),
            wrong: played.broken,
            transcript: apps::play(seed, Detail::Transcript).transcript,
        })
    });
    if let Some(failure) = storms.failures.first() {
        println!("\n{}", failure.again);
        for line in &failure.transcript {
            println!("{line}");
        }
        println!("!! {}\n", failure.wrong.join("\n!! "));
    }
    for failure in &storms.failures {
        println!("{}: {}", failure.again, failure.wrong.join("; "));
    }
    println!("{} storms of Applications: {} failed", storms.runs, storms.failures.len());
    if storms.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The totals, and one failure with all that happened.
fn tell(totals: &Totals, failure: Option<&Failure>) {
    if let Some(failure) = failure {
        println!("\n{}", failure.again);
        for line in &failure.transcript {
            println!("{line}");
        }
        println!("!! {}\n", failure.wrong.join("\n!! "));
    }
    let Totals { seeds, plans, faults, kinds, took, failed } = totals;
    let (from, to, seconds) = (seeds.start, seeds.end, took.as_secs());
    println!("seeds {from}..{to}, {plans} crash plans, {faults} faults of {kinds} kinds, {seconds} s: {failed} failed");
}

fn told(name: &str, wrong: &[String], played: &Played) -> ExitCode {
    println!("{name}");
    for line in &played.transcript {
        println!("{line}");
    }
    println!("= {} ({:016x})", played.ending, played.digest);
    for wrong in wrong {
        println!("!! {wrong}");
    }
    if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
