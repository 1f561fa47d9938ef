//! Arms: which revision each selects.
//!
//! Whatever moves an arm moves all the traffic that it has, in one write. What was looked at may be long over by then: the
//! caches of whoever just took the lead can be a minute behind, each by itself. So fresh reads come first.

use sluice_core::change::Why;
use sluice_core::observed::Hash;

use crate::apply::hand::Hand;
use crate::apply::{Cause, revision, route, service};

/// Lets an arm select that revision: a Service, a subset of a DestinationRule, or both.
///
/// The new revision is not shown once a fresh read shows an abort, or fewer ready pods than it was seen to have; and no arm
/// moves while a router gives it other traffic than was seen. Only a revision without ready pods is left whatever the weights
/// are, and only if it still has none.
pub(super) async fn point(hand: &mut Hand<'_>, arm: &str, to: &Hash, why: &Why) -> Result<(), Cause> {
    if *why == Why::NoReadyPods {
        revision::still_deserted(hand, arm).await?;
    } else {
        route::still_shared(hand).await?;
    }
    if *to == hand.seen.observed.hash {
        revision::may_have_more(hand).await?;
    }
    if !is_subset(arm) {
        service::point(hand, arm, to).await?;
    }
    route::point_subset(hand, arm, to).await
}

/// Whether an arm is a subset that stands for itself: it is named after its rule, as no Service can be named.
pub(super) fn is_subset(arm: &str) -> bool {
    arm.contains('/')
}
