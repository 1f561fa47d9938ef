//! A scenario file, as it is written. A field that is not known is an error.

use std::time::Duration;

use anyhow::{Result, bail};
use serde::Deserialize;
use sluice_orders::release::Act;

use super::words::{PodFault, Promotes, Reading, RouterFault, Time, Whose};
use super::{Deed, Moment, Order, Scenario, What, Which};

/// When somebody promotes where nothing is said about it.
const PROMOTES: Promotes = Promotes::After(Duration::from_mins(1));

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct File {
    runs_for: Option<Time>,
    promote: Option<Promotes>,
    #[serde(default)]
    metrics: Vec<MetricLine>,
    #[serde(default)]
    pods: Vec<PodsLine>,
    #[serde(default)]
    router: Vec<RouterLine>,
    #[serde(default)]
    people: Vec<PersonLine>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MetricLine {
    template: Option<String>,
    name: Option<String>,
    value: Reading,
    from: Option<Time>,
    from_step: Option<usize>,
    to: Option<Time>,
    to_step: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PodsLine {
    #[serde(default)]
    of: Whose,
    ready: PodFault,
    from: Option<Time>,
    from_step: Option<usize>,
    to: Option<Time>,
    to_step: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RouterLine {
    does: RouterFault,
    from: Option<Time>,
    from_step: Option<usize>,
    to: Option<Time>,
    to_step: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PersonLine {
    at: Option<Time>,
    at_step: Option<usize>,
    r#do: Does,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Does {
    Promote,
    PromoteFull,
    Abort,
    Retry,
    Pause,
}

impl File {
    /// What the file comes to.
    pub(super) fn scenario(self) -> Result<Scenario> {
        let promotes = self.people.iter().any(|line| matches!(line.r#do, Does::Promote));
        let promote = self.promote.unwrap_or(if promotes { Promotes::Never } else { PROMOTES });
        let mut deeds = Vec::new();
        for line in self.metrics {
            let which = Which { template: line.template, name: line.name };
            let while_ = (moment("from", line.from, line.from_step)?, moment("to", line.to, line.to_step)?);
            fault(&mut deeds, while_, What::Metric(which.clone(), line.value), What::Metric(which, Reading::Good));
        }
        for line in self.pods {
            let while_ = (moment("from", line.from, line.from_step)?, moment("to", line.to, line.to_step)?);
            fault(&mut deeds, while_, What::Pods(line.of, Some(line.ready)), What::Pods(line.of, None));
        }
        for line in self.router {
            let while_ = (moment("from", line.from, line.from_step)?, moment("to", line.to, line.to_step)?);
            fault(&mut deeds, while_, What::Router(Some(line.does)), What::Router(None));
        }
        for line in self.people {
            let Some(when) = moment("at", line.at, line.at_step)? else { bail!("people: at or atStep is missing") };
            deeds.push(Deed { when, what: What::Person(line.r#do.order()) });
        }
        let promote_after = if let Promotes::After(time) = promote { Some(time) } else { None };
        Ok(Scenario { deeds, promote_after, runs_for: self.runs_for.map(|time| time.0) })
    }
}

impl Does {
    fn order(self) -> Order {
        match self {
            Self::Promote => Order::Act(Act::Promote),
            Self::PromoteFull => Order::Act(Act::PromoteFull),
            Self::Abort => Order::Act(Act::Abort),
            Self::Retry => Order::Act(Act::Retry),
            Self::Pause => Order::Pause,
        }
    }
}

/// Adds the beginning of a fault and, where it has one, its end.
fn fault(deeds: &mut Vec<Deed>, (from, to): (Option<Moment>, Option<Moment>), begin: What, end: What) {
    deeds.push(Deed { when: from.unwrap_or(Moment::At(Duration::ZERO)), what: begin });
    deeds.extend(to.map(|when| Deed { when, what: end }));
}

fn moment(name: &str, time: Option<Time>, step: Option<usize>) -> Result<Option<Moment>> {
    match (time, step) {
        (Some(_), Some(_)) => bail!("{name} and {name}Step exclude each other; keep one"),
        (Some(Time(time)), None) => Ok(Some(Moment::At(time))),
        (None, step) => Ok(step.map(Moment::Step)),
    }
}
