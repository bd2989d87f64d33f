//! Whether a firewall filters what comes in. The answers of nft, iptables and ufw need privilege; without it, unknown.

use std::time::Duration;

use super::command::output;

const LIMIT: Duration = Duration::from_secs(5);

/// The agent's own table is no firewall of the device: an isolated device would otherwise pass the check for one.
const OWN_TABLE: &str = "table inet sekisho ";

/// Whether one does; `None` when nobody who would know can be asked.
pub(super) async fn enabled() -> Option<bool> {
    let (nft, iptables, ufw) = tokio::join!(
        output("nft", &["list", "ruleset"], LIMIT),
        output("iptables", &["-S", "INPUT"], LIMIT),
        output("ufw", &["status"], LIMIT),
    );
    let nft = nft.map(|(rules, _)| nft_filters(&rules));
    let iptables = iptables.map(|(rules, _)| iptables_filters(&rules));
    // An inactive ufw does not mean that nothing else filters.
    let ufw = ufw.and_then(|(status, _)| status.contains("Status: active").then_some(true));
    [nft, iptables, ufw].into_iter().flatten().reduce(|a, b| a || b)
}

/// A chain hooked to input drops by policy, or has a rule that drops or rejects.
fn nft_filters(rules: &str) -> bool {
    let (mut hooked, mut own) = (false, false);
    for line in rules.lines().map(str::trim) {
        if line.starts_with("table ") {
            own = line.starts_with(OWN_TABLE);
        }
        if line.starts_with("chain ") {
            hooked = false;
        }
        if line.contains("hook input") && !own {
            hooked = true;
        }
        if hooked && line.split([' ', ';']).any(|word| word == "drop" || word == "reject") {
            return true;
        }
    }
    false
}

fn iptables_filters(rules: &str) -> bool {
    let drops = |line: &str| line.ends_with(" DROP") || line.contains("-j DROP") || line.contains("-j REJECT");
    rules.lines().any(|line| line.contains("INPUT") && drops(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_chain_that_drops_filters() {
        let by_policy = "table inet f {\n chain in {\n  type filter hook input priority 0; policy drop;\n }\n}";
        let by_rule = "table inet f {\n chain in {\n  type filter hook input priority 0; policy accept;\n  tcp dport 23 reject\n }\n}";
        let elsewhere = "table inet f {\n chain in {\n  type filter hook input priority 0; policy accept;\n }\n chain fw {\n  type filter hook forward priority 0; policy drop;\n }\n}";
        assert!(nft_filters(by_policy) && nft_filters(by_rule));
        assert!(!nft_filters(elsewhere) && !nft_filters(""));
        let own = by_policy.replace("inet f", "inet sekisho");
        assert!(!nft_filters(&own) && nft_filters(&format!("{own}\n{by_policy}")));
    }

    #[test]
    fn iptables_is_read_by_its_input_chain() {
        assert!(iptables_filters("-P INPUT DROP\n"));
        assert!(iptables_filters("-P INPUT ACCEPT\n-A INPUT -p tcp --dport 23 -j REJECT --reject-with x\n"));
        assert!(!iptables_filters("-P INPUT ACCEPT\n-A INPUT -j ACCEPT\n"));
    }
}
