//! What of a policy holds for one Rollout.

use crate::{Channel, Check, Policy, Settings, Strategy, Target, Trigger};

/// What a policy may call a Rollout by.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// Its namespace.
    pub namespace: &'a str,
    /// Its own name.
    pub name: &'a str,
    /// The Application that it belongs to, if any.
    pub application: Option<&'a str>,
    /// The namespace of the policy.
    pub policy: &'a str,
}

/// What holds for one Rollout.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// What counts as going bad.
    pub triggers: Vec<Trigger>,
    /// How traffic goes back.
    pub strategy: Strategy,
    /// What is looked at after it went back.
    pub checks: Vec<Check>,
    /// Whom to tell.
    pub channels: Vec<Channel>,
    /// The rest.
    pub settings: Settings,
}

impl Policy {
    /// What holds for that Rollout: that of the target that names it most closely, by `namespace/name`, else by its
    /// Application, else by its namespace. A policy without targets holds for every Rollout beside it.
    pub fn rules(&self, names: &Names) -> Option<Rules> {
        let Some(targets) = &self.targets else {
            return (names.policy == names.namespace).then(|| self.rules_without_target());
        };
        let own = format!("{}/{}", names.namespace, names.name);
        let mut called = [Some(own.as_str()), names.application, Some(names.namespace)].into_iter().flatten();
        called.find_map(|name| targets.get(name)).map(|target| self.rules_of(target))
    }

    fn rules_without_target(&self) -> Rules {
        Rules {
            triggers: self.triggers.clone(),
            strategy: Strategy::default(),
            checks: Vec::new(),
            channels: Vec::new(),
            settings: self.settings.clone(),
        }
    }

    fn rules_of(&self, target: &Target) -> Rules {
        Rules {
            triggers: target.triggers.clone().unwrap_or_else(|| self.triggers.clone()),
            strategy: target.strategy,
            checks: target.checks.clone(),
            channels: target.channels.clone(),
            settings: target.settings.clone(),
        }
    }
}
