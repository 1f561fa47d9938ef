//! The watch over a version that the rollback policy asks for: during its release, and for a while after its promotion.
//!
//! Its verdict comes as an analysis of its own ([`Role::Policy`], then [`Role::Bake`]). During a release a bad one takes the version
//! back like any other. After the promotion it makes the revision before the stable one again, whose pods were kept for that: an
//! abort follows, as of a release, with all its guarantees. What the policy cannot measure holds a release, and takes nothing back.

use std::collections::BTreeSet;
use std::fmt;

use jiff::{SignedDuration, Timestamp};
use sluice_crds::{AnalysisPhase, names::policy};

use crate::analysis;
use crate::change::{Change, Why};
use crate::fact::Hold;
use crate::moves;
use crate::observed::{Analysis, Hash, Observed, Past, Revision, Role, Routed, Sight};
use crate::spec::{Spec, Step, Strategy};
use crate::stage::{Stage, moment};
use crate::weight::Weight;

/// What people know it by: opening words of its reasons.
pub const NAME: &str = "rollback policy";

/// What the rollback policy asks for a Rollout.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guard {
    /// A digest of what its watches measure and what comes of it.
    pub asks: String,
    /// The metrics for which a version is taken back; of others it is only told.
    pub decides: BTreeSet<String>,
    /// How long after its promotion a version is watched, and the one before it kept ready.
    pub bake: SignedDuration,
    /// Whether it only tells what it would do.
    pub dry_run: bool,
    /// That nothing is taken back for now.
    pub reins: Option<Reins>,
    /// The analyses that tell of earlier ways back which count for that: they are kept, whatever history is.
    pub remembered: BTreeSet<String>,
    /// What of it cannot be measured for this Rollout at all, and what to do.
    pub blind: Option<Blind>,
    /// Traffic goes back by the weights of the steps, each for so long; `None`: at once.
    pub gradual: Option<SignedDuration>,
    /// What is to be looked at after a version was taken back.
    pub checks: Checks,
    /// What is wrong with its newest form, while the last good one is in force.
    pub broken: Option<String>,
}

/// Whether it can be looked, after a version was taken back, if users are well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Checks {
    /// Nobody asks for that.
    #[default]
    None,
    /// It can.
    Ready,
    /// It cannot: why.
    Broken(String),
}

/// What of the policy cannot be measured for a Rollout at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blind {
    /// What, and what to do.
    pub why: String,
    /// Whether versions are taken back for it: without it none is promoted.
    pub holds: bool,
    /// Whether there is nothing else to measure either.
    pub all: bool,
}

/// That nothing is taken back for now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reins {
    /// Why not.
    pub why: String,
    /// Until when.
    pub until: Timestamp,
}

/// What the rollback policy makes of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// It is watched, until this time where that is known.
    Watching(Option<Timestamp>),
    /// It was taken back, and this analysis looks whether users are well.
    Checking(String),
    /// It was taken back, and users are well by this analysis.
    Checked(String),
    /// It was taken back, and users are not well.
    Unwell(String),
    /// It is bad, and not taken back.
    Reined(String),
    /// It would have been taken back.
    Would(String),
    /// It is bad by a trigger that people are only told of.
    Noticed(String),
    /// It does badly, and so does the version before it.
    Shared(String),
    /// It cannot be watched.
    Blind(String),
    /// The policy itself is wrong.
    Broken(String),
}

impl Word {
    /// The reason under which it is told, in the condition and as an event.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Watching(_) => policy::WATCHING,
            Self::Checking(_) => policy::CHECKING,
            Self::Checked(_) => policy::CHECKED,
            Self::Unwell(_) => policy::CHECK_FAILED,
            Self::Reined(_) => policy::NOT_ROLLED_BACK,
            Self::Would(_) => policy::WOULD_ROLL_BACK,
            Self::Noticed(_) => policy::NOTIFY_ONLY,
            Self::Shared(_) => policy::NOT_BY_THIS_VERSION,
            Self::Blind(_) => policy::UNMEASURABLE,
            Self::Broken(_) => policy::INVALID,
        }
    }

    /// Whether nobody need worry.
    pub fn is_well(&self) -> bool {
        matches!(self, Self::Watching(_) | Self::Checking(_) | Self::Checked(_))
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Watching(None) => f.write_str("the version is watched"),
            Self::Watching(Some(until)) => write!(f, "the version is watched until {until}"),
            Self::Checking(run) => write!(f, "analysis {run} looks whether users are well again"),
            Self::Checked(run) => write!(f, "users are well again, by analysis {run}"),
            Self::Unwell(why) => write!(f, "users may not be well after the rollback: {why}"),
            Self::Reined(why) => write!(f, "the version is bad, and is not taken back: {why}"),
            Self::Would(why) => write!(f, "the version would have been taken back (dry run): {why}"),
            Self::Noticed(why) => write!(f, "the version is bad by a trigger that only notifies: {why}"),
            Self::Shared(metric) => {
                write!(f, "{metric}: the version does badly, but so does the one before it, and it is not taken back")
            }
            Self::Blind(why) => write!(f, "the version cannot be watched: {why}"),
            Self::Broken(why) => write!(f, "the newest form is not in force, the last good one is: {why}"),
        }
    }
}

