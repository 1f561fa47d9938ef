//! The page of series that are worked out as they are asked for.

use std::fmt;

use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, MetricEncoder};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use crate::key::Key;

/// Names and values.
pub(super) type Labels = Vec<(&'static str, String)>;
/// One point of a series.
pub(super) type Sample = (Labels, i64);

/// The labels of an object, and more.
pub(super) fn of<const N: usize>(key: &Key, more: [(&'static str, String); N]) -> Labels {
    [("namespace", key.namespace.clone()), ("name", key.name.clone())].into_iter().chain(more).collect()
}

/// The page being written.
pub(super) struct Page<'a, 'b>(pub(super) &'a mut DescriptorEncoder<'b>);

impl Page<'_, '_> {
    pub(super) fn gauge(&mut self, name: &str, help: &str, samples: Vec<Sample>) -> fmt::Result {
        self.family(name, help, MetricType::Gauge, samples, |value, encoder| ConstGauge::new(value).encode(encoder))
    }

    pub(super) fn counter(&mut self, name: &str, help: &str, samples: Vec<Sample>) -> fmt::Result {
        let encode = |value: i64, encoder: MetricEncoder<'_>| ConstCounter::new(value.unsigned_abs()).encode(encoder);
        self.family(name, help, MetricType::Counter, samples, encode)
    }

    fn family(
        &mut self,
        name: &str,
        help: &str,
        of_type: MetricType,
        samples: Vec<Sample>,
        encode: fn(i64, MetricEncoder<'_>) -> fmt::Result,
    ) -> fmt::Result {
        if samples.is_empty() {
            return Ok(());
        }
        let mut family = self.0.encode_descriptor(name, help, None, of_type)?;
        for (labels, value) in samples {
            encode(value, family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}
