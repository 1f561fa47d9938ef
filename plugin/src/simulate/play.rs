//! Plays a case: first the version before until it runs, then the update, until nothing more is going to happen.

mod ending;

use std::time::Duration;

use anyhow::{Context, Result, bail};
use sluice_crds::Rollout;
use sluice_orders::standing::standing;
use tokio::runtime::Builder;
use tokio::time::{Instant, sleep_until};

use super::case::Case;
use super::record::{Moment, Record};
use super::scenario::{Agenda, Scenario, What, Which};
use super::stage::{self, Stage};
use super::state::{Hashes, Look};
use super::tale::{About, SCHEMA, Tale, Who, length};
use super::words::{self, Words};
use ending::Ending;

/// How often traffic is looked at while it may be on the move, and for how long after a write.
const GLANCE: Duration = Duration::from_millis(100);
const MOVING: Duration = Duration::from_secs(3);
/// How often it is asked whether the end has come: soon in lively times, later in calm ones.
const SOON: Duration = Duration::from_secs(5);
const LATER: Duration = Duration::from_mins(1);
const LIVELY: Duration = Duration::from_mins(2);

/// Plays it in virtual time.
pub(crate) fn play(case: &Case, scenario: &Scenario) -> Result<Tale> {
    let runtime =
        Builder::new_current_thread().enable_time().start_paused(true).build().context("start the runtime")?;
    runtime.block_on(async {
        let stage = Stage::set(case)?;
        known(&stage, scenario)?;
        stage::installed(&stage).await?;
        Play::begin(&stage, case, scenario)?.run().await
    })
}

/// Fails where a scenario names a metric that no template has.
fn known(stage: &Stage<'_>, scenario: &Scenario) -> Result<()> {
    for deed in &scenario.deeds {
        if let What::Metric(which, _) = &deed.what
            && !stage.metrics.has(which)
        {
            match stage.metrics.names().as_slice() {
                [] => bail!("there is no {}: the files hold no analysis template with a query", named(which)),
                names => bail!("there is no {}; the templates have {}", named(which), names.join(", ")),
            }
        }
    }
    Ok(())
}

fn named(which: &Which) -> String {
    match (&which.template, &which.name) {
        (None, None) => "metric at all".to_owned(),
        (Some(template), None) => format!("metric of {template}"),
        (None, Some(name)) => format!("metric {name}"),
        (Some(template), Some(name)) => format!("metric {template}/{name}"),
    }
}

struct Play<'a> {
    stage: &'a Stage<'a>,
    case: &'a Case,
    agenda: Agenda,
    promote_after: Option<Duration>,
    ending: Ending,
    zero: Instant,
    words: Words,
    record: Record,
    /// Since when the release has waited for a person.
    waits: Option<Duration>,
    /// When something was last written that may move pods or traffic.
    stirred: Duration,
}

impl<'a> Play<'a> {
    fn begin(stage: &'a Stage<'a>, case: &'a Case, scenario: &Scenario) -> Result<Self> {
        drop(stage.writes());
        let words = Words { hashes: Hashes::default(), zero: stage.cluster.clock.now() };
        let mut play = Self {
            stage,
            case,
            agenda: Agenda::new(&scenario.deeds),
            promote_after: scenario.promote_after,
            ending: Ending::new(case, scenario.runs_for),
            zero: Instant::now(),
            words,
            record: Record::default(),
            waits: None,
            stirred: Duration::ZERO,
        };
        play.note(Who::Person, &format!("{} is applied", words::image(&case.new)))?;
        play.observe()?;
        stage.update()?;
        Ok(play)
    }

    async fn run(mut self) -> Result<Tale> {
        let mut changed = self.stage.cluster.store.changed();
        loop {
            let rollout = self.observe()?;
            if let Some(why) = self.stage.metrics.lacking() {
                bail!("{why}");
            }
            if self.act(&rollout)? {
                continue;
            }
            let waiting = self.agenda.next();
            if let Some(outcome) = self.ending.now(&self.view(&rollout, waiting)) {
                return Ok(self.told(outcome));
            }
            let wake = self.zero + self.next(waiting);
            tokio::select! {
                biased;
                () = changed.changed() => {}
                () = sleep_until(wake) => {}
            }
        }
    }

    fn now(&self) -> Duration {
        self.zero.elapsed()
    }

