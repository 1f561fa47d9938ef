//! Two Services that take turns: at the end of a release the canary's becomes the stable one, and no traffic moves.
//!
//! Which of them is the stable one is told by `status.canary.stablePingPong` and by nothing else. It changes in the very
//! write that notes the new revision as the stable one: no other object says it, so there is nothing that could be done
//! by half.

use sluice_crds::{RolloutSpec, RolloutStatus};

use crate::spec::{CanaryServices, Turn};

impl Turn {
    /// The established word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ping => "ping",
            Self::Pong => "pong",
        }
    }

    /// Whose turn is next.
    pub(crate) fn next(self) -> Self {
        match self {
            Self::Ping => Self::Pong,
            Self::Pong => Self::Ping,
        }
    }
}

/// The Services of the two arms, where they take turns. The one place that says which of the two is the stable one.
///
/// Where nothing is noted, the Service that was the stable one until now goes on as that: whoever turns `pingPong` on, even
/// in the middle of a release, moves no traffic with that. Else it is ping.
pub fn arms(spec: &RolloutSpec, status: &RolloutStatus) -> Option<CanaryServices> {
    let both = spec.strategy.canary.as_ref()?.ping_pong.as_ref()?;
    let (first, second) = (both.ping_service.clone(), both.pong_service.clone());
    let until_now = status.canary.weights.as_ref().and_then(|weights| weights.stable.service_name.as_ref());
    let pong_is_stable = match status.canary.stable_ping_pong.as_deref() {
        Some("pong") => true,
        Some("ping") => false,
        _ => until_now == Some(&second),
    };
    let (stable, canary) = if pong_is_stable { (second, first) } else { (first, second) };
    Some(CanaryServices { canary, stable })
}
