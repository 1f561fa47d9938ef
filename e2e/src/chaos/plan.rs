//! Which parts of the cluster break when, as a seed has it.

use std::fmt;
use std::time::Duration;

use super::dice::Dice;

/// A part that breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Breakage {
    /// The controller is killed, and started after that time.
    KillController(Duration),
    /// The controller is killed as it next writes, and started after that time.
    KillAtWrite(Duration),
    /// The controller stands still for that time, as on a machine that is suspended.
    FreezeController(Duration),
    /// That Traefik is taken out of the balance, killed and started.
    RestartTraefik(usize),
    /// That Traefik stands still for that time, out of the balance; then it gets requests at once.
    FreezeTraefik(usize, Duration),
    /// kube-controller-manager stands still for that time: no pods are made, no endpoints follow.
    FreezeManager(Duration),
    /// Prometheus is killed, and started after that time.
    RestartPrometheus(Duration),
    /// etcd is killed, and started after that time.
    RestartEtcd(Duration),
    /// The API server is killed and started.
    RestartApiServer,
}

/// One breakage, and how long after the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The time without any.
    pub after: Duration,
    /// What breaks then.
    pub breakage: Breakage,
}

/// The breakages of one seed: each kind once, and a few of them once more.
pub fn of(seed: u64) -> Vec<Step> {
    let mut dice = Dice::new(seed, 0, &["breakages"]);
    let down = |dice: &mut Dice| dice.millis(0, 4_000);
    let freeze = |dice: &mut Dice| dice.millis(1_000, 10_000);
    let index = |dice: &mut Dice| dice.one_of(0, &[1]);
    let all = vec![
        Breakage::KillController(Duration::ZERO),
        Breakage::KillController(down(&mut dice)),
        Breakage::KillAtWrite(Duration::ZERO),
        Breakage::KillAtWrite(down(&mut dice)),
        Breakage::FreezeController(freeze(&mut dice)),
        Breakage::FreezeTraefik(index(&mut dice), freeze(&mut dice)),
        Breakage::FreezeManager(freeze(&mut dice)),
        Breakage::RestartTraefik(0),
        Breakage::RestartTraefik(1),
        Breakage::RestartPrometheus(down(&mut dice)),
        Breakage::RestartEtcd(down(&mut dice)),
        Breakage::RestartApiServer,
    ];
    let all = dice.shuffled(all);
    all.into_iter().map(|breakage| Step { after: dice.millis(500, 5_000), breakage }).collect()
}

/// A time after the beginning of a seed's trouble at which a person does something to the release of that name.
pub fn moment(seed: u64, name: &str, from: Duration, to: Duration) -> Duration {
    let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    Dice::new(seed, 0, &["moment", name]).millis(millis(from), millis(to))
}

impl Breakage {
    /// What it is called in counts.
    pub fn name(self) -> &'static str {
        match self {
            Self::KillController(_) => "controller-killed",
            Self::KillAtWrite(_) => "controller-killed-at-write",
            Self::FreezeController(_) => "controller-frozen",
            Self::FreezeTraefik(..) => "traefik-frozen",
            Self::FreezeManager(_) => "manager-frozen",
            Self::RestartTraefik(_) => "traefik-restarted",
            Self::RestartPrometheus(_) => "prometheus-restarted",
            Self::RestartEtcd(_) => "etcd-restarted",
            Self::RestartApiServer => "apiserver-restarted",
        }
    }
}

impl fmt::Display for Breakage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KillController(down)
            | Self::KillAtWrite(down)
            | Self::RestartPrometheus(down)
            | Self::RestartEtcd(down) => {
                write!(f, "{}, down for {down:?}", self.name())
            }
            Self::FreezeController(time) | Self::FreezeManager(time) => write!(f, "{} for {time:?}", self.name()),
            Self::FreezeTraefik(index, time) => write!(f, "{} (number {index}) for {time:?}", self.name()),
            Self::RestartTraefik(index) => write!(f, "{} (number {index})", self.name()),
            Self::RestartApiServer => f.write_str(self.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_breaks_every_part_in_an_order_of_its_own() {
        let names = |seed| of(seed).iter().map(|step| step.breakage.name()).collect::<Vec<_>>();
        let mut kinds = names(1);
        kinds.sort_unstable();
        kinds.dedup();
        assert_eq!(kinds.len(), 9);
        assert_eq!(of(1), of(1));
        assert_ne!(names(1), names(2));
    }
}