    fn look(&self) -> Look<'a> {
        Look { cluster: &self.stage.cluster, case: self.case }
    }

    /// Takes down everything that is new, and gives the Rollout as it is now.
    fn observe(&mut self) -> Result<Rollout> {
        let look = self.look();
        self.words.hashes = look.hashes();
        let rollout = look.rollout().context("the Rollout is gone")?;
        let (at, state) = (self.now(), look.state(&rollout));
        let moment = Moment { at, state: &state, words: &self.words };
        for write in self.stage.writes() {
            if write.of.kind == "AnalysisRun" && write.verb == "create" {
                write.after.iter().for_each(|run| self.stage.metrics.learn(run));
            }
            if !matches!(write.of.kind, "Event" | "AnalysisRun" | "Lease" | "Rollout") {
                self.stirred = at;
            }
            self.record.wrote(&moment, &write);
        }
        let mut standing = standing(&rollout);
        standing.message = self.words.translate(&standing.message);
        self.record.stands(&moment, &standing);
        self.record.looked(&moment);
        Ok(rollout)
    }

    fn note(&mut self, who: Who, text: &str) -> Result<()> {
        let look = self.look();
        let rollout = look.rollout().context("the Rollout is gone")?;
        let (at, state) = (self.now(), look.state(&rollout));
        self.record.deed(&Moment { at, state: &state, words: &self.words }, who, text);
        Ok(())
    }

    /// Does the next deed whose moment has come; false when there is none.
    fn act(&mut self, rollout: &Rollout) -> Result<bool> {
        let waits = ending::waits_for_a_person(&self.case.spec, rollout);
        self.waits = if waits { self.waits.or(Some(self.now())) } else { None };
        if let Some(what) = self.agenda.due(self.now(), begun_step(rollout)) {
            self.do_it(&what)?;
            return Ok(true);
        }
        let Some((since, after)) = self.waits.zip(self.promote_after) else { return Ok(false) };
        if self.now() < since + after || ending::is_inconclusive(rollout) {
            return Ok(false);
        }
        let said = self.stage.order(super::scenario::Order::Act(sluice_orders::release::Act::Promote));
        let text = format!("promote: {said} (by default {} after the wait began)", length(after));
        self.note(Who::Person, &text)?;
        self.waits = None;
        Ok(true)
    }

    fn do_it(&mut self, what: &What) -> Result<()> {
        match what {
            What::Metric(which, reading) => {
                self.stage.metrics.set(which, reading);
                self.note(
                    Who::Fault,
                    &format!("{} is {reading} from now on", named(which).replace("metric at all", "every metric")),
                )
            }
            What::Pods(whose, fault) => {
                self.stage.sicken(*whose, *fault);
                let whose = format!("{whose:?}").to_lowercase();
                let how = fault.map_or_else(|| "are well again".to_owned(), |fault| fault.to_string());
                self.note(Who::Fault, &format!("{whose} pods {how}"))
            }
            What::Router(fault) => {
                self.stage.trouble(*fault);
                self.stirred = self.now();
                let how = fault.map_or_else(|| "is well again".to_owned(), |fault| fault.to_string());
                self.note(Who::Fault, &format!("the router {how}"))
            }
            What::Person(order) => {
                let said = self.stage.order(*order);
                self.note(Who::Person, &format!("{}: {said}", ending::order(*order)))
            }
        }
    }

    fn view<'b>(&'b self, rollout: &'b Rollout, waiting: Option<Duration>) -> ending::View<'b> {
        ending::View {
            now: self.now(),
            stirred: self.stirred,
            rollout,
            record: &self.record,
            kept: super::state::kept_until(&self.stage.cluster.store, &self.case.namespace)
                .map(|time| self.words.since(time)),
            deeds: waiting.is_some() || (self.waits.is_some() && self.promote_after.is_some()),
        }
    }

    /// When to look again if nothing is written before.
    fn next(&self, waiting: Option<Duration>) -> Duration {
        let now = self.now();
        let glance = (now < self.stirred + MOVING).then_some(now + GLANCE);
        let promote = self.waits.zip(self.promote_after).map(|(since, after)| since + after).filter(|at| *at > now);
        let idle = now + if now < self.stirred + LIVELY { SOON } else { LATER };
        [glance, promote, waiting].into_iter().flatten().fold(idle, Duration::min).max(now)
    }

    fn told(self, outcome: super::tale::Outcome) -> Tale {
        let case = self.case;
        let metrics = self.stage.metrics.answered();
        let (timeline, samples, analyses) = self.record.told();
        let rollout = About {
            namespace: case.namespace.clone(),
            name: case.name.clone(),
            strategy: words::strategy(&case.spec),
            steps: words::steps(&case.spec),
            replicas: case.spec.replicas,
            old_image: case.old.clone(),
            new_image: case.new.clone(),
        };
        let (made_up, left_out) = (case.made_up.clone(), case.left_out.clone());
        Tale { schema: SCHEMA, rollout, made_up, left_out, metrics, timeline, samples, analyses, outcome }
    }
}

/// The step under way, counted from 1, once the controller has looked at the update.
fn begun_step(rollout: &Rollout) -> Option<usize> {
    let status = rollout.status.as_ref().filter(|_| sluice_orders::standing::is_observed(rollout))?;
    if sluice_orders::standing::is_complete(rollout) {
        return None;
    }
    usize::try_from(status.current_step_index?).ok().map(|step| step + 1)
}