/// What it says of the version at hand. Of several things, what users suffer comes first, then what is not seen, then what is wrong
/// with the policy: one at a time is told, and whoever is woken reads it.
pub(crate) fn word(seen: &Observed, stage: &Stage, now: Timestamp) -> Option<Word> {
    let guard = seen.guard.as_ref()?;
    let after = if is_ours(stage) { checked(guard, seen) } else { None };
    let run = analysis::of_role(seen, if *stage == Stage::Settled { Role::Bake } else { Role::Policy });
    let watched = || match stage {
        Stage::Settled => bakes_until(seen, now).map(|until| Word::Watching(Some(until))),
        Stage::Stepping(_) | Stage::Promoting => run.map(|_| Word::Watching(None)),
        Stage::Installing | Stage::Aborting(_) => None,
    };
    let suffered =
        reined(guard, run).or_else(|| run.and_then(shared)).or_else(|| run.and_then(|run| quiet(guard, run)));
    let blind = guard.blind.as_ref().filter(|_| matches!(stage, Stage::Stepping(_)));
    let blind = || blind.map(|blind| Word::Blind(blind.why.clone()));
    let unseen = run.and_then(|run| unseen(run, now)).or_else(blind);
    let broken = guard.broken.clone().map(Word::Broken);
    after.or(suffered).or(unseen).or(broken).or_else(watched)
}

/// What a metric that decides nothing found.
fn quiet(guard: &Guard, run: &Analysis) -> Option<Word> {
    let why = format!("analysis {}: {}", run.name, run.would.as_ref()?);
    Some(if guard.dry_run { Word::Would(why) } else { Word::Noticed(why) })
}

/// For so long a watch may see nothing before people are told: until a new version's first requests are counted, it does. What is not
/// seen holds a release at once all the same.
const FIRST_LOOK: SignedDuration = SignedDuration::from_mins(1);

/// What its newest measurements could not see, once that lasts.
fn unseen(run: &Analysis, now: Timestamp) -> Option<Word> {
    let is_old = run.created.is_none_or(|made| now.duration_since(made) >= FIRST_LOOK);
    blindness(run).filter(|_| is_old).map(|(_, why)| Word::Blind(why.to_owned()))
}

fn shared(run: &Analysis) -> Option<Word> {
    if let Sight::Shared(metric) = &run.sight { Some(Word::Shared(metric.clone())) } else { None }
}

fn checked(guard: &Guard, seen: &Observed) -> Option<Word> {
    match (analysis::of_role(seen, Role::Checks), &guard.checks) {
        (Some(run), _) => Some(after(run)),
        (None, Checks::Broken(why)) => Some(Word::Unwell(format!("the checks cannot begin: {why}"))),
        (None, Checks::None | Checks::Ready) => None,
    }
}

fn after(run: &Analysis) -> Word {
    match run.phase {
        AnalysisPhase::Successful => Word::Checked(run.name.clone()),
        phase if phase.is_completed() => Word::Unwell(format!("analysis {} {phase:?}: {}", run.name, run.message)),
        _ => Word::Checking(run.name.clone()),
    }
}

fn reined(guard: &Guard, run: Option<&Analysis>) -> Option<Word> {
    let (run, reins) = (run.filter(|run| analysis::bad(run))?, guard.reins.as_ref()?);
    Some(Word::Reined(format!("{} (analysis {}: {})", reins.why, run.name, run.message)))
}

/// Whether it takes versions back now.
pub(crate) fn acts(seen: &Observed) -> bool {
    seen.guard.as_ref().is_some_and(|guard| guard.reins.is_none())
}

