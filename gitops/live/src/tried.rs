//! What a write would make of an object, asked of the API server without writing.

use std::time::Duration;

use sluice_gitops::Object;
use sluice_gitops::application::change::Manner;
use sluice_gitops::application::observed::Tried;
use sluice_gitops::diff::{self, Difference, Ignore, released};
use tracing::debug;

use crate::adopt;
use crate::api::Resource;
use crate::cluster::Cluster;
use crate::error::WriteError;
use crate::known::Known;
use crate::live::As;
use crate::memory::Question;
use crate::write::{never_anew, prepared, said};

/// How often it is asked anew because the object changed in between.
const TRIES: usize = 3;
/// How long a write waits for a kind that was defined a moment ago.
const PATIENCE: Duration = Duration::from_secs(3);

type Answer = (Tried, Option<Difference>);

impl Cluster {
    /// What a write would make of an object that is there.
    pub(crate) async fn tried(
        &self,
        desired: &Object,
        live: &Object,
        ignore: &[Ignore],
        manner: Manner,
        by: &As,
    ) -> Answer {
        let key = live.key();
        let question = Question::new(desired, Some(live), ignore, manner, by);
        if let Some(known) = self.memory().recall(&key, question) {
            return known;
        }
        let (tried, difference) = match self.prepared(desired) {
            Ok((resource, desired)) => self.ask_how(&resource, &desired, live, ignore, manner, by).await,
            Err(why) => (refused(why), None),
        };
        self.memory().keep(&key, question, &tried, difference.as_ref());
        (tried, difference)
    }

    /// What making an object would say.
    pub(crate) async fn tried_new(&self, desired: &Object, manner: Manner, by: &As) -> Tried {
        let key = desired.key();
        let question = Question::new(desired, None, &[], manner, by);
        if let Some((known, _)) = self.memory().recall(&key, question) {
            return known;
        }
        let tried = match self.prepared(desired) {
            Ok((resource, desired)) => self.ask_new(&resource, &desired, manner, by).await,
            Err(why) => refused(why),
        };
        self.memory().keep(&key, question, &tried, None);
        tried
    }

    /// Its kind, waiting a moment for one that is new.
    pub(crate) async fn look_up(&self, object: &Object) -> Result<Resource, WriteError> {
        match self.known(object.group(), object.kind()) {
            Err(why) if matches!(why, WriteError::UnknownKind(_)) || self.discovery.api() == Known::Pending => {
                self.discovery.renewed(PATIENCE).await;
                self.known(object.group(), object.kind())
            }
            known => known,
        }
    }

    fn prepared(&self, desired: &Object) -> Result<(Resource, Object), WriteError> {
        let resource = self.known(desired.group(), desired.kind())?;
        let desired = prepared(desired, &resource)?;
        Ok((resource, desired))
    }

    async fn ask_how(
        &self,
        resource: &Resource,
        desired: &Object,
        live: &Object,
        ignore: &[Ignore],
        manner: Manner,
        by: &As,
    ) -> Answer {
        let mut live = live.clone();
        // Who owns fields is not kept, and another version of the API has other fields.
        let is_released = self.is_released(&live.key());
        let owners = is_released || ignore.iter().any(|rule| rule.names_managers(&live.key()));
        let mut is_old = owners || live.version() != desired.version();
        for _ in 0..TRIES {
            if is_old {
                live = match self.read_as(resource, desired.version(), &live.key(), by).await {
                    Ok(Some(live)) => live,
                    // It is gone: whoever wants it is told.
                    Ok(None) => return (Tried::NotYet, None),
                    Err(why) => return (refused(why), None),
                };
            }
            let wanted = released::kept(desired, &live);
            let answer = match self.apply(resource, &wanted, dry(manner), by).await {
                Ok(answer) => answer,
                Err(why) if manner.force && said::is_immutable(&why) => {
                    return (never_anew(&desired.key()).map_or(Tried::Differs, Tried::Refused), None);
                }
                Err(why) => return (refused(said::refusal(&why, &desired.key(), "patch", by)), None),
            };
            if version(&answer) == version(&live) {
                let would_be = match self.without_left(resource, answer, manner, by).await {
                    Ok(would_be) => would_be,
                    // It changed in between.
                    Err(WriteError::Conflict(_)) => continue,
                    Err(why) => return (refused(why), None),
                };
                return compared(&would_be, &live, ignore);
            }
            is_old = true;
        }
        debug!(key = %live.key(), "changes all the time; cannot be compared");
        (Tried::NotYet, None)
    }

    /// What would be there once the fields of deployers before us are ours: without those that are not asked for, and with what
    /// the API server and its webhooks fill in for them.
    ///
    /// That cannot be tried by applying, as it takes two writes. So what would be left is tried to be put in the place of all.
    async fn without_left(
        &self,
        resource: &Resource,
        answer: Object,
        manner: Manner,
        by: &As,
    ) -> Result<Object, WriteError> {
        let left = adopt::without_left(answer.value(), &self.settings.tracking);
        if left == *answer.value() {
            return Ok(answer);
        }
        let left = Object::from(left);
        let put = self.put_over(resource, &left, &left, dry(manner), by).await;
        put.map_err(|why| said::refusal(&why, &left.key(), "update", by))
    }

    async fn ask_new(&self, resource: &Resource, desired: &Object, manner: Manner, by: &As) -> Tried {
        match self.apply(resource, desired, dry(manner), by).await {
            Ok(_) => Tried::Differs,
            Err(why) if said::lacks_namespace(&why) => Tried::Differs,
            Err(why) => refused(said::refusal(&why, &desired.key(), "patch", by)),
        }
    }

    /// The object to write where differences that count as none must not be undone.
    pub(crate) async fn respecting(&self, desired: &Object, ignore: &[Ignore], by: &As) -> Result<Object, WriteError> {
        let resource = self.look_up(desired).await?;
        let fresh = self.read_as(&resource, desired.version(), &desired.key(), by).await?;
        Ok(fresh.map_or_else(|| desired.clone(), |fresh| diff::respecting(desired, &fresh, ignore)))
    }
}

fn compared(would_be: &Object, live: &Object, ignore: &[Ignore]) -> Answer {
    let difference = diff::compare(would_be, live, ignore);
    if difference.is_none() { (Tried::Same, None) } else { (Tried::Differs, Some(difference)) }
}

fn version(object: &Object) -> &str {
    object.text("/metadata/resourceVersion")
}

fn dry(manner: Manner) -> Manner {
    Manner { dry_run: true, replace: false, ..manner }
}

/// What cannot be asked at the moment is not known yet: it is asked again when somebody looks.
fn refused(why: WriteError) -> Tried {
    match why {
        WriteError::UnknownKind(why) => Tried::UnknownKind(why),
        WriteError::Forbidden(why) | WriteError::Refused(why) => Tried::Refused(why),
        WriteError::Conflict(why) | WriteError::Unreachable(why) => {
            debug!(why, "not compared yet");
            Tried::NotYet
        }
    }
}
