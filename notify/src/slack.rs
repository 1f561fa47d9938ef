//! What Slack shows of a release: one thread. Its top message is edited in place, replies tell what happens.

mod message;
mod reply;
#[cfg(test)]
mod tests;
mod text;
mod top;

pub use message::Message;
pub use reply::reply;
pub use top::top;