/// Whether it was the policy that took the release back.
fn is_ours(stage: &Stage) -> bool {
    matches!(stage, Stage::Aborting(why) if why.starts_with(NAME))
}

/// For how long each weight of the steps holds on the way back, where traffic is to go back by them.
pub(crate) fn gradual(seen: &Observed, stage: &Stage) -> Option<SignedDuration> {
    seen.guard.as_ref()?.gradual.filter(|_| is_ours(stage))
}

/// When to look again: the watch ends, versions may be taken back once more, or checks may be able to begin.
pub(crate) fn wake(seen: &Observed, now: Timestamp) -> Option<Timestamp> {
    let guard = seen.guard.as_ref()?;
    let reins = guard.reins.as_ref().map(|reins| reins.until).filter(|until| now < *until);
    let is_stuck = seen.status.aborted_at.is_some() && matches!(guard.checks, Checks::Broken(_));
    let again = now.checked_add(LOOKS_AGAIN).ok().filter(|_| is_stuck);
    bakes_until(seen, now).into_iter().chain(reins).chain(again).min()
}

/// How often is looked whether checks can begin: nothing tells of what they lack.
const LOOKS_AGAIN: SignedDuration = SignedDuration::from_mins(1);

/// When the watch over the promoted version ends, while it goes on. It is counted from the promotion, and from when its analysis
/// was made by the API server's clock: one of the controller's that was set right meanwhile does not cut it short.
pub(crate) fn bakes_until(seen: &Observed, now: Timestamp) -> Option<Timestamp> {
    let guard = seen.guard.as_ref()?;
    let at = promoted_at(seen)?;
    let began = first_bake(seen, at).and_then(|run| run.created).unwrap_or(at);
    began.checked_add(guard.bake).ok().filter(|end| now < *end)
}

fn promoted_at(seen: &Observed) -> Option<Timestamp> {
    // After a way back it is that of the version that was taken back, and says nothing of this one.
    let is_of_it = |of: &str| of == seen.hash.0;
    let duration = seen.status.duration.as_ref().filter(|one| one.pod_hash.as_deref().is_none_or(is_of_it))?;
    // An older template that went out again was promoted as well.
    let ways = ["Promoted", "FastPromoted", "RolledBack", "FastRolledBack"];
    let promoted = duration.completion_status.as_deref().is_some_and(|how| ways.contains(&how));
    moment(duration.finished_at.as_ref()).filter(|_| promoted)
}

/// Whether the bake time is counted from that run.
fn is_counted_from(seen: &Observed, run: &Analysis) -> bool {
    promoted_at(seen).and_then(|at| first_bake(seen, at)).is_some_and(|first| first.name == run.name)
}

/// The first watch over the version promoted at that moment: others follow when the policy changes, and its time goes on.
fn first_bake(seen: &Observed, promoted: Timestamp) -> Option<&Analysis> {
    let bakes = seen.analyses.iter().filter(|run| run.role == Role::Bake && run.hash == seen.hash);
    bakes.filter(|run| run.created.is_some_and(|made| made >= promoted)).min_by_key(|run| run.created)
}

/// The revision to go back to: the newest that was completed. Never one that was itself taken back.
pub(crate) fn before(seen: &Observed) -> Option<&Revision> {
    seen.older().filter(|revision| revision.past == Past::Completed).max_by_key(|revision| revision.number)
}

/// The hash of that revision.
pub fn previous(seen: &Observed) -> Option<Hash> {
    before(seen).map(|before| before.hash.clone())
}

/// Whether a revision is kept ready to go back to.
pub(crate) fn keeps(seen: &Observed, revision: &Revision, now: Timestamp) -> bool {
    bakes_until(seen, now).is_some() && before(seen).is_some_and(|before| before.hash == revision.hash)
}

/// As many pods to go back to as the Rollout is to have by now, which may be more than when they were the stable ones.
pub(crate) fn keep_up(seen: &Observed, replicas: u32, now: Timestamp) -> Option<Change> {
    let kept = before(seen).filter(|before| before.desired > 0 && keeps(seen, before, now))?;
    if kept.desired < replicas { moves::scale(kept, replicas, Why::KeepReady) } else { None }
}

/// The revision that is stable again, because the one promoted after it went bad while it was watched. A verdict holds until it
/// was answered, whatever the clock says meanwhile.
pub(crate) fn taken_back(seen: &Observed) -> Option<Hash> {
    let mut verdicts = [Role::Bake, Role::Policy].into_iter().filter_map(|role| analysis::of_role(seen, role));
    let watched = is_settled(seen) && acts(seen) && verdicts.any(analysis::bad);
    watched.then(|| previous(seen)).flatten()
}

