//! What the process itself uses, by the names that all exporters have.

use std::fmt;
use std::fs;
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use rustix::param::page_size;
use rustix::time::{ClockId, clock_gettime};

/// This process.
#[derive(Debug)]
pub(super) struct Process;

impl Collector for Process {
    fn encode(&self, mut page: DescriptorEncoder) -> fmt::Result {
        let cpu = Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap_or_default();
        let name = "process_cpu_seconds";
        let encoder = page.encode_descriptor(name, "Processor time used", None, MetricType::Counter)?;
        ConstCounter::new(cpu.as_secs_f64()).encode(encoder)?;
        let Some(bytes) = resident() else { return Ok(()) };
        let name = "process_resident_memory_bytes";
        let encoder = page.encode_descriptor(name, "Memory in use", None, MetricType::Gauge)?;
        ConstGauge::new(bytes).encode(encoder)
    }
}

/// Where there is no /proc nobody can tell.
fn resident() -> Option<i64> {
    let pages: usize = fs::read_to_string("/proc/self/statm").ok()?.split(' ').nth(1)?.parse().ok()?;
    i64::try_from(pages.checked_mul(page_size())?).ok()
}
