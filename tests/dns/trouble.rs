//! Zones and servers that are not as they should be: told as «unknown» or «wrong», never as good.

use ::mailferry::engine::cutover::{Action, Aim, Severity, Stage, Standing};

use crate::scene::{NEW_PROVIDER, OLD_MAIL, Scene, codes, shop, to_new};

fn states(cutover: &::mailferry::engine::cutover::Cutover) -> Vec<Standing> {
    cutover.servers.iter().map(|server| server.state).collect()
}

#[tokio::test]
async fn a_zone_whose_servers_agree_is_told_without_a_doubt() {
    let scene = Scene::alike(OLD_MAIL).await;
    let cutover = scene.look("shop.test", &Aim::default()).await;
    assert_eq!((cutover.state, cutover.is_doubtful()), (Stage::Current, false), "{:#?}", cutover.findings);
    assert_eq!(states(&cutover), [Standing::Current; 3]);
    assert_eq!(cutover.nameservers.state, "agree");
    assert_eq!(cutover.nameservers.parent.as_deref(), Some("test"));
    assert_eq!(cutover.nameservers.serials_agree, Some(true));
    let levels: Vec<_> = cutover.mx.iter().map(|level| (level.preference, level.host.as_str(), level.ttl, level.backup)).collect();
    assert_eq!(levels, [(10, "mail.old.test", 3600, false), (20, "backup.old.test", 3600, true)]);
    assert_eq!((cutover.dkim[0].state.as_str(), cutover.dkim[0].alias.as_deref()), ("found", Some("k1.dkim.old.test")));
    assert_eq!(cutover.dkim[0].what, ["v=DKIM1; p=MIGf"]);
    assert_eq!(cutover.dmarc.what, ["v=DMARC1; p=none"]);
    let found: Vec<_> = cutover.services.iter().filter(|fact| fact.state == "found").map(|fact| fact.what.join(" ")).collect();
    assert_eq!(found, ["imap.old.test:993", "192.0.2.28"]);
    assert!(cutover.services.iter().all(|fact| fact.state != "unknown"));
}

#[tokio::test]
async fn two_authoritative_servers_that_disagree_are_unknown_and_in_a_change_they_are_the_change() {
    let new = "@ 300 IN MX 10 mx.new.test.\n";
    let scene = Scene::new(Some(&shop(8, new)), Some(&shop(7, OLD_MAIL))).await;
    let cutover = scene.look("shop.test", &Aim::default()).await;
    assert_eq!((cutover.state, cutover.is_doubtful()), (Stage::Unknown, true));
    assert!(states(&cutover).iter().all(|state| *state == Standing::Unknown), "{:?}", states(&cutover));
    assert!(codes(&cutover).contains(&"DNS-CONTRADICTORY") && codes(&cutover).contains(&"DNS-SERIAL"));
    let cutover = scene.look("shop.test", &to_new()).await;
    assert_eq!(cutover.state, Stage::Changing);
    assert_eq!(states(&cutover)[..2], [Standing::New, Standing::Old]);
}

#[tokio::test]
async fn a_server_that_is_silent_or_lame_keeps_the_change_from_being_done() {
    let new = shop(8, "@ 300 IN MX 10 mx.new.test.\n");
    let silent = Scene::new(Some(&new), None).await;
    let cutover = silent.look("shop.test", &to_new()).await;
    assert_eq!((cutover.state, states(&cutover)[1]), (Stage::Changing, Standing::Unknown));
    assert!(cutover.is_doubtful());
    // It is there and does not know the zone.
    let mut lame = Scene::new(Some(&new), None).await;
    lame.servers.push(Some(crate::name_server::serve(lame.at(4), &[("new.test.", NEW_PROVIDER)]).await));
    let cutover = lame.look("shop.test", &to_new()).await;
    assert_eq!((cutover.state, states(&cutover)[1]), (Stage::Changing, Standing::Unknown));
    assert!(cutover.servers[1].why.as_deref().unwrap().contains("lame"), "{:?}", cutover.servers[1]);
}

#[tokio::test]
async fn a_zone_that_nobody_serves_is_unknown() {
    let scene = Scene::new(None, None).await;
    let cutover = scene.look("shop.test", &to_new()).await;
    assert_eq!((cutover.state, cutover.is_doubtful()), (Stage::Unknown, true), "{cutover:#?}");
    assert!(states(&cutover).iter().all(|state| *state == Standing::Unknown));
    // The level above is asked whom it names, though the resolver gets nowhere.
    assert_eq!(cutover.nameservers.delegated, ["ns1.shop.test", "ns2.shop.test"]);
    assert_eq!(cutover.servers.iter().filter(|server| server.name.ends_with(".shop.test")).count(), 2);
}

