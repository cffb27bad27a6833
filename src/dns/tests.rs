//! Servers that lie, are silent, or go in circles, in a few lines each; real ones are asked in `tests/dns`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hickory_resolver::proto::op::{Message, Query, ResponseCode};
use hickory_resolver::proto::rr::{Name, RData, Record as WireRecord, RecordType, rdata};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, UdpSocket};

use super::answer::{self, Role};
use super::ask::{Failure, Waits, ask};
use super::lookup::Lookup;
use super::*;

const WAITS: Waits = Waits { udp: Duration::from_millis(300), tries: 2, tcp: Duration::from_millis(500), whole: Duration::from_secs(10) };

type Script = Arc<dyn Fn(&Message, bool) -> Vec<Message> + Send + Sync>;

/// A server that answers each question, by UDP (false) or TCP (true), as the script says; it ends with the test.
async fn scripted(script: impl Fn(&Message, bool) -> Vec<Message> + Send + Sync + 'static) -> SocketAddr {
    let script: Script = Arc::new(script);
    loop {
        let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = udp.local_addr().unwrap();
        let Ok(tcp) = TcpListener::bind(address).await else { continue };
        let by_udp = Arc::clone(&script);
        tokio::spawn(async move {
            let mut buffer = [0; 1500];
            while let Ok((length, from)) = udp.recv_from(&mut buffer).await {
                for answer in by_udp(&Message::from_vec(&buffer[..length]).unwrap(), false) {
                    udp.send_to(&answer.to_vec().unwrap(), from).await.unwrap();
                }
            }
        });
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = tcp.accept().await {
                let Ok(length) = stream.read_u16().await else { continue };
                let mut question = vec![0; usize::from(length)];
                stream.read_exact(&mut question).await.unwrap();
                for answer in script(&Message::from_vec(&question).unwrap(), true) {
                    let bytes = answer.to_vec().unwrap();
                    stream.write_all(&[&u16::try_from(bytes.len()).unwrap().to_be_bytes()[..], &bytes].concat()).await.unwrap();
                }
            }
        });
        return address;
    }
}

fn wire(name: &str) -> Name {
    Name::from_ascii(name).unwrap()
}

fn mx(owner: &str, ttl: u32, host: &str) -> WireRecord {
    WireRecord::from_rdata(wire(owner), ttl, RData::MX(rdata::MX::new(10, wire(host))))
}

fn cname(owner: &str, target: &str) -> WireRecord {
    WireRecord::from_rdata(wire(owner), 60, RData::CNAME(rdata::CNAME(wire(target))))
}

fn ns(owner: &str, host: &str) -> WireRecord {
    WireRecord::from_rdata(wire(owner), 60, RData::NS(rdata::NS(wire(host))))
}

/// An authoritative answer with these records.
fn good(asked: &Message, records: &[WireRecord]) -> Message {
    let mut answer = Message::response(asked.metadata.id, asked.metadata.op_code);
    answer.metadata.authoritative = true;
    answer.add_queries(asked.queries.clone());
    answer.add_answers(records.iter().cloned());
    answer
}

fn question() -> Question {
    Question::new("a.example", Kind::Mx)
}

async fn found(script: impl Fn(&Message, bool) -> Vec<Message> + Send + Sync + 'static) -> Found {
    let server = scripted(script).await;
    match ask(server, &question(), false, &WAITS).await {
        Ok(reply) => answer::read(&reply, &question(), Role::Authority("a.example")),
        Err(failure) => Found::Unknown(Why::NoAnswer(failure)),
    }
}

fn host_of(found: &Found) -> Option<&str> {
    match found.records().first().map(|record| &record.data) {
        Some(Data::Mx { host, .. }) => Some(host),
        _ => None,
    }
}

#[tokio::test]
async fn an_answer_that_fits_is_taken_and_names_are_lowered() {
    let found = found(|asked, _| vec![good(asked, &[mx("A.example.", 3600, "MX.A.example.")])]).await;
    assert_eq!(host_of(&found), Some("mx.a.example"));
    assert_eq!(found.records()[0].ttl_secs, 3600);
}

#[tokio::test]
async fn a_cut_answer_is_asked_for_again_by_tcp() {
    let cut = |asked: &Message, tcp: bool| {
        let many: Vec<WireRecord> = (0..60).map(|n| mx("a.example.", 60, &format!("mx{n}.with-a-rather-long-name.a.example."))).collect();
        let mut answer = good(asked, if tcp { &many } else { &[] });
        answer.metadata.truncation = !tcp;
        vec![answer]
    };
    assert_eq!(found(cut).await.records().len(), 60);
    let always = |asked: &Message, _: bool| {
        let mut answer = good(asked, &[]);
        answer.metadata.truncation = true;
        vec![answer]
    };
    assert_eq!(found(always).await, Found::Unknown(Why::NoAnswer(Failure::Garbled)), "cut by TCP too: not «there is none»");
}

/// The right answer behind one under another id.
fn forged_before_right(asked: &Message) -> Vec<Message> {
    let mut forged = good(asked, &[mx("a.example.", 60, "evil.example.")]);
    forged.metadata.id = forged.metadata.id.wrapping_add(1);
    vec![forged, good(asked, &[mx("a.example.", 60, "mx.a.example.")])]
}

