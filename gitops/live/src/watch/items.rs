//! The items of a list, one after the other as they arrive: a page of large objects is never in memory as a whole.

use crate::server::Failure;

/// Takes a list apart.
pub(crate) struct Items {
    limit: usize,
    /// How many brackets are open.
    depth: usize,
    letters: Letters,
    /// The text that is being read, or was read last, of the list's own fields.
    text: Vec<u8>,
    /// Whether what comes next is the value of `items`.
    named: bool,
    /// Whether it is being read.
    inside: bool,
    item: Vec<u8>,
    /// All but the items.
    rest: Vec<u8>,
}

/// Where in a text of JSON.
enum Letters {
    Outside,
    Text,
    /// Behind a backslash.
    Escaped,
}

impl Items {
    /// A list whose items are each not longer than that.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            depth: 0,
            letters: Letters::Outside,
            text: Vec::new(),
            named: false,
            inside: false,
            item: Vec::new(),
            rest: Vec::new(),
        }
    }

    /// Takes in a piece; `each` gets every item that is whole.
    pub(crate) fn feed(&mut self, piece: &[u8], mut each: impl FnMut(&[u8])) -> Result<(), Failure> {
        for byte in piece {
            self.take(*byte, &mut each);
        }
        if self.item.len() > self.limit || self.rest.len() > self.limit {
            return Err(Failure::Long(self.limit));
        }
        Ok(())
    }

    /// The list without its items, once it was read to its end.
    pub(crate) fn rest(self) -> Result<Vec<u8>, Failure> {
        if self.depth == 0 && !self.rest.is_empty() {
            Ok(self.rest)
        } else {
            Err(Failure::Lost("a list broke off".to_owned()))
        }
    }

    fn take(&mut self, byte: u8, each: &mut impl FnMut(&[u8])) {
        let in_item = self.inside && self.depth > 2;
        match self.letters {
            Letters::Outside => self.mark(byte),
            Letters::Text => self.letter(byte),
            Letters::Escaped => self.letters = Letters::Text,
        }
        // Brackets belong to the item that they open and close.
        if in_item || (self.inside && self.depth > 2) {
            self.item.push(byte);
            if self.depth == 2 {
                each(&self.item);
                self.item.clear();
            }
        } else if !(self.inside && self.depth == 2 && byte != b'[') {
            self.rest.push(byte);
        }
    }

    fn letter(&mut self, byte: u8) {
        match byte {
            b'\\' => self.letters = Letters::Escaped,
            b'"' => self.letters = Letters::Outside,
            _ if self.depth == 1 => self.text.push(byte),
            _ => {}
        }
    }

    fn mark(&mut self, byte: u8) {
        match byte {
            b'"' => {
                self.letters = Letters::Text;
                self.text.clear();
            }
            b':' if self.depth == 1 => self.named = self.text == b"items",
            b'{' | b'[' => {
                self.inside |= byte == b'[' && self.depth == 1 && self.named;
                self.depth += 1;
            }
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                self.inside &= self.depth > 1;
            }
            b',' if self.depth == 1 => self.named = false,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken_apart(list: &str, size: usize) -> (Vec<String>, Result<Vec<u8>, Failure>) {
        let mut items = Items::new(1000);
        let mut seen = Vec::new();
        for piece in list.as_bytes().chunks(size) {
            items.feed(piece, |item| seen.push(String::from_utf8(item.to_vec()).unwrap())).unwrap();
        }
        (seen, items.rest())
    }

    #[test]
    fn items_come_whole_and_the_rest_is_still_a_list() {
        let list = r#"{"kind":"items","metadata":{"items":[{"no":1}],"continue":"x"}, "items" : [{"a":"}]\"{"},
            {"b":{"items":[1,{"c":[]}]}}],"extra":["items",{}]}"#;
        for size in 1..list.len() {
            let (items, rest) = taken_apart(list, size);
            assert_eq!(items, [r#"{"a":"}]\"{"}"#, r#"{"b":{"items":[1,{"c":[]}]}}"#], "in pieces of {size}");
            let rest: serde_json::Value = serde_json::from_slice(&rest.unwrap()).unwrap();
            assert_eq!(rest["metadata"]["continue"], "x");
            assert_eq!(rest["items"], serde_json::json!([]));
            assert_eq!(rest["extra"], serde_json::json!(["items", {}]));
        }
    }

    #[test]
    fn a_list_without_items_and_one_that_breaks_off() {
        for list in [r#"{"items":null,"metadata":{}}"#, r#"{"items":[]}"#, r#"{"metadata":{}}"#] {
            let (items, rest) = taken_apart(list, 3);
            assert!(items.is_empty(), "{list}");
            assert!(serde_json::from_slice::<serde_json::Value>(&rest.unwrap()).is_ok(), "{list}");
        }
        assert!(taken_apart(r#"{"items":[{"a":1},{"b""#, 4).1.is_err());
        assert!(taken_apart("", 1).1.is_err());
    }

    #[test]
    fn an_item_that_does_not_end_is_not_kept() {
        let mut items = Items::new(10);
        assert!(items.feed(br#"{"items":[{"a":"12345678901234567890"#, |_| ()).is_err());
    }
}
