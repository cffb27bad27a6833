//! A slow line to the old server: it is asked to deflate, fewer octets pass, and whatever breaks costs nothing.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::scene::{Mail, NEW, OLD, Scene, assert_whole, far, mail, put};
use crate::support::dovecot::{Dovecot, Options};
use crate::support::fault_proxy::FaultProxy;
use crate::support::line::Line;
use crate::support::made_mail;

const COUNT: u64 = 600;
const OCTETS: usize = 20_000;

/// Messages of 20 kB that shrink by about half.
fn large(numbers: std::ops::Range<u64>) -> Vec<Mail> {
    numbers.map(|n| Mail { bytes: made_mail::message(n, OCTETS, 9), ..mail(n) }).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn over_a_slow_line_the_old_server_deflates_and_without_one_it_is_not_asked() {
    let Some(old) = Dovecot::start(Options { compress: true, ..Options::default() }) else { return };
    put(&old, OLD, "INBOX", &large(0..COUNT - 100));
    put(&old, OLD, "Sent", &large(COUNT - 100..COUNT));
    let all = COUNT * OCTETS as u64;
    // Some 4 MB are asked for before anything is known.
    for (what, one_way, down_mbit, breaks) in [("slow", 5, 20, false), ("slow and breaking", 5, 20, true), ("near", 0, 0, false)] {
        let Some(new) = Dovecot::start(Options::default()) else { return };
        let proxy = FaultProxy::to(old.imaps);
        let line = Line::capped(proxy.port, Duration::from_millis(one_way), 0, down_mbit);
        let mut scene = Scene::between(far(&old, OLD, line.port), far(&new, NEW, new.imaps));
        scene.request.new.timing.line_watched = Duration::from_millis(300);
        let begun = Instant::now();
        let breaking = async {
            // Behind the switch, and again and again.
            while breaks && line.passed.down.load(Ordering::Relaxed) < all * 6 / 10 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            for n in 0..u64::from(breaks) * 12 {
                proxy.cut_all();
                tokio::time::sleep(Duration::from_millis(150 + n * 23)).await;
            }
        };
        let (_outcome, ()) = tokio::join!(scene.pass(what), breaking);
        let passed = line.passed.down.load(Ordering::Relaxed);
        println!("{what}: {passed} of {all} octets in {:?}, {} connections", begun.elapsed(), proxy.connections());
        match what {
            "slow" => assert!(passed < all * 85 / 100, "{what}: {passed} of {all} octets passed"),
            "near" => assert!(passed > all, "{what}: {passed} of {all} octets passed"),
            _ => {}
        }
        assert_whole(&scene, &old, &new, what).await;
    }
}
