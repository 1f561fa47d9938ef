//! What goes wrong and what people do: the scenario file, and the flags that stand for its common lines.

mod file;
mod words;

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use sluice_orders::release::Act;

use crate::args::SimulateArgs;
use crate::simulate::read;
use file::File;
pub(crate) use words::{PodFault, Reading, RouterFault, Whose};

/// The most bytes of a scenario file.
const MOST_BYTES: u64 = 1 << 20;
/// The longest that a simulation may run.
pub(crate) const LONGEST: Duration = Duration::from_hours(24 * 31);

/// Everything that is going to happen to an update.
#[derive(Debug)]
pub(crate) struct Scenario {
    /// What happens, in the order in which it was written.
    pub(crate) deeds: Vec<Deed>,
    /// How long after the start of a wait for a person somebody promotes, if ever.
    pub(crate) promote_after: Option<Duration>,
    /// How long it is watched at most, where that was said.
    pub(crate) runs_for: Option<Duration>,
}

/// Something that happens at its moment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Deed {
    /// When.
    pub(crate) when: Moment,
    /// What.
    pub(crate) what: What,
}

/// When something happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// So long after the update.
    At(Duration),
    /// Once that step, counted from 1, has begun.
    Step(usize),
}

/// What happens.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum What {
    /// These metrics answer like that from now on.
    Metric(Which, Reading),
    /// These pods are like that from now on; well without a fault.
    Pods(Whose, Option<PodFault>),
    /// The router is like that from now on; well without a fault.
    Router(Option<RouterFault>),
    /// A person gives an order.
    Person(Order),
}

/// An order that a person gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// One of the plugin's own commands.
    Act(Act),
    /// `spec.paused`.
    Pause,
}

/// Which metrics are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Which {
    /// Their template.
    pub(crate) template: Option<String>,
    /// Their name.
    pub(crate) name: Option<String>,
}

impl Which {
    /// Whether that metric of that template is meant.
    pub(crate) fn is(&self, template: &str, name: &str) -> bool {
        self.template.as_deref().is_none_or(|own| own == template) && self.name.as_deref().is_none_or(|own| own == name)
    }
}

impl Scenario {
    /// Reads the file, if there is one, and adds what the flags say. The Rollout has so many steps.
    pub(crate) fn of(args: &SimulateArgs, steps: usize) -> Result<Self> {
        let mut scenario = match &args.scenario {
            Some(path) => {
                let text = read::text(path, MOST_BYTES)?;
                Self::parse(&text, steps).with_context(|| format!("read scenario {}", path.display()))?
            }
            None => Self::parse("{}", steps)?,
        };
        scenario.add(args, steps)?;
        Ok(scenario)
    }

    /// Reads a scenario file's text.
    pub(crate) fn parse(text: &str, steps: usize) -> Result<Self> {
        let file: File = serde_saphyr::from_str(text)?;
        let scenario = file.scenario()?;
        scenario.deeds.iter().try_for_each(|deed| fits(deed, steps))?;
        if scenario.runs_for.is_some_and(|time| time > LONGEST) {
            bail!("runsFor: 31 days (744h) are the most");
        }
        Ok(scenario)
    }

    fn add(&mut self, args: &SimulateArgs, steps: usize) -> Result<()> {
        let now = Moment::At(Duration::ZERO);
        let mut add = |when, what| self.deeds.push(Deed { when, what });
        for bad in &args.bad_metrics {
            let when = bad.from_step.map_or(now, Moment::Step);
            add(when, What::Metric(Which::of(&bad.name), Reading::Bad));
        }
        if args.pods_never_ready {
            add(now, What::Pods(Whose::New, Some(PodFault::NeverReady)));
        }
        if args.router_refuses {
            add(now, What::Router(Some(RouterFault::Refuses)));
        }
        for time in &args.promote_at {
            add(Moment::At(*time), What::Person(Order::Act(Act::Promote)));
        }
        if let Some(time) = args.abort_at {
            add(Moment::At(time), What::Person(Order::Act(Act::Abort)));
        }
        if args.no_promote || !args.promote_at.is_empty() {
            self.promote_after = None;
        }
        self.deeds.iter().try_for_each(|deed| fits(deed, steps))
    }
}

impl Which {
    /// `NAME`, or `TEMPLATE/NAME`.
    fn of(text: &str) -> Self {
        match text.split_once('/') {
            Some((template, name)) => Self { template: Some(template.to_owned()), name: Some(name.to_owned()) },
            None => Self { template: None, name: Some(text.to_owned()) },
        }
    }
}

fn fits(deed: &Deed, steps: usize) -> Result<()> {
    match deed.when {
        Moment::Step(step) if step == 0 || step > steps => match steps {
            0 => bail!("step {step}: the Rollout has no steps; give a time instead"),
            _ => bail!("step {step}: the Rollout has steps 1 to {steps}"),
        },
        _ => Ok(()),
    }
}

/// Deeds that wait for their moments.
#[derive(Debug)]
pub(crate) struct Agenda {
    timed: BTreeMap<(Duration, usize), What>,
    stepped: Vec<(usize, What)>,
}

impl Agenda {
    /// All of them wait.
    pub(crate) fn new(deeds: &[Deed]) -> Self {
        let (mut timed, mut stepped) = (BTreeMap::new(), Vec::new());
        for (number, deed) in deeds.iter().enumerate() {
            match deed.when {
                Moment::At(time) => drop(timed.insert((time, number), deed.what.clone())),
                Moment::Step(step) => stepped.push((step, deed.what.clone())),
            }
        }
        Self { timed, stepped }
    }

    /// Takes the first deed whose moment has come: so long after the update, with that step begun.
    pub(crate) fn due(&mut self, now: Duration, step: Option<usize>) -> Option<What> {
        if let Some(first) = self.timed.first_entry().filter(|first| first.key().0 <= now) {
            return Some(first.remove());
        }
        let come = |(wanted, _): &(usize, What)| step.is_some_and(|step| step >= *wanted);
        let at = self.stepped.iter().position(come)?;
        Some(self.stepped.remove(at).1)
    }

    /// When the next deed with a time is due.
    pub(crate) fn next(&self) -> Option<Duration> {
        self.timed.keys().next().map(|(time, _)| *time)
    }
}

#[cfg(test)]
mod tests;