#[tokio::test]
async fn where_something_forged_came_tcp_decides_and_without_tcp_it_is_unknown() {
    let with_tcp = found(|asked, tcp| if tcp { vec![good(asked, &[mx("a.example.", 60, "mx.a.example.")])] } else { forged_before_right(asked) }).await;
    assert_eq!(host_of(&with_tcp), Some("mx.a.example"));
    let without = found(|asked, tcp| if tcp { vec![] } else { forged_before_right(asked) }).await;
    assert_eq!(without, Found::Unknown(Why::NoAnswer(Failure::ForgedLooking)));
}

#[tokio::test]
async fn an_answer_to_another_question_or_under_another_id_is_none() {
    let other_question = |asked: &Message, _: bool| {
        let mut answer = good(asked, &[mx("b.example.", 60, "mx.b.example.")]);
        answer.queries = vec![Query::query(wire("b.example."), RecordType::MX)];
        vec![answer]
    };
    let no_question = |asked: &Message, _: bool| {
        let mut answer = good(asked, &[mx("a.example.", 60, "mx.a.example.")]);
        answer.queries.clear();
        vec![answer]
    };
    let a_question = |asked: &Message, _: bool| vec![asked.clone()];
    let flood = |asked: &Message, _: bool| {
        (0..200)
            .map(|turn| {
                let mut answer = good(asked, &[mx("a.example.", 60, "evil.example.")]);
                answer.metadata.id = answer.metadata.id.wrapping_add(turn + 1);
                answer
            })
            .collect()
    };
    for found in [found(other_question).await, found(no_question).await, found(a_question).await, found(flood).await] {
        assert_eq!(found, Found::Unknown(Why::NoAnswer(Failure::ForgedLooking)));
    }
}

#[tokio::test]
async fn silence_and_a_closed_port_are_unknown_within_the_waits() {
    let begun = std::time::Instant::now();
    assert_eq!(found(|_, _| vec![]).await, Found::Unknown(Why::NoAnswer(Failure::Silent)));
    assert!(begun.elapsed() < Duration::from_secs(2));
    let nobody = UdpSocket::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let failure = ask(nobody, &question(), false, &WAITS).await.unwrap_err();
    assert!([Failure::NobodyThere, Failure::Silent].contains(&failure), "{failure:?}");
}

#[tokio::test]
async fn an_answer_that_comes_too_late_is_none() {
    let udp = Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
    let address = udp.local_addr().unwrap();
    tokio::spawn(async move {
        let mut buffer = [0; 1500];
        while let Ok((length, from)) = udp.recv_from(&mut buffer).await {
            let (udp, asked) = (Arc::clone(&udp), Message::from_vec(&buffer[..length]).unwrap());
            tokio::spawn(async move {
                // After the first try is over, and before the second one is.
                tokio::time::sleep(WAITS.udp + WAITS.udp / 2).await;
                let _closed = udp.send_to(&good(&asked, &[mx("a.example.", 60, "mx.a.example.")]).to_vec().unwrap(), from).await;
            });
        }
    });
    assert_eq!(ask(address, &question(), false, &WAITS).await.unwrap_err(), Failure::Silent);
}

#[tokio::test]
async fn bytes_that_are_no_message_are_unknown() {
    let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = udp.local_addr().unwrap();
    tokio::spawn(async move {
        let mut buffer = [0; 1500];
        while let Ok((_, from)) = udp.recv_from(&mut buffer).await {
            // The right id, and then nonsense: a name that points at itself.
            let answer = [&buffer[..2], &[0x84, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0xC0, 12, 0, 15, 0, 1]].concat();
            udp.send_to(&answer, from).await.unwrap();
        }
    });
    assert_eq!(ask(address, &question(), false, &WAITS).await.unwrap_err(), Failure::Garbled);
}

