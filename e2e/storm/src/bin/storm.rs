//! `cargo storm`: plays storms and crash plans, and says what broke.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::Parser;
use sluice_storm::calm::Calm;
use sluice_storm::crash;
use sluice_storm::crew::{self, Failure, Tally};
use sluice_storm::fault::Fault;
use sluice_storm::play::{Detail, Played};
use sluice_storm::scenarios;
use sluice_storm::storm::storm;
use sluice_world::scenario::Scenario;

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
    /// How many crash plans, evenly out of all; 0 for none.
    #[arg(long, default_value_t = 0)]
    plans: u64,
    /// Plays one storm again and tells all of it.
    #[arg(long, value_name = "SEED", conflicts_with_all = ["seeds", "plans", "plan"])]
    seed: Option<u64>,
    /// Plays the crash plan of that number again and tells all of it.
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["seeds", "plans"])]
    plan: Option<usize>,
    /// Tells the stories in calm weather.
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
    let scenarios = scenarios::all();
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
        let limit = line.minutes.map(|minutes| Duration::from_secs(minutes * 60));
        let storms = crew::play("storms", line.seeds, limit, |number| self.storm(line.from + number));
        let crashes = if line.plans > 0 { self.crashes(line.plans, limit) } else { Tally::default() };
        let faults = self.struck.lock().unwrap_or_else(PoisonError::into_inner);
        for (fault, count) in faults.iter() {
            println!("{count:>9} {fault}");
        }
        let failed = storms.failures.len() + crashes.failures.len();
        println!(
            "seeds {}..{}, {} crash plans, {} faults of {} kinds, {} s: {failed} failed",
            line.from,
            line.from + storms.runs,
            crashes.runs,
            faults.values().sum::<u64>(),
            faults.len(),
            began.elapsed().as_secs(),
        );
        if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn storm(&self, seed: u64) -> Option<Failure> {
        let storm = storm(&self.scenarios, &self.calm, seed, Detail::Digest);
        let mut struck = self.struck.lock().unwrap_or_else(PoisonError::into_inner);
        for (fault, count) in &storm.played.struck {
            *struck.entry(*fault).or_default() += u64::from(*count);
        }
        failure(format!("cargo storm --seed {seed} ({})", storm.scenario), storm.wrong)
    }

    fn crashes(&self, count: u64, limit: Option<Duration>) -> Tally {
        let plans = crash::plans(&self.scenarios, &self.calm);
        let all = u64::try_from(plans.len()).unwrap_or(u64::MAX);
        let count = count.min(all);
        eprintln!("crash plans: {count} of {all}");
        crew::play("crash plans", count, limit, |number| {
            let place = usize::try_from(number * all / count).unwrap_or_default();
            let plan = *plans.get(place)?;
            let (wrong, _) = crash::crash(&self.scenarios, &self.calm, plan, Detail::Digest);
            let single = plan.single;
            failure(
                format!("cargo storm --plan {place} ({}, {} at {})", self.name(plan.story), single.fault, single.at),
                wrong,
            )
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
            println!("{}: {} ({writes} writes, {events} events, {took} s)", scenario.name, calm.ending);
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

fn failure(again: String, wrong: Vec<String>) -> Option<Failure> {
    (!wrong.is_empty()).then_some(Failure { again, wrong })
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
