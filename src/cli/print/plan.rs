//! What an upload would do, and whether it fits.

use serde_json::Value;

use super::account::room;
use super::{Side, line, sentence, table};
use crate::cli::contract::Planned;
use crate::run::number::{bytes_text, count_of, count_text};

/// The verdict first, then the folders, then what needs a person.
#[must_use]
pub fn planned(plan: &Planned) -> String {
    let messages = plan.folders.iter().map(|folder| folder.messages).sum();
    let mut text = format!("{}: {}, {} on the server\n", verdict(plan), count_of(messages, "message", "messages"), bytes_text(plan.needed_bytes));
    text.push_str(&format!("Room: {}", room(&plan.room)));
    if let Some(free) = plan.free_after {
        text.push_str(&format!("; {} free afterwards", bytes_text(free)));
    }
    text.push_str("\n\n");
    let rows: Vec<[String; 4]> =
        plan.folders.iter().map(|folder| [names(&folder.from), folder.to.clone(), count_text(folder.messages), bytes_text(folder.bytes)]).collect();
    text.push_str(&table([("From", Side::Left), ("To", Side::Left), ("To send", Side::Right), ("Size", Side::Right)], &rows));
    for problem in &plan.problems {
        text.push_str(&format!("\n{} ({})\n", sentence(&line(&problem.what)), problem.code));
        for choice in &problem.choices {
            text.push_str(&format!("  – {}\n", line(choice)));
        }
    }
    text
}

fn verdict(plan: &Planned) -> String {
    if !plan.fits {
        return format!("Over by {}", bytes_text(plan.over_by));
    }
    match plan.free_after {
        Some(free) if free < plan.reserve => "Fits, but little stays free".to_owned(),
        _ => "Fits".to_owned(),
    }
}

fn names(from: &Value) -> String {
    match from {
        Value::String(name) => name.clone(),
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" + "),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn plan(change: impl FnOnce(&mut Value)) -> String {
        let mut value = json!({"folders": [{"from": ["Inbox"], "to": "INBOX", "messages": 1200, "bytes": 9_000_000_000_u64}, {"from": "Gesendet", "to": "Sent", "messages": 1, "bytes": 700}],
            "years": {}, "needed_bytes": 9_000_000_700_u64, "room": {"limit": 10_000_000_000_u64, "used": 100_000, "source": "provider"}, "fits": true, "over_by": 0,
            "free_after": 999_899_300, "reserve": 1_000_000_000, "problems": []});
        change(&mut value);
        planned(&serde_json::from_value(value).expect("the contract")).replace('\u{A0}', " ")
    }

    #[test]
    fn the_verdict_stands_first() {
        assert!(plan(|_| ()).starts_with("Fits, but little stays free: 1,201 messages, 9 GB on the server\n"));
        assert!(plan(|value| value["reserve"] = json!(0)).starts_with("Fits: "));
        let over = plan(|value| {
            value["fits"] = json!(false);
            value["over_by"] = json!(1_300_000_000);
            value["free_after"] = Value::Null;
            value["problems"] =
                json!([{"code": "PLAN-ROOM", "what": "the mail does not fit", "choices": ["ask for a larger mailbox", "--newest-until-full"], "stops": true}]);
        });
        insta::assert_snapshot!("plan_over", over);
    }
}
