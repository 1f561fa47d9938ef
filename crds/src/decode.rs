//! How objects become their types: from a [`Value`], by one decoder, which says where one does not fit.
//!
//! serde makes the code that decodes a type anew for each source that it is decoded from. All of ours and all of Kubernetes'
//! types are large, and with one source in place of four the plugin is smaller by megabytes.

use std::{fmt, vec};

use serde::de::value::{MapAccessDeserializer, StrDeserializer, StringDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, Expected, MapAccess, SeqAccess, Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Value, map};

/// Decodes an object, or a part of one. Never part of its callers, of which there are many for each type.
#[inline(never)]
pub fn decode<T: DeserializeOwned>(value: Value) -> Result<T, Misfit> {
    T::deserialize(Part(value))
}

/// What of an object does not fit its type: the first such thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit(Box<Said>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Said {
    path: String,
    words: String,
}

impl Misfit {
    /// Where, such as `spec.steps[1].setWeight`. Empty for the whole.
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// What is wrong there.
    pub fn words(&self) -> &str {
        &self.0.words
    }

    /// The same, seen from what holds the part.
    fn within(mut self, outer: &str) -> Self {
        let joint = if self.0.path.is_empty() || self.0.path.starts_with('[') { "" } else { "." };
        self.0.path = format!("{outer}{joint}{}", self.0.path);
        self
    }

    fn in_item(self, at: usize) -> Self {
        self.within(&format!("[{at}]"))
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Said { path, words } = &*self.0;
        if path.is_empty() { f.write_str(words) } else { write!(f, "{path}: {words}") }
    }
}

impl std::error::Error for Misfit {}

impl Error for Misfit {
    fn custom<T: fmt::Display>(words: T) -> Self {
        Self(Box::new(Said { path: String::new(), words: words.to_string() }))
    }

    fn invalid_type(found: Unexpected<'_>, wanted: &dyn Expected) -> Self {
        let found = if found == Unexpected::Unit { Unexpected::Other("null") } else { found };
        Self::custom(format_args!("invalid type: {found}, expected {wanted}"))
    }
}

impl From<Misfit> for serde_json::Error {
    fn from(misfit: Misfit) -> Self {
        Self::custom(misfit)
    }
}

/// What is left to decode.
struct Part(Value);

impl Part {
    fn misfit(&self, wanted: &dyn Expected) -> Misfit {
        let found = match &self.0 {
            Value::Null => Unexpected::Unit,
            Value::Bool(found) => Unexpected::Bool(*found),
            Value::Number(found) => match (found.as_u64(), found.as_i64()) {
                (Some(found), _) => Unexpected::Unsigned(found),
                (None, Some(found)) => Unexpected::Signed(found),
                (None, None) => Unexpected::Float(found.as_f64().unwrap_or_default()),
            },
            Value::String(found) => Unexpected::Str(found),
            Value::Array(_) => Unexpected::Seq,
            Value::Object(_) => Unexpected::Map,
        };
        Misfit::invalid_type(found, wanted)
    }
}

impl<'de> Deserializer<'de> for Part {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Number(number) => match (number.as_u64(), number.as_i64()) {
                (Some(value), _) => visitor.visit_u64(value),
                (None, Some(value)) => visitor.visit_i64(value),
                (None, None) => visitor.visit_f64(number.as_f64().unwrap_or_default()),
            },
            Value::String(value) => visitor.visit_string(value),
            Value::Array(items) => visitor.visit_seq(Items(items.into_iter().enumerate())),
            Value::Object(fields) => visitor.visit_map(Fields::of(fields)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0 {
            Value::Array(items) => visitor.visit_seq(Items(items.into_iter().enumerate())),
            other => Err(Self(other).misfit(&visitor)),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0 {
            Value::Object(fields) => visitor.visit_map(Fields::of(fields)),
            other => Err(Self(other).misfit(&visitor)),
        }
    }

    // A list is no struct here, as JSON has it: that takes a third of the code.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        match self.0 {
            Value::String(name) => visitor.visit_enum(StringDeserializer::new(name)),
            Value::Object(fields) => visitor.visit_enum(MapAccessDeserializer::new(Fields::of(fields))),
            other => Err(Self(other).misfit(&visitor)),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct tuple
        tuple_struct identifier
    }
}

