//! A deflated connection: whatever the server sends, it ends or goes on, and no piece is longer than was asked for; and what one side
//! writes the other one reads.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mailferry::net::deflate::Deflatable;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// A few bytes may inflate to a thousand times as many: so much is enough.
const ENOUGH: usize = 4 << 20;

fuzz_target!(|bytes: &[u8]| {
    let Some((first, bytes)) = bytes.split_first() else { return };
    let piece = 1 + usize::from(*first) * 16;
    futures_executor::block_on(async {
        let (ahead, rest) = bytes.split_at(bytes.len().min(usize::from(*first)));
        let mut foreign = Deflatable::plain(rest);
        foreign.begin(ahead.to_vec());
        let (mut buffer, mut total) = (vec![0; piece], 0);
        while let Ok(read @ 1..) = foreign.read(&mut buffer).await {
            total += read;
            if total > ENOUGH {
                break;
            }
        }

        let mut wire = Vec::new();
        let mut near = Deflatable::plain(&mut wire);
        near.begin(Vec::new());
        for some in bytes.chunks(piece) {
            near.write_all(some).await.expect("memory");
            near.flush().await.expect("memory");
        }
        drop(near);
        let (mut far, mut read) = (Deflatable::plain(&wire[..]), Vec::new());
        far.begin(Vec::new());
        far.read_to_end(&mut read).await.expect("it inflates");
        assert_eq!(read, bytes);
    });
});
