//! Places for pages that are fed: so many in all, and so many for each user, that nobody takes those of others.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::problem::Problem;

/// How many pages may be fed with events at the same time.
const ALL: usize = 128;
/// How many of one user's. On one's own machine all pages are the same person's.
const EACH: usize = 8;

/// The places that are taken, by user.
#[derive(Debug, Default)]
pub(super) struct Places(Mutex<BTreeMap<Option<String>, usize>>);

/// A place, for as long as it is held.
#[derive(Debug)]
pub(super) struct Place {
    places: Arc<Places>,
    user: Option<String>,
}

impl Places {
    /// Takes one for a user's page.
    pub(super) fn take(self: &Arc<Self>, user: Option<&str>) -> Result<Place, Problem> {
        let user = user.map(str::to_owned);
        let mut taken = self.lock();
        if taken.values().sum::<usize>() >= ALL {
            return Err(Problem::Busy("too many pages are open; close some".to_owned()));
        }
        let own = taken.entry(user.clone()).or_default();
        if user.is_some() && *own >= EACH {
            return Err(Problem::Busy(format!("you have {EACH} pages open already; close some")));
        }
        *own += 1;
        Ok(Place { places: self.clone(), user })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Option<String>, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        if let Some(own) = taken.get_mut(&self.user) {
            *own -= 1;
        }
        taken.retain(|_, own| *own > 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_takes_the_places_of_others() {
        let places = Arc::new(Places::default());
        let of_ann: Vec<_> = (0..EACH).map(|_| places.take(Some("ann")).unwrap()).collect();
        let refused = places.take(Some("ann")).unwrap_err().to_string();
        assert_eq!(refused, "you have 8 pages open already; close some");
        let of_bob = places.take(Some("bob")).unwrap();
        drop(of_ann);
        assert!(places.take(Some("ann")).is_ok(), "closed pages give their places back");
        drop(of_bob);
        assert!(places.lock().is_empty(), "nothing is kept of those who left");
    }

    #[test]
    fn at_home_there_is_only_the_limit_for_all() {
        let places = Arc::new(Places::default());
        let all: Vec<_> = (0..ALL).map(|_| places.take(None).unwrap()).collect();
        assert_eq!(places.take(None).unwrap_err().to_string(), "too many pages are open; close some");
        drop(all);
        assert!(places.take(None).is_ok());
    }
}
