//! A small internet: `test` above, `shop.test` on two servers, and a resolver; all on one port, by address.

use std::net::SocketAddr;
use std::time::Duration;

use ::mailferry::dns::{Network, Survey, Waits, Wanted, survey};
use ::mailferry::engine::cutover::{Aim, Cutover, History, judge};
use jiff::Zoned;

use crate::name_server::{Authority, Resolver, free_port, ip, serve};

pub const WAITS: Waits = Waits { udp: Duration::from_millis(400), tries: 2, tcp: Duration::from_millis(800), whole: Duration::from_secs(20) };

/// The level above: it delegates `shop.test` to two servers.
pub const ABOVE: &str = "\
@ 3600 IN SOA ns.test. admin.test. 1 3600 600 86400 300
@ 3600 IN NS ns.test.
ns 3600 IN A 127.0.0.2
shop 3600 IN NS ns1.shop.test.
shop 3600 IN NS ns2.shop.test.
ns1.shop 3600 IN A 127.0.0.3
ns2.shop 3600 IN A 127.0.0.4
";

/// `shop.test` with its mail at the old provider; what a test adds stands at the end.
pub fn shop(serial: u32, mail: &str) -> String {
    format!(
        "\
@ 3600 IN SOA ns1.shop.test. admin.shop.test. {serial} 3600 600 86400 300
@ 3600 IN NS ns1.shop.test.
@ 3600 IN NS ns2.shop.test.
ns1 3600 IN A 127.0.0.3
ns2 3600 IN A 127.0.0.4
{mail}"
    )
}

pub const OLD_MAIL: &str = "\
@ 3600 IN MX 10 mail.old.test.
@ 3600 IN MX 20 backup.old.test.
@ 3600 IN A 192.0.2.1
@ 3600 IN TXT \"v=spf1 ip4:192.0.2.0/24 include:_spf.old.test -all\"
k1._domainkey 3600 IN CNAME k1.dkim.old.test.
_dmarc 3600 IN TXT \"v=DMARC1; p=none\"
_imaps._tcp 3600 IN SRV 0 1 993 imap.old.test.
autoconfig 3600 IN CNAME autoconfig.old.test.
";

pub const OLD_PROVIDER: &str = "\
@ 3600 IN SOA ns.test. admin.old.test. 1 3600 600 86400 300
@ 3600 IN NS ns.test.
mail 3600 IN A 192.0.2.25
backup 3600 IN A 192.0.2.26
imap 3600 IN A 192.0.2.27
autoconfig 3600 IN A 192.0.2.28
k1.dkim 3600 IN TXT \"v=DKIM1; p=MIGf\"
_spf 3600 IN TXT \"v=spf1 ip4:198.51.100.0/24 -all\"
";

pub const NEW_PROVIDER: &str = "\
@ 3600 IN SOA ns.test. admin.new.test. 1 3600 600 86400 300
@ 3600 IN NS ns.test.
mx 3600 IN A 203.0.113.5
mx2 3600 IN A 203.0.113.6
alias 3600 IN CNAME mx.new.test.
";

pub struct Scene {
    pub port: u16,
    pub resolver: Resolver,
    pub servers: Vec<Option<Authority>>,
}

impl Scene {
    /// With these texts at the two servers of `shop.test`; `None`: nobody is there.
    pub async fn new(first: Option<&str>, second: Option<&str>) -> Self {
        let port = free_port().await;
        let at = |last| SocketAddr::new(ip(last), port);
        let above = serve(at(2), &[("test.", ABOVE), ("old.test.", OLD_PROVIDER), ("new.test.", NEW_PROVIDER)]).await;
        let mut servers = vec![Some(above)];
        for (last, text) in [(3, first), (4, second)] {
            servers.push(match text {
                Some(text) => Some(serve(at(last), &[("shop.test.", text)]).await),
                None => None,
            });
        }
        let zones = [("test", at(2)), ("old.test", at(2)), ("new.test", at(2)), ("shop.test", at(3))];
        Self { port, resolver: Resolver::start(at(1), &zones).await, servers }
    }

    /// Both servers with the same zone.
    pub async fn alike(mail: &str) -> Self {
        let text = shop(7, mail);
        Self::new(Some(&text), Some(&text)).await
    }

    pub fn at(&self, last: u8) -> SocketAddr {
        SocketAddr::new(ip(last), self.port)
    }

    /// Puts another zone on server 1 or 2.
    pub async fn change(&mut self, nth: usize, text: &str) {
        self.servers[nth] = None;
        // The sockets are closed by tasks that end a moment later.
        tokio::time::sleep(Duration::from_millis(100)).await;
        let last = u8::try_from(nth).unwrap() + 2;
        self.servers[nth] = Some(serve(self.at(last), &[("shop.test.", text)]).await);
    }

    pub fn network(&self) -> Network {
        Network { resolver: Some(self.at(1)), authority_port: None, waits: WAITS }
    }

    pub async fn survey(&self, domain: &str, aim: &Aim) -> Survey {
        let hosts = aim.new_mx.iter().map(|(_, host)| host.clone()).collect();
        survey::take(&Wanted { domain: domain.to_owned(), selectors: vec!["k1".to_owned()], hosts }, &self.network()).await
    }

    /// A look with a fresh memory.
    pub async fn look(&self, domain: &str, aim: &Aim) -> Cutover {
        judge(&self.survey(domain, aim).await, aim, &mut History::default(), &noon())
    }
}

pub fn noon() -> Zoned {
    "2026-11-25T12:00:00+00:00[UTC]".parse().unwrap()
}

pub fn to_new() -> Aim {
    Aim { old_host: None, new_mx: vec![(10, "mx.new.test".to_owned())] }
}

pub fn codes(cutover: &Cutover) -> Vec<&str> {
    let mut codes: Vec<&str> = cutover.findings.iter().map(|finding| finding.code.as_str()).collect();
    codes.dedup();
    codes
}

/// `result` without what differs from run to run.
pub fn steady(text: &str, port: u16) -> String {
    text.replace(&format!(":{port}"), ":PORT")
}
