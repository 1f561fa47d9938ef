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

    /// An upper end of the `quantile` of a histogram, over all its label sets: the bound of the bucket that it lies in.
    /// None when nothing was observed.
    pub(super) fn quantile(&self, histogram: &str, quantile: f64) -> Option<f64> {
        let all = self.sum(&format!("{histogram}_count"));
        if all == 0.0 {
            return None;
        }
        let name = format!("{histogram}_bucket");
        let buckets = self.0.iter().filter(|sample| sample.name == name).filter_map(Sample::bucket);
        let mut below: Vec<(f64, f64)> = Vec::new();
        for (bound, count) in buckets {
            match below.iter_mut().find(|(known, _)| known.total_cmp(&bound).is_eq()) {
                Some((_, sum)) => *sum += count,
                None => below.push((bound, count)),
            }
        }
        below.sort_by(|one, other| one.0.total_cmp(&other.0));
        below.into_iter().find(|(_, count)| *count >= quantile * all).map(|(bound, _)| bound)
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

    /// The bound of a bucket and its count.
    fn bucket(&self) -> Option<(f64, f64)> {
        Some((self.labels.get("le")?.parse().ok()?, self.value))
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
    fn a_quantile_is_the_bound_of_its_bucket_over_all_label_sets() {
        let page = Exposition::parse(PAGE);
        assert_eq!(page.sum("pass_sum"), 1.0);
        assert_eq!(page.sum("plain"), 7.0);
        assert_eq!(page.quantile("pass", 0.8), Some(0.001));
        assert_eq!(page.quantile("pass", 0.99), Some(0.002));
        assert_eq!(page.quantile("pass", 1.0), Some(f64::INFINITY));
    }

    #[test]
    fn a_histogram_that_saw_nothing_has_no_quantile() {
        assert_eq!(Exposition::parse(PAGE).quantile("other", 0.99), None);
    }
}
