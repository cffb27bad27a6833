//! For tests: a name server of a few lines that knows SRV and MX records (RFC 1035 §4.1, RFC 2782) and says of all else that it does not exist.

use std::net::SocketAddr;

use tokio::net::UdpSocket;

/// What it knows: the name asked for (lower case, final dot) and (priority, weight, port, target) of each SRV record; of an MX record the name
/// begins with `MX ` and weight and port count for nothing.
pub(super) type Answers = &'static [(&'static str, &'static [(u16, u16, u16, &'static str)])];

const MX: u16 = 15;
const SRV: u16 = 33;

/// Starts a name server on loopback; it ends with the test.
pub(super) async fn name_server(answers: Answers) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut query = [0; 1500];
        while let Ok((length, from)) = socket.recv_from(&mut query).await {
            let _gone = socket.send_to(&answer(&query[..length], answers), from).await;
        }
    });
    address
}

fn answer(query: &[u8], answers: Answers) -> Vec<u8> {
    let (name, question_end) = question(query);
    let is_mx = query[question_end - 4..question_end - 2] == MX.to_be_bytes();
    let name = if is_mx { format!("MX {name}") } else { name };
    let records = answers.iter().find(|(known, _)| *known == name).map_or(&[][..], |(_, records)| records);
    let mut out = query[..2].to_vec();
    // An authoritative answer: NOERROR with records, NXDOMAIN without.
    out.extend([0x85, if records.is_empty() { 0x83 } else { 0x80 }, 0, 1, 0, u8::try_from(records.len()).unwrap(), 0, 0, 0, 0]);
    out.extend(&query[12..question_end]);
    for (priority, weight, port, target) in records {
        let mut data = priority.to_be_bytes().to_vec();
        if !is_mx {
            data.extend([weight.to_be_bytes(), port.to_be_bytes()].concat());
        }
        for label in target.split('.').filter(|label| !label.is_empty()) {
            data.push(u8::try_from(label.len()).unwrap());
            data.extend(label.as_bytes());
        }
        data.push(0);
        // The name by a pointer to the question, the type, class IN, 60 s.
        out.extend([0xC0, 12]);
        out.extend(if is_mx { MX } else { SRV }.to_be_bytes());
        out.extend([0, 1, 0, 0, 0, 60]);
        out.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        out.extend(data);
    }
    out
}

fn question(query: &[u8]) -> (String, usize) {
    let (mut name, mut at) = (String::new(), 12);
    while query[at] != 0 {
        let end = at + 1 + usize::from(query[at]);
        name.push_str(&String::from_utf8_lossy(&query[at + 1..end]).to_ascii_lowercase());
        name.push('.');
        at = end;
    }
    (name, at + 5)
}
