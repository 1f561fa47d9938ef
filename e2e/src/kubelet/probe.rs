//! The readiness probe.

use std::convert::Infallible;
use std::net::IpAddr;

use tokio::time::sleep;

use super::container::Slot;
use super::plan::Probe;
use crate::http::{self, Http};

/// Probes for ever, and notes in `slot` when enough successes or failures came in a row.
pub(super) async fn run(probe: &Probe, ip: IpAddr, client: &Http, slot: &Slot) -> Infallible {
    let url = format!("http://{ip}:{}{}", probe.port, probe.path);
    let (mut ready, mut against) = (false, 0);
    sleep(probe.initial_delay).await;
    loop {
        against = if look(&url, probe, client).await == ready { 0 } else { against + 1 };
        let enough = if ready { probe.failures } else { probe.successes };
        if against >= enough {
            (ready, against) = (!ready, 0);
            slot.update(|state| state.ready = ready);
        }
        sleep(probe.period).await;
    }
}

async fn look(url: &str, probe: &Probe, client: &Http) -> bool {
    let Ok(request) = http::get_request(url, None) else {
        return false;
    };
    let answer = http::send(client, request, probe.timeout).await;
    answer.is_ok_and(|answer| (200..400).contains(&answer.status.as_u16()))
}