#[tokio::test]
async fn what_a_zones_server_says_wrongly_is_unknown() {
    let code = |code: ResponseCode| {
        move |asked: &Message, _: bool| {
            let mut answer = good(asked, &[]);
            (answer.metadata.response_code, answer.metadata.authoritative) = (code, false);
            vec![answer]
        }
    };
    assert_eq!(found(code(ResponseCode::Refused)).await, Found::Unknown(Why::Lame));
    assert_eq!(found(code(ResponseCode::ServFail)).await, Found::Unknown(Why::Failed));
    let upward = |asked: &Message, _: bool| {
        let mut answer = good(asked, &[]);
        answer.metadata.authoritative = false;
        answer.add_authority(ns("example.", "ns.example."));
        vec![answer]
    };
    assert_eq!(found(upward).await, Found::Unknown(Why::Lame), "a referral upwards");
    let cache = |asked: &Message, _: bool| {
        let mut answer = good(asked, &[mx("a.example.", 60, "mx.a.example.")]);
        (answer.metadata.authoritative, answer.metadata.recursion_available) = (false, true);
        vec![answer]
    };
    assert_eq!(found(cache).await, Found::Unknown(Why::Intercepted), "a router that answers in the server's place");
    assert_eq!(found(|asked, _| vec![good(asked, &[mx("b.example.", 60, "mx.b.example.")])]).await, Found::Unknown(Why::Strange));
    let both = |asked: &Message, _: bool| {
        let mut answer = good(asked, &[mx("a.example.", 60, "mx.a.example.")]);
        answer.metadata.response_code = ResponseCode::NXDomain;
        vec![answer]
    };
    assert_eq!(found(both).await, Found::Unknown(Why::Contradictory));
    let circle = |asked: &Message, _: bool| vec![good(asked, &[cname("a.example.", "b.example."), cname("b.example.", "a.example.")])];
    assert_eq!(found(circle).await, Found::Unknown(Why::Loop));
    let forked = |asked: &Message, _: bool| vec![good(asked, &[cname("a.example.", "b.example."), cname("a.example.", "c.example.")])];
    assert_eq!(found(forked).await, Found::Unknown(Why::Contradictory));
    let endless = |asked: &Message, tcp: bool| {
        let mut answer = good(asked, &(0..400).map(|n| mx("a.example.", 60, &format!("mx{n}.a.example."))).collect::<Vec<_>>());
        if !tcp {
            answer = answer.truncate();
        }
        vec![answer]
    };
    assert_eq!(found(endless).await, Found::Unknown(Why::TooMany));
}

#[tokio::test]
async fn none_and_no_name_are_told_apart_and_the_null_mx_is_a_record() {
    assert_eq!(found(|asked, _| vec![good(asked, &[])]).await, Found::NoData);
    let gone = |asked: &Message, _: bool| {
        let mut answer = good(asked, &[]);
        answer.metadata.response_code = ResponseCode::NXDomain;
        vec![answer]
    };
    assert_eq!(found(gone).await, Found::NoName);
    assert_eq!(host_of(&found(|asked, _| vec![good(asked, &[mx("a.example.", 60, ".")])]).await), Some(""));
}

#[tokio::test]
async fn an_old_server_that_does_not_know_edns_is_asked_without() {
    let old = |asked: &Message, _: bool| {
        let mut answer = good(asked, &[mx("a.example.", 60, "mx.a.example.")]);
        if asked.edns.is_some() {
            answer = good(asked, &[]);
            answer.metadata.response_code = ResponseCode::FormErr;
        }
        vec![answer]
    };
    assert_eq!(host_of(&found(old).await), Some("mx.a.example"));
}

#[tokio::test]
async fn a_resolver_is_followed_through_other_names_and_not_in_circles() {
    let server = scripted(|asked, _| {
        let name = asked.queries[0].name.to_ascii();
        let records = match name.as_str() {
            "a.example." => vec![cname("a.example.", "b.example.")],
            "b.example." => vec![mx("b.example.", 60, "mx.b.example.")],
            "round.example." => vec![cname("round.example.", "about.example.")],
            "about.example." => vec![cname("about.example.", "round.example.")],
            // Another name each time, without an end.
            longer => vec![cname(longer, &format!("x{longer}"))],
        };
        let mut answer = good(asked, &records);
        (answer.metadata.authoritative, answer.metadata.recursion_available) = (false, true);
        vec![answer]
    })
    .await;
    let lookup = Lookup::new(&Network { resolver: Some(server), authority_port: None, waits: WAITS });
    let found = lookup.find("a.example", Kind::Mx).await;
    assert_eq!(host_of(&found), Some("mx.b.example"));
    assert!(matches!(found, Found::Records { alias: Some(alias), .. } if alias == "b.example"));
    assert_eq!(lookup.find("round.example", Kind::Mx).await, Found::Unknown(Why::Loop));
    assert_eq!(lookup.find("endless.example", Kind::Mx).await, Found::Unknown(Why::Loop));
    let shy = scripted(|asked, _| {
        let mut answer = good(asked, &[]);
        answer.metadata.authoritative = false;
        vec![answer]
    })
    .await;
    let lookup = Lookup::new(&Network { resolver: Some(shy), authority_port: None, waits: WAITS });
    assert_eq!(lookup.find("a.example", Kind::Mx).await, Found::Unknown(Why::NoRecursion));
}

#[test]
fn servers_that_contradict_each_other_agree_on_nothing() {
    let record = |host: &str, ttl_secs| Record { owner: "a".into(), ttl_secs, data: Data::Mx { preference: 10, host: host.into() } };
    let with = |host: &str, ttl| Found::Records { records: vec![record(host, ttl)], alias: None };
    let silent = Found::Unknown(Why::NoAnswer(Failure::Silent));
    assert_eq!(Found::agreed([&with("a", 1), &silent, &with("a", 2)]), with("a", 1));
    assert_eq!(Found::agreed([&with("a", 1), &with("b", 1)]), Found::Unknown(Why::Contradictory));
    assert_eq!(Found::agreed([&with("a", 1), &Found::NoData]), Found::Unknown(Why::Contradictory));
    assert_eq!(Found::agreed([&silent]), silent);
    assert_eq!(Found::agreed([]), Found::Unknown(Why::NobodyToAsk));
}
