//! Reading a page of Prometheus metrics, as far as the demo asks.

use std::collections::BTreeMap;

/// The samples of a page, in its order.
pub(super) struct Exposition(Vec<Sample>);

struct Sample {
    name: String,
    labels: BTreeMap<String, String>,
    value: f64,
}

impl Exposition {
    /// Reads a page; lines that are no samples are left out.
    pub(super) fn parse(text: &str) -> Self {
        Self(text.lines().filter(|line| !line.starts_with('#')).filter_map(Sample::parse).collect())
    }

    /// The sum of all samples of that name.
    pub(super) fn sum(&self, name: &str) -> f64 {
        self.0.iter().filter(|sample| sample.name == name).map(|sample| sample.value).sum()
    }

    /// An upper end of the `quantile` of a histogram: the bound of the bucket that it lies in, the worst of all label
    /// sets. None when nothing was observed.
    pub(super) fn quantile(&self, histogram: &str, quantile: f64) -> Option<f64> {
        let counts = self.0.iter().filter(|sample| sample.name == format!("{histogram}_count") && sample.value > 0.0);
        let worst = counts.filter_map(|count| self.bucket_of(histogram, &count.labels, quantile * count.value));
        worst.max_by(f64::total_cmp)
    }

    /// The least bound of one label set's buckets that so many observations lie within.
    fn bucket_of(&self, histogram: &str, labels: &BTreeMap<String, String>, rank: f64) -> Option<f64> {
        let name = format!("{histogram}_bucket");
        let own = self.0.iter().filter(|sample| sample.name == name && sample.is_of(labels) && sample.value >= rank);
        own.filter_map(|sample| sample.labels.get("le")?.parse().ok()).min_by(f64::total_cmp)
    }
}

impl Sample {
    fn parse(line: &str) -> Option<Self> {
        let (series, rest) = match line.split_once('}') {
            Some((series, rest)) => (series, rest),
            None => line.split_once(' ')?,
        };
        let (name, labels) = series.split_once('{').unwrap_or((series, ""));
        let value = rest.split_whitespace().next()?.parse().ok()?;
        let pairs = labels.split("\",").filter_map(|pair| pair.split_once("=\""));
        let labels = pairs.map(|(name, value)| (name.to_owned(), value.trim_end_matches('"').to_owned())).collect();
        Some(Self { name: name.to_owned(), labels, value })
    }

    /// Whether its labels are these, but for the bound of a bucket.
    fn is_of(&self, labels: &BTreeMap<String, String>) -> bool {
        self.labels.iter().filter(|(name, _)| *name != "le").eq(labels)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)]
    use super::*;

    const PAGE: &str = "# TYPE pass histogram\n\
        pass_sum{loop=\"a\"} 0.5\npass_count{loop=\"a\"} 90\n\
        pass_bucket{le=\"0.001\",loop=\"a\"} 80\npass_bucket{le=\"0.002\",loop=\"a\"} 90\npass_bucket{le=\"+Inf\",loop=\"a\"} 90\n\
        pass_sum{loop=\"b\"} 0.5\npass_count{loop=\"b\"} 10\n\
        pass_bucket{le=\"0.001\",loop=\"b\"} 5\npass_bucket{le=\"0.002\",loop=\"b\"} 9\npass_bucket{le=\"+Inf\",loop=\"b\"} 10\n\
        plain 7\n# EOF\n";

    #[test]
    fn a_quantile_is_the_bound_of_its_bucket_in_the_worst_label_set() {
        let page = Exposition::parse(PAGE);
        assert_eq!(page.sum("pass_sum"), 1.0);
        assert_eq!(page.sum("plain"), 7.0);
        assert_eq!(page.quantile("pass", 0.5), Some(0.001));
        assert_eq!(page.quantile("pass", 0.8), Some(0.002));
        assert_eq!(page.quantile("pass", 0.99), Some(f64::INFINITY));
    }

    #[test]
    fn a_histogram_that_saw_nothing_has_no_quantile() {
        assert_eq!(Exposition::parse(PAGE).quantile("other", 0.99), None);
    }
}
