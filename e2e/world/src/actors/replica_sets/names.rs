//! Names of pods.

/// The letters of Kubernetes' generated names, in their order: later pods have later names.
const LETTERS: &[u8; 27] = b"2456789bcdfghjklmnpqrstvwxz";

/// Gives names whose ends count up.
#[derive(Debug, Default)]
pub(super) struct Names(usize);

impl Names {
    /// The next name of a pod of the object with that name.
    pub(super) fn next(&mut self, owner: &str) -> String {
        self.0 += 1;
        let ends = (0..5).rev().map(|place| letter(self.0 / LETTERS.len().pow(place)));
        format!("{owner}-{}", ends.collect::<String>())
    }
}

fn letter(number: usize) -> char {
    LETTERS.get(number % LETTERS.len()).copied().unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_differ_and_are_in_the_order_of_creation() {
        let mut names = Names::default();
        let given: Vec<_> = (0..1000).map(|_| names.next("web-7f9c")).collect();
        assert_eq!(given.first().map(String::as_str), Some("web-7f9c-22224"));
        assert!(given.is_sorted_by(|one, next| one < next));
    }
}
