//! What wakes the actors: writes to the store, and orders.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::Key;
use super::order::Order;
use super::view::{Kind, Touch};
use crate::api::{Store, Write};

/// Something to hear of.
#[derive(Clone, Debug)]
pub(super) enum Message {
    Touch(Touch),
    Order(Order),
}

/// Messages in the order in which they came.
#[derive(Clone, Debug, Default)]
pub(super) struct Inbox(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    messages: Mutex<VecDeque<Message>>,
    bell: Notify,
}

impl Inbox {
    /// Hears from now on of every write to a kind that an actor looks at.
    pub(super) fn follow(&self, store: &Store) {
        let inbox = self.clone();
        store.on_write(Box::new(move |_: &Store, write: &Write| {
            if let Some(kind) = Kind::of(write.of) {
                inbox.touch(Touch { kind, key: Key::new(&write.namespace, &write.name), after: write.after.clone() });
            }
        }));
    }

    /// Adds a write.
    pub(super) fn touch(&self, touch: Touch) {
        self.push(Message::Touch(touch));
    }

    /// Takes the first message.
    pub(super) fn take(&self) -> Option<Message> {
        self.messages().pop_front()
    }

    /// Returns once there was a message since the last time.
    pub(super) async fn rung(&self) {
        self.0.bell.notified().await;
    }

    fn push(&self, message: Message) {
        self.messages().push_back(message);
        self.0.bell.notify_one();
    }

    fn messages(&self) -> MutexGuard<'_, VecDeque<Message>> {
        self.0.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Changes the surroundings' ways, from anywhere: also from within a look at a write.
#[derive(Clone, Debug)]
pub struct Controls(pub(super) Inbox);

impl Controls {
    /// Gives an order. It is followed before anything else happens in virtual time.
    pub fn order(&self, order: Order) {
        self.0.push(Message::Order(order));
    }
}