fn is_settled(seen: &Observed) -> bool {
    seen.stable_hash().as_ref() == Some(&seen.hash)
}

/// Whether a watch was made by rules that are not in force any more, and counts no more. A verdict stands while any metric that failed it
/// still takes versions back. Of one that was promoted it was answered already once another is the stable one.
pub(crate) fn is_outdated(seen: &Observed, run: &Analysis) -> bool {
    let is_watch = run.role == Role::Policy || (run.role == Role::Bake && is_settled(seen));
    is_watch && seen.guard.as_ref().is_none_or(|guard| guard.is_changed_since(run) && !guard.stands(run))
}

impl Guard {
    fn is_changed_since(&self, run: &Analysis) -> bool {
        run.asked.as_ref().is_some_and(|asked| *asked != self.asks)
    }

    /// Whether it has a verdict for which a version is taken back still.
    fn stands(&self, run: &Analysis) -> bool {
        analysis::bad(run) && run.failed.iter().any(|metric| self.decides.contains(metric))
    }
}

/// Whether a verdict was answered by nothing, and the time for an answer is over.
pub(crate) fn is_unanswered(seen: &Observed, run: &Analysis) -> bool {
    is_settled(seen) && run.role.is_policy()
}

/// The analysis that is wanted at this stage: while users see the new revision, until the end of its bake time, and after it
/// was taken back.
pub(crate) fn wanted(spec: &Spec, seen: &Observed, stage: &Stage, now: Timestamp) -> Option<Role> {
    let guard = seen.guard.as_ref()?;
    match stage {
        Stage::Stepping(_) | Stage::Promoting => is_watched(spec, seen).then_some(Role::Policy),
        Stage::Settled => (bakes_until(seen, now).is_some() && before(seen).is_some()).then_some(Role::Bake),
        Stage::Aborting(_) => (is_ours(stage) && may_check(guard, seen)).then_some(Role::Checks),
        Stage::Installing => None,
    }
    .filter(|role| *role == Role::Checks || guard.blind.as_ref().is_none_or(|blind| !blind.all))
}

/// Whether checks may begin. Those that have begun go on, whatever becomes of what they are made of.
fn may_check(guard: &Guard, seen: &Observed) -> bool {
    match guard.checks {
        Checks::None => false,
        Checks::Ready => true,
        Checks::Broken(_) => analysis::of_role(seen, Role::Checks).is_some(),
    }
}

fn is_watched(spec: &Spec, seen: &Observed) -> bool {
    !seen.status.promote_full && (watch(seen).is_some() || shows(spec, seen))
}

/// What keeps each step: the version is not seen at all, or is bad and not taken back.
pub(crate) fn keeps_step(seen: &Observed) -> Option<Hold> {
    let guard = seen.guard.as_ref()?;
    if let Some(bad) = reined(guard, watch(seen)) {
        return Some(Hold::Policy(format!("{bad}; abort takes it back, promote --full lets it through")));
    }
    if let Some((run, why)) = unseeing(seen) {
        return Some(held(&format!("{} cannot be measured: {why}", run.name)));
    }
    let waits = watch(seen).filter(|run| run.sight == Sight::Nothing && stand_in(seen).is_none())?;
    Some(Hold::Policy(format!("{} has not looked yet; promote --full lets it through unwatched", waits.name)))
}

/// The watch that sees nothing, and why. One by changed rules takes over with its first measurements: until then what the one before
/// it last came to counts, so that nothing rises meanwhile that was held.
fn unseeing(seen: &Observed) -> Option<(&Analysis, &str)> {
    watch(seen).and_then(blindness).or_else(|| stand_in(seen).and_then(blindness))
}

/// The watch that speaks for the one in its place, which has measured nothing yet.
fn stand_in(seen: &Observed) -> Option<&Analysis> {
    let watch = watch(seen);
    let is_new = watch.map_or_else(|| is_replaced(seen, Role::Policy), |run| !run.measured);
    last_word(seen, watch).filter(|_| is_new)
}

/// Whether a watch that is over counts still, whatever history is kept.
pub(crate) fn is_heard(seen: &Observed, run: &Analysis) -> bool {
    let is_remembered = seen.guard.as_ref().is_some_and(|guard| guard.remembered.contains(&run.name));
    is_remembered || stand_in(seen).is_some_and(|heard| heard.name == run.name) || is_counted_from(seen, run)
}

