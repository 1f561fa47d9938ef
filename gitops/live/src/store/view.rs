//! What there is of one instance.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use sluice_gitops::Key;

use super::text::Text;
use super::{Kept, Place, State, Store};
use crate::known::Known;

/// What there is, as texts.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    pub(crate) tracked: Vec<Text>,
    pub(crate) named: Vec<(Arc<Key>, Text)>,
}

impl Store {
    /// What there is of an instance. Of one that wants nothing that is what bears its mark, of kinds that others want.
    pub(crate) fn view(&self, instance: &str) -> Known<Texts> {
        let none = HashSet::new();
        let wanted = self.wanted.get(instance).unwrap_or(&none);
        let places: BTreeSet<Place> = wanted.iter().map(|key| self.place(key)).collect();
        let mut troubles = Vec::new();
        for place in &places {
            match self.slots.get(place).map(|slot| &slot.state) {
                None | Some(State::Listing) => return Known::Pending,
                Some(State::Failed(why)) => troubles.push(why.as_str()),
                Some(State::Ready | State::Absent) => {}
            }
        }
        if !troubles.is_empty() {
            return Known::Failed(troubles.join("; "));
        }
        if places
            .iter()
            .filter_map(|place| self.slots.get(place))
            .any(|slot| slot.reading.iter().any(|key| wanted.contains(key)))
        {
            return Known::Pending;
        }
        let owned = self.owned.get(instance).into_iter().flatten().filter_map(|key| self.kept.get(key));
        let named = wanted.iter().filter_map(|key| Some((key.clone(), self.kept.get(key)?.text.clone())));
        Known::Ready(Texts {
            tracked: owned.filter(|kept| !kept.is_made).map(|kept| kept.text.clone()).collect(),
            named: named.collect(),
        })
    }

    /// An object that is kept.
    pub(crate) fn get(&self, key: &Key) -> Option<&Kept> {
        self.kept.get(key)
    }

    /// Places that somebody wants and that cannot be read, each in a sentence.
    pub(crate) fn troubles(&self) -> BTreeSet<String> {
        let failed = self.slots.iter().filter(|(place, _)| self.demand.contains_key(*place));
        let why = failed.filter_map(|(_, slot)| match &slot.state {
            State::Failed(why) => Some(why.clone()),
            State::Listing | State::Ready | State::Absent => None,
        });
        why.collect()
    }

    /// How many objects are kept, and how many bytes their texts are.
    pub(crate) fn size(&self) -> (usize, usize) {
        (self.kept.len(), self.kept.values().map(|kept| kept.text.len()).sum())
    }
}
