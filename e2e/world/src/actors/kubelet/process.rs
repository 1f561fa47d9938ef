//! What really runs, as opposed to what the pod's object says.

use std::time::Duration;

use jiff::Timestamp;

use super::{NodeLoss, Sickness, Whom, let_go, report};
use crate::actors::view::Pod;
use crate::actors::writes::Write;
use crate::actors::{Key, Settings};
use crate::api::catalog;
use crate::rng::Rng;

/// Longest wait between two starts of a container that keeps ending.
const LONGEST_BACK_OFF: Duration = Duration::from_mins(5);

/// A pod's process.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) ip: String,
    pub(crate) node: u64,
    pub(crate) hash: Option<String>,
    pub(crate) image: String,
    pub(crate) container: String,
    pub(crate) life: Life,
    /// Whether its pod is deleted.
    pub(crate) ending: bool,
    pub(crate) restarts: u32,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    /// Not started.
    Created,
    /// Not ready.
    Running,
    /// It serves.
    Ready,
    /// It has ended and will be started again.
    Crashed,
    /// It has ended for good.
    Over,
    /// Its node is lost.
    Lost(NodeLoss, Stage),
}

/// How far the loss of a node has come to light.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Unnoticed,
    Unready,
    Deleted,
}

impl Process {
    pub(super) fn new(pod: &Pod, ip: String, node: u64) -> Self {
        Self {
            ip,
            node,
            hash: pod.hash().map(str::to_owned),
            image: pod.image.clone(),
            container: pod.container.clone(),
            life: Life::Created,
            ending: pod.terminating,
            restarts: 0,
        }
    }

    pub(super) fn is(&self, key: &Key, whom: &Whom) -> bool {
        match whom {
            Whom::Image(image) => self.image == *image,
            Whom::Hash(hash) => self.hash.as_ref() == Some(hash),
            Whom::Pod(name) => key.name == *name,
            Whom::Everyone => true,
        }
    }

    pub(super) fn is_lost(&self) -> bool {
        matches!(self.life, Life::Lost(..))
    }

    /// Goes on by one stage, and gives the time until the next.
    pub(super) fn live(&mut self, sickness: Option<&Sickness>, settings: &Settings, rng: &mut Rng) -> Option<Duration> {
        let (life, wait) = match (self.life, sickness) {
            (Life::Created | Life::Running | Life::Ready, Some(Sickness::NeverReady)) => (Life::Running, None),
            (Life::Created | Life::Crashed, _) => (Life::Running, Some(settings.ready.pick(rng))),
            (Life::Running, Some(Sickness::Crashing { up: ready } | Sickness::Flapping { ready, .. })) => {
                (Life::Ready, Some(*ready))
            }
            (Life::Running, None) => (Life::Ready, None),
            (Life::Ready, Some(Sickness::Flapping { unready, .. })) => (Life::Running, Some(*unready)),
            (Life::Ready, Some(Sickness::Crashing { .. })) => (Life::Crashed, Some(self.back_off())),
            (life @ (Life::Ready | Life::Over | Life::Lost(..)), _) => (life, None),
        };
        self.life = life;
        wait
    }

    /// Ten seconds, and twice as long each time.
    fn back_off(&mut self) -> Duration {
        let wait = Duration::from_secs(10).saturating_mul(1 << self.restarts.min(5));
        self.restarts += 1;
        wait.min(LONGEST_BACK_OFF)
    }

    /// Lets the loss of its node come to light by one stage.
    pub(super) fn fade(
        &mut self,
        key: &Key,
        loss: NodeLoss,
        stage: Stage,
        now: Timestamp,
    ) -> (Write, Option<Duration>) {
        match stage {
            Stage::Unnoticed => {
                self.life = Life::Lost(loss, Stage::Unready);
                (report(key, self, now), Some(loss.deleted_after))
            }
            Stage::Unready => {
                self.life = Life::Lost(loss, Stage::Deleted);
                (Write::Delete { of: &catalog::POD, key: key.clone() }, Some(loss.gone_after))
            }
            Stage::Deleted => (let_go(key), None),
        }
    }
}