fn blindness(run: &Analysis) -> Option<(&Analysis, &str)> {
    if let Sight::Blind(why) = &run.sight { Some((run, why)) } else { None }
}

/// The newest of the release's other watches that came to anything but a verdict.
fn last_word<'a>(seen: &'a Observed, watch: Option<&Analysis>) -> Option<&'a Analysis> {
    let others =
        seen.analyses.iter().filter(|run| run.role == Role::Policy && run.hash == seen.hash && Some(*run) != watch);
    let spoke = others.filter(|run| !analysis::bad(run) && (run.measured || blindness(run).is_some()));
    spoke.max_by_key(|run| (run.created, &run.name))
}

/// Whether the rules changed while that watch goes on: another is to take its place.
fn is_replaced(seen: &Observed, role: Role) -> bool {
    let mut watches = seen.analyses.iter().filter(|run| run.role == role && run.hash == seen.hash);
    seen.guard.is_some() && watches.any(|run| !run.stopped && is_outdated(seen, run))
}

/// Whether a watch may begin while traffic is on its way: once all have the version, and in the place of another.
pub(crate) fn may_begin(seen: &Observed, role: Role) -> bool {
    role == Role::Bake || is_replaced(seen, role)
}

/// What keeps the new revision from taking over once all steps are done: only what was seen to be good passes.
pub(crate) fn before_promotion(spec: &Spec, seen: &Observed) -> Option<Hold> {
    let guard =
        seen.guard.as_ref().filter(|_| matches!(spec.strategy, Strategy::Canary(_)) && !has_begun(spec, seen))?;
    if let Some(blind) = guard.blind.as_ref().filter(|blind| blind.holds) {
        return Some(held(&blind.why));
    }
    if guard.blind.as_ref().is_some_and(|blind| blind.all) {
        return None;
    }
    let Some(run) = watch(seen) else { return shows(spec, seen).then_some(Hold::Analysis(None)) };
    keeps_step(seen).or_else(|| match &run.sight {
        Sight::Shared(metric) => Some(held(&format!("{} finds both versions bad by {metric}", run.name))),
        Sight::Unsure(why) => Some(held(&format!("{} is not sure that it is good: {why}", run.name))),
        _ if !run.measured => Some(held(&format!("{} has not measured everything yet", run.name))),
        Sight::Nothing | Sight::Good | Sight::Blind(_) => None,
    })
}

fn held(why: &str) -> Hold {
    Hold::Policy(format!("{why}; once that is mended it goes on, and promote --full lets it through unwatched"))
}

fn watch(seen: &Observed) -> Option<&Analysis> {
    analysis::of_role(seen, Role::Policy)
}

/// Whether the promotion has brought all users to the new revision: they are not sent back and forth as measurements come and go.
fn has_begun(spec: &Spec, seen: &Observed) -> bool {
    let is_all = |weight: Weight| weight.rest() == Weight::ZERO;
    let last = spec
        .steps()
        .iter()
        .rev()
        .find_map(|step| if let Step::SetWeight(weight) = step { Some(*weight) } else { None });
    let by_steps = last.is_some_and(is_all);
    let routed = matches!(&seen.routed, Some(Routed::Live { canary: Some(weight), .. }) if is_all(*weight));
    (routed && !by_steps) || is_behind_all(seen)
}

/// Whether no Service selects another revision.
fn is_behind_all(seen: &Observed) -> bool {
    let mut selected = seen.services.values().filter_map(|service| service.selects.as_ref());
    !seen.services.is_empty() && selected.all(|hash| *hash == seen.hash)
}

/// Whether users see the new revision.
fn shows(spec: &Spec, seen: &Observed) -> bool {
    match (&spec.strategy, &seen.routed) {
        (Strategy::BlueGreen(blue_green), _) => {
            let active = seen.services.get(&blue_green.active);
            active.is_some_and(|active| active.selects.as_ref() == Some(&seen.hash))
        }
        (Strategy::Canary(_), Some(Routed::Live { canary, .. })) => canary.is_some_and(|weight| weight.parts() > 0),
        (Strategy::Canary(_), Some(Routed::Broken(_))) => false,
        (Strategy::Canary(_), None) => seen.new_revision().is_some_and(|new| new.ready > 0),
    }
}
