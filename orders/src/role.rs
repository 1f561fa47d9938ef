//! What a revision is to its Rollout.

use sluice_crds::Rollout;

use crate::standing::{newest, stable};

/// What a revision is to its Rollout. The order is that of the tags behind an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Users reach it, blue-green.
    Active,
    /// The new one of a canary.
    Canary,
    /// Behind the one of two Services that take turns.
    Ping,
    /// Behind the other.
    Pong,
    /// The new one of a blue-green update.
    Preview,
    /// What an abort goes back to.
    Stable,
}

impl Role {
    /// The roles of the revision with that hash, in the order in which they are told.
    pub fn of(rollout: &Rollout, hash: &str) -> Vec<Self> {
        let is = |other: Option<&str>| other == Some(hash);
        let strategy = &rollout.spec.strategy;
        let stable = is(stable(rollout)).then_some(Self::Stable);
        let second = if strategy.canary.is_some() {
            (stable.is_none() && is(newest(rollout))).then_some(Self::Canary)
        } else {
            let services = rollout.status.as_ref().map(|status| &status.blue_green);
            let active = services.is_some_and(|services| is(services.active_selector.as_deref()));
            let preview = services.is_some_and(|services| is(services.preview_selector.as_deref()));
            if active { Some(Self::Active) } else { preview.then_some(Self::Preview) }
        };
        let turn = stable.or(second).and_then(|role| turn(rollout, role));
        stable.into_iter().chain(second).chain(turn).collect()
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Canary => "canary",
            Self::Active => "active",
            Self::Ping => "ping",
            Self::Pong => "pong",
            Self::Preview => "preview",
        }
    }
}

/// Which of two Services that take turns is that role's now.
fn turn(rollout: &Rollout, role: Role) -> Option<Role> {
    rollout.spec.strategy.canary.as_ref()?.ping_pong.as_ref()?;
    let pong_is_stable = rollout.status.as_ref()?.canary.stable_ping_pong.as_deref() == Some("pong");
    Some(if pong_is_stable == (role == Role::Stable) { Role::Pong } else { Role::Ping })
}
