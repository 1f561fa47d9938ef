//! How a process is called in the Lease.

use jiff::Timestamp;

/// The pod's name or the machine's, and what tells this process from the one before it there.
pub fn name(place: &str, process: u32, started: Timestamp) -> String {
    format!("{place}_{process}_{:x}", started.as_nanosecond())
}

/// Whether a holder's name is of that form. The established controller's is that of its machine and a UUID.
pub fn is_ours(name: &str) -> bool {
    let mut parts = name.rsplitn(3, '_');
    let started = parts.next().is_some_and(|text| u64::from_str_radix(text, 16).is_ok());
    let process = parts.next().is_some_and(|text| text.parse::<u32>().is_ok());
    started && process && parts.next().is_some_and(|place| !place.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holder_of_the_established_controller_is_told_from_ours() {
        assert!(is_ours(&name("sluice-6d5f9c7b8-x2x7k", 1, "2026-01-01T00:00:00.123Z".parse().unwrap())));
        assert!(is_ours(&name("my_machine", 4242, "2026-01-01T00:00:00Z".parse().unwrap())));
        assert!(!is_ours("argo-rollouts-5f64f8d68-2w7jk_7e1b3a52-0d3c-4a8e-9d5c-0f7f5c2f9a10"));
        assert!(!is_ours("argo-rollouts"));
        assert!(!is_ours(""));
    }
}
