//! Decides what goes wrong when: by chance from a seed, or exactly one thing at one place.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sluice_world::news::{Listener, News};
use sluice_world::rng::Rng;
use tokio::time::Instant;

use crate::fault::{Fault, Strikes};

/// So long after somebody did something, faults strike more often: what is lost is lost between an order and its answer.
const TENSE: Duration = Duration::from_secs(3);

/// One fault at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Single {
    /// What.
    pub fault: Fault,
    /// At which write, or at which event, counted from 0.
    pub at: usize,
}

/// The script that everybody in a run shares.
pub(crate) type Shared = Arc<Mutex<Script>>;

/// What goes wrong in one run, and what has so far.
#[derive(Debug)]
pub struct Script {
    plan: Plan,
    writes: usize,
    events: usize,
    /// How often each kind struck.
    pub struck: BTreeMap<Fault, u32>,
    /// When the last fault struck.
    pub last: Option<Instant>,
    tense_until: Option<Instant>,
    expired: News,
}

#[derive(Debug)]
enum Plan {
    Calm,
    Single(Single),
    Storm { rng: Rng, kinds: Vec<Fault>, over: bool },
}

impl Script {
    /// Nothing goes wrong.
    pub fn calm() -> Self {
        Self::new(Plan::Calm)
    }

    /// One thing goes wrong.
    pub fn single(single: Single) -> Self {
        Self::new(Plan::Single(single))
    }

    /// Some kinds of fault strike again and again until [`Script::end`]; which ones and when follows from the seed.
    pub fn storm(mut rng: Rng) -> Self {
        let share = 2 + rng.below(4);
        let mut kinds: Vec<Fault> = Fault::ALL.iter().copied().filter(|_| rng.below(share) == 0).collect();
        // An election makes a run long: seldom.
        if rng.below(4) != 0 {
            kinds.retain(|kind| *kind != Fault::TwoLeaders);
        }
        Self::new(Plan::Storm { rng, kinds, over: false })
    }

    fn new(plan: Plan) -> Self {
        let expired = News::default();
        Self { plan, writes: 0, events: 0, struck: BTreeMap::new(), last: None, tense_until: None, expired }
    }

    /// Whether two processes run, of which one leads.
    pub fn has_election(&self) -> bool {
        matches!(&self.plan, Plan::Storm { kinds, .. } if kinds.contains(&Fault::TwoLeaders))
    }

    /// Somebody does something now.
    pub fn deed(&mut self) {
        self.tense_until = Some(Instant::now() + TENSE);
    }

    /// No more faults.
    pub fn end(&mut self) {
        if let Plan::Storm { over, .. } = &mut self.plan {
            *over = true;
        }
    }

    /// Has all watches start anew, as after a restart of the API server: what was hidden from them they see now.
    pub fn expire(&mut self) {
        self.expired.advance();
        self.last = Some(Instant::now());
    }

    /// Tells when all watches are to start anew.
    pub fn expired(&self) -> Listener {
        self.expired.listen()
    }

    /// What befalls the next write.
    pub fn write(&mut self) -> Option<Fault> {
        let at = self.writes;
        self.writes += 1;
        let found = self.at(at, Strikes::Write).or_else(|| self.chance(&[Strikes::Write, Strikes::Read], 12));
        // A write has no list to have holes in, and no older state to answer with.
        self.note(found.filter(|fault| !matches!(fault, Fault::Stale | Fault::Holes)))
    }

    /// What befalls the next read.
    pub fn read(&mut self) -> Option<Fault> {
        let found = self.chance(&[Strikes::Read], 8);
        self.note(found)
    }

    /// What befalls the next event of a watch.
    pub fn event(&mut self) -> Option<Fault> {
        let at = self.events;
        self.events += 1;
        let found = self.at(at, Strikes::Watch).or_else(|| self.chance(&[Strikes::Watch], 25));
        self.note(found)
    }

    /// What happens next around the process, if anything.
    pub fn surroundings(&mut self) -> Option<Fault> {
        let found = self.chance(&[Strikes::Process, Strikes::Surroundings, Strikes::Others], 2);
        self.note(found)
    }

    /// A number below a bound, from the seed; 0 outside storms.
    pub fn below(&mut self, bound: u64) -> u64 {
        match &mut self.plan {
            Plan::Storm { rng, .. } => rng.below(bound),
            _ => 0,
        }
    }

    /// How many writes and how many events there were.
    pub fn seen(&self) -> (usize, usize) {
        (self.writes, self.events)
    }

    fn at(&self, place: usize, strikes: Strikes) -> Option<Fault> {
        match &self.plan {
            Plan::Single(single) if single.at == place && single.fault.strikes() == strikes => Some(single.fault),
            _ => None,
        }
    }

    /// One of this run's kinds, with a chance of one in so many.
    fn chance(&mut self, strikes: &[Strikes], one_in: u64) -> Option<Fault> {
        let is_tense = self.tense_until.is_some_and(|until| Instant::now() < until);
        let one_in = if is_tense { one_in.div_ceil(4) } else { one_in };
        let Plan::Storm { rng, kinds, over: false } = &mut self.plan else { return None };
        let fitting: Vec<Fault> = kinds.iter().copied().filter(|fault| strikes.contains(&fault.strikes())).collect();
        if fitting.is_empty() || rng.below(one_in) != 0 {
            return None;
        }
        let which = rng.below(u64::try_from(fitting.len()).unwrap_or(1));
        fitting.get(usize::try_from(which).unwrap_or_default()).copied()
    }

    fn note(&mut self, found: Option<Fault>) -> Option<Fault> {
        if let Some(fault) = found {
            *self.struck.entry(fault).or_default() += 1;
            self.last = Some(Instant::now());
        }
        found
    }
}