/// What is left of a list.
struct Items(std::iter::Enumerate<vec::IntoIter<Value>>);

impl<'de> SeqAccess<'de> for Items {
    type Error = Misfit;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Misfit> {
        let Some((at, item)) = self.0.next() else { return Ok(None) };
        seed.deserialize(Part(item)).map(Some).map_err(|misfit| misfit.in_item(at))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

/// What is left of a map, and the field that is under way.
struct Fields {
    left: map::IntoIter,
    name: String,
    value: Value,
}

impl Fields {
    fn of(fields: map::Map<String, Value>) -> Self {
        Self { left: fields.into_iter(), name: String::new(), value: Value::Null }
    }
}

impl<'de> MapAccess<'de> for Fields {
    type Error = Misfit;

    fn next_key_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Misfit> {
        let Some((name, value)) = self.left.next() else { return Ok(None) };
        (self.name, self.value) = (name, value);
        seed.deserialize(StrDeserializer::new(&self.name)).map(Some).map_err(|misfit: Misfit| misfit.within(&self.name))
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Misfit> {
        seed.deserialize(Part(self.value.take())).map_err(|misfit| misfit.within(&self.name))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left.len())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde_json::{Value, json};

    use super::decode;
    use crate::{AnalysisTemplate, Rollout};

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "camelCase")]
    enum Shape {
        Round,
        With { corners: u8 },
    }

    #[test]
    fn what_is_decoded_is_what_was_written() {
        let written = json!({"metadata": {"name": "shop"}, "spec": {"replicas": 3, "strategy": {"canary": {"steps": [
            {"setWeight": 20}, {"pause": {"duration": "1m"}}, {"pause": {}}, {"fieldOfTomorrow": {"deep": [null, 1.5, true]}},
        ]}}}});
        let read: Rollout = decode(written.clone()).unwrap();
        assert_eq!(read, serde_json::from_value(written).unwrap());
    }

    #[test]
    fn what_does_not_fit_is_named_by_its_place() {
        let spec = |metrics: Value| json!({"metadata": {"name": "rate"}, "spec": {"metrics": metrics}});
        for (written, words) in [
            (
                json!([{"name": "a", "provider": {}}, {"name": "b", "provider": {}, "count": "x", "interval": 7}]),
                "spec.metrics[1].interval: invalid type: integer `7`, expected a string",
            ),
            (json!("none"), "spec.metrics: invalid type: string \"none\", expected a sequence"),
            (json!([null]), "spec.metrics[0]: invalid type: null, expected struct Metric"),
            (json!([["a"]]), "spec.metrics[0]: invalid type: sequence, expected struct Metric"),
            (json!([{"provider": {}}]), "spec.metrics[0]: missing field `name`"),
        ] {
            assert_eq!(decode::<AnalysisTemplate>(spec(written)).unwrap_err().to_string(), words);
        }
        assert_eq!(
            decode::<Rollout>(json!(7)).unwrap_err().to_string(),
            "invalid type: integer `7`, expected struct Rollout"
        );
    }

    #[test]
    fn maps_options_and_names_are_read_too() {
        let read: BTreeMap<String, Option<Shape>> =
            decode(json!({"a": "round", "b": {"with": {"corners": 4}}, "c": null})).unwrap();
        let expected = [("a", Some(Shape::Round)), ("b", Some(Shape::With { corners: 4 })), ("c", None)];
        assert_eq!(read, expected.map(|(name, shape)| (name.to_owned(), shape)).into());
        let misfit = decode::<BTreeMap<String, Shape>>(json!({"a": {"with": {"corners": 300}}})).unwrap_err();
        assert_eq!((misfit.path(), misfit.words()), ("a.with.corners", "invalid value: integer `300`, expected u8"));
    }
}