#[tokio::test]
async fn a_resolver_that_says_to_everything_that_there_is_none_is_not_believed() {
    let scene = Scene::alike(OLD_MAIL).await;
    scene.resolver.deny_everything();
    let cutover = scene.look("shop.test", &to_new()).await;
    assert_eq!((cutover.state, cutover.is_doubtful()), (Stage::Unknown, true));
    assert_eq!(cutover.nameservers.state, "unknown");
    assert!(codes(&cutover).contains(&"DNS-ZONE"), "{:?}", cutover.findings);
}

#[tokio::test]
async fn nameservers_elsewhere_than_the_zone_says_are_named() {
    let text = shop(7, OLD_MAIL).replace("@ 3600 IN NS ns2.shop.test.", "@ 3600 IN NS ns.hosting.test.");
    let scene = Scene::new(Some(&text), Some(&text)).await;
    let cutover = scene.look("shop.test", &Aim::default()).await;
    assert_eq!(cutover.nameservers.state, "differ");
    assert_eq!(cutover.nameservers.delegated, ["ns1.shop.test", "ns2.shop.test"]);
    assert_eq!(cutover.nameservers.own, ["ns.hosting.test", "ns1.shop.test"]);
    let finding = cutover.findings.iter().find(|finding| finding.code == "DNS-DELEGATION").unwrap();
    assert!(finding.severity == Severity::Wrong && finding.what.contains("elsewhere"), "{finding:?}");
}

#[tokio::test]
async fn no_mx_null_mx_and_no_domain_are_told_apart() {
    let scene = Scene::alike("@ 3600 IN A 192.0.2.1\n").await;
    assert_eq!(scene.look("shop.test", &Aim::default()).await.state, Stage::Implicit);
    let entered = scene.look("shop.test", &to_new()).await;
    assert_eq!((entered.state, entered.sentence.as_str()), (Stage::Ready, "There is no MX yet. The new one may be entered."));
    assert_eq!(entered.enter.iter().map(|entry| entry.record.as_str()).collect::<Vec<_>>(), ["shop.test. 300 IN MX 10 mx.new.test."]);
    let scene = Scene::alike("@ 3600 IN TXT \"nothing\"\n").await;
    assert_eq!(scene.look("shop.test", &Aim::default()).await.state, Stage::None);
    let scene = Scene::alike("@ 3600 IN MX 0 .\n").await;
    let cutover = scene.look("shop.test", &Aim::default()).await;
    assert_eq!((cutover.state, codes(&cutover)), (Stage::None, vec!["DNS-MX-NULL"]));
    let cutover = scene.look("nobody.test", &Aim::default()).await;
    assert_eq!(cutover.state, Stage::None, "{cutover:#?}");
    let mixed = Scene::alike("@ 3600 IN MX 0 .\n@ 3600 IN MX 10 mail.old.test.\n").await;
    assert_eq!(mixed.look("shop.test", &Aim::default()).await.servers[0].state, Standing::Unknown);
}

#[tokio::test]
async fn exchangers_that_are_other_names_lead_nowhere_or_in_circles_are_named() {
    let mail = "@ 300 IN MX 10 alias.new.test.\n@ 300 IN MX 20 nowhere.new.test.\n@ 300 IN MX 30 round.shop.test.\n\
                round 60 IN CNAME about.shop.test.\nabout 60 IN CNAME round.shop.test.\n";
    let cutover = Scene::alike(mail).await.look("shop.test", &Aim::default()).await;
    assert_eq!(cutover.mx[0].alias.as_deref(), Some("mx.new.test"));
    assert_eq!(cutover.mx[0].addresses.len(), 1);
    let told: Vec<_> = cutover.findings.iter().map(|finding| (finding.severity, finding.code.as_str())).collect();
    assert_eq!(
        told,
        [(Severity::Unknown, "DNS-MX-ADDRESS"), (Severity::Wrong, "DNS-MX-ADDRESS"), (Severity::Wrong, "DNS-MX-ALIAS")],
        "{:#?}",
        cutover.findings
    );
}

#[tokio::test]
async fn a_wildcard_is_not_taken_for_what_somebody_entered() {
    let mail = "@ 300 IN MX 10 mail.old.test.\n* 300 IN A 192.0.2.9\n* 300 IN TXT \"any\"\n";
    let cutover = Scene::alike(mail).await.look("shop.test", &Aim::default()).await;
    assert_eq!(cutover.wildcards, ["A", "TXT"]);
    let autoconfig = cutover.services.iter().find(|fact| fact.name.starts_with("autoconfig")).unwrap();
    assert!(autoconfig.by_wildcard && cutover.dkim[0].by_wildcard);
    assert_eq!(cutover.dmarc.state, "none", "a text for any name is no DMARC");
}

#[tokio::test]
async fn spf_says_whether_the_new_server_may_send_and_what_to_enter() {
    let cutover = Scene::alike(OLD_MAIL).await.look("shop.test", &to_new()).await;
    let covers: Vec<_> = cutover.spf.covers.iter().map(|covered| (covered.host.as_str(), covered.verdict.as_str())).collect();
    assert_eq!((covers, cutover.spf.lookups), (vec![("mx.new.test", "fail")], 1));
    let entry = cutover.enter.iter().find(|entry| entry.record.contains("TXT")).unwrap();
    assert_eq!(entry.record, "shop.test. 300 IN TXT \"v=spf1 ip4:192.0.2.0/24 include:_spf.old.test a:mx.new.test -all\"");
    for (spf, want) in [("mx -all", "pass"), ("include:_spf.old.test ip4:203.0.113.0/28 -all", "pass"), ("a:mx.new.test ~all", "pass"), ("?all", "neutral")] {
        let cutover = Scene::alike(&format!("@ 300 IN MX 10 mail.old.test.\n@ 300 IN TXT \"v=spf1 {spf}\"\n")).await.look("shop.test", &to_new()).await;
        assert_eq!(cutover.spf.covers[0].verdict, want, "{spf}");
        assert_eq!(cutover.enter.iter().any(|entry| entry.record.contains("TXT")), want != "pass", "{spf}");
    }
    for (spf, part) in [("include:shop.test -all", "look-ups"), ("ipv4:1.2.3.4", "does not know")] {
        let cutover = Scene::alike(&format!("@ 300 IN MX 10 mail.old.test.\n@ 300 IN TXT \"v=spf1 {spf}\"\n")).await.look("shop.test", &to_new()).await;
        assert_eq!(cutover.spf.covers[0].verdict, "unknown", "{spf}");
        assert!(cutover.spf.problem.as_deref().is_some_and(|problem| problem.contains(part)), "{spf}: {:?}", cutover.spf);
    }
    let twice = "@ 300 IN MX 10 mail.old.test.\n@ 300 IN TXT \"v=spf1 -all\"\n@ 300 IN TXT \"v=spf1 mx -all\"\n";
    let cutover = Scene::alike(twice).await.look("shop.test", &to_new()).await;
    assert_eq!((cutover.spf.state.as_str(), cutover.is_doubtful()), ("unknown", true));
}

#[tokio::test]
async fn a_domain_of_other_letters_is_looked_up_in_ascii_and_shown_as_it_is_written() {
    let scene = Scene::alike(OLD_MAIL).await;
    let cutover = scene.look("xn--bcher-kva.test", &Aim::default()).await;
    assert_eq!((cutover.domain.as_str(), cutover.ascii.as_str(), cutover.state), ("bücher.test", "xn--bcher-kva.test", Stage::None));
}

#[tokio::test]
async fn backup_servers_and_old_services_are_named_for_removal() {
    let cutover = Scene::alike(OLD_MAIL).await.look("shop.test", &to_new()).await;
    let of = |action| cutover.enter.iter().filter(|entry| entry.action == action).map(|entry| entry.record.as_str()).collect::<Vec<_>>();
    assert_eq!(of(Action::Remove), ["shop.test. 3600 IN MX 10 mail.old.test.", "shop.test. 3600 IN MX 20 backup.old.test."]);
    assert_eq!(of(Action::Check), ["_imaps._tcp.shop.test. 3600 IN SRV 0 1 993 imap.old.test.", "autoconfig.shop.test. 3600 IN CNAME autoconfig.old.test."]);
    assert!(cutover.enter.iter().any(|entry| entry.why.contains("backup")));
}

#[tokio::test]
async fn a_server_that_names_neither_old_nor_new_is_unknown() {
    let aim = Aim { old_host: Some("mail.elsewhere.test".into()), ..to_new() };
    let cutover = Scene::alike(OLD_MAIL).await.look("shop.test", &aim).await;
    assert_eq!((cutover.state, cutover.is_doubtful(), states(&cutover)[0]), (Stage::Unknown, true, Standing::Other));
}
