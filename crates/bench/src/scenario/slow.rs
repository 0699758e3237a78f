//! One member stops reading while the others go on: do they suffer, and does it miss anything
//! when it comes back?

use std::time::Duration;

use tokio::time::timeout;
use vestnik_proto::{Answer, Message, ServerFrame, frame::ReceivedFrame, limits};

use crate::{
    accounts::{self, Account},
    conn::{Connection, Flow, PATIENCE_SECS},
    error::Result,
    fanout::{self, Plan, Speech},
    report::{Goal, Point, Round},
    scenario::{Host, Lab, Scenario},
    stats::Receipts,
    wire::{Body, Mark, Scanner, Seen},
};

/// Members, the slow one among them.
const MEMBERS: usize = 20;
/// Messages in flight.
const WINDOW: usize = 4;
/// The slow one's receive buffer, so that the kernel does not read in its place for long. Bytes.
const RECEIVE_BUFFER: u32 = 32 << 10;
/// Characters of four bytes in a message: 4 KB each.
const CHARS: usize = 1_000;
/// Least time for which the slow one does not read.
const SLOW_TIME: Duration = Duration::from_secs(4);
/// Tag of the messages that are sent while the slow one does not read.
const SLOW_TAG: u32 = 2;
/// Load before measuring.
const WARM_UP: Duration = Duration::from_millis(500);

pub(super) async fn run(lab: &mut Lab) -> Result<Vec<Point>> {
    let mut point = Point::new(Scenario::Slow.name(), format!("{MEMBERS} members, 1 stops reading, 4 KB bodies"))
        .none_of(&["lost", "doubled", "slow_missed", "slow_doubled"])
        .goal(Goal::at_least("rate_during_to_before", 0.85));
    for _ in 0..lab.options.rounds {
        let host = lab.host().await?;
        match one_round(lab, &host).await {
            Ok(round) => point.rounds.push(round),
            Err(error) => return Err(host.explain(error)),
        }
        host.finish().await?;
    }
    Ok(vec![point])
}

async fn one_round(lab: &Lab, host: &Host) -> Result<Round> {
    let accounts = accounts::register(&host.target, host.run, 0, MEMBERS).await?;
    let (slow_account, healthy_accounts) = accounts.split_last().unwrap_or_else(|| unreachable!("MEMBERS is not 0"));
    let mut members = accounts::connect(&host.target, healthy_accounts).await?;
    let mut slow = host.target.connect_with(Some(RECEIVE_BUFFER)).await?;
    slow.auth(&slow_account.token).await?;
    members.push(slow);
    let chat = accounts::room_of(&mut members, &host.slug("slow")).await?;
    let plan = |tag, time| Plan {
        speech: Speech::Commands { chat: chat.clone(), run: host.run },
        body: Body { chars: CHARS, padding: "🙂", client_ids: !lab.options.no_client_ids },
        tag,
        window: WINDOW,
        time,
        least: if tag == SLOW_TAG { lab.options.slow_messages } else { 0 },
        drain: lab.options.drain(),
        pid: host.target.pid,
    };

    fanout::run(&mut members, &plan(0, WARM_UP)).await?;
    let mut before = fanout::run(&mut members, &plan(1, lab.options.time())).await?;
    let rss_before = host.rss_mib();
    let then = accounts::get_chat(&mut members[0], &chat).await?;
    let (healthy, slow) = members.split_at_mut(MEMBERS - 1);
    let mut during = fanout::run(healthy, &plan(SLOW_TAG, lab.options.time().max(SLOW_TIME))).await?;
    let rss_during = host.rss_mib();

    let mut inbox = Inbox { rev: then.rev, seq: then.last_seq, ..Inbox::default() };
    let code = read_rest(&mut slow[0], &mut inbox, during.sent).await?;
    if code.is_some() {
        come_back(host, slow_account, &chat, &mut inbox).await?;
    }
    let messages = |outcome: &fanout::Outcome| f64::from(outcome.sent) / outcome.used.wall;
    let mut round = Round::default();
    round
        .put("messages_per_s_before", messages(&before))
        .put("messages_per_s_during", messages(&during))
        .put("rate_during_to_before", messages(&during) / messages(&before))
        .put("p99_ms_before", before.latencies.percentile(0.99))
        .put("p99_ms_during", during.latencies.percentile(0.99))
        .put("lost", (before.lost + during.lost) as f64)
        .put("doubled", (before.doubled + during.doubled) as f64)
        .put("cut", f64::from(u8::from(code.is_some())))
        // Only a reader that is not silent for too long can be told the code: 0 when it was not.
        .put("close_code", code.map_or(f64::NAN, |code| code.map_or(0.0, f64::from)))
        .put("slow_sent", f64::from(during.sent))
        .put("slow_had", f64::from(inbox.before_return))
        .put("slow_missed", f64::from(inbox.receipts.lost(during.sent)))
        .put("slow_doubled", f64::from(inbox.receipts.doubled))
        .put("rss_mib_before", rss_before)
        .put("rss_mib_during", rss_during)
        .put("others_cores", during.used.others);
    Ok(round)
}

/// What the slow one knows of the messages it is sent while it does not read.
#[derive(Default)]
struct Inbox {
    scanner: Scanner,
    receipts: Receipts,
    /// Newest event it has.
    rev: i64,
    /// Newest message it has.
    seq: i64,
    /// How many it had before it came back.
    before_return: u32,
}

impl Inbox {
    /// Takes an event.
    fn take(&mut self, frame: &[u8]) {
        let Seen::Message(mark) = self.scanner.see(frame) else { return };
        if mark.tag == SLOW_TAG {
            self.receipts.note(mark.index);
        }
        self.rev = self.rev.max(self.scanner.rev(frame).unwrap_or(0));
        self.seq = self.seq.max(self.scanner.seq(frame).unwrap_or(0));
    }

    /// Takes those messages of a page that come after `known`.
    fn take_page(&mut self, messages: &[Message], known: i64) {
        for message in messages.iter().filter(|message| message.seq > known) {
            if let Some(mark) = Mark::of_content(&message.content)
                && mark.tag == SLOW_TAG
            {
                self.receipts.note(mark.index);
            }
        }
    }
}

/// Reads until it has all messages or the server closes. `Some` when it closed, with the code it
/// told if any; what did neither come nor end in a close within [`PATIENCE_SECS`] is missed.
async fn read_rest(slow: &mut Connection, inbox: &mut Inbox, sent: u32) -> Result<Option<Option<u16>>> {
    let reading = async {
        while inbox.receipts.received < sent {
            // A pong would prove nothing: a connection that was cut may still answer before its end.
            if let Flow::Closed(code) = slow.reader.batch(|frame| inbox.take(frame)).await? {
                return Ok(Some(code));
            }
        }
        Ok(None)
    };
    let end = timeout(Duration::from_secs(PATIENCE_SECS), reading).await;
    inbox.before_return = inbox.receipts.received;
    end.unwrap_or(Ok(None))
}

/// Reconnects and asks for what came after the last event; after a `reset` the pages between.
async fn come_back(host: &Host, account: &Account, chat: &str, inbox: &mut Inbox) -> Result<()> {
    let mut connection = host.target.connect().await?;
    connection.auth(&account.token).await?;
    let (rev, known) = (inbox.rev, inbox.seq);
    let mut oldest = None;
    accounts::sync(&mut connection, chat, rev, |frame| match std::str::from_utf8(frame).map(ReceivedFrame::decode) {
        Ok(Ok(Some(ReceivedFrame { frame: ServerFrame::Answer(Answer::Reset(reset)), .. }))) => {
            oldest = reset.messages.first().map(|message| message.seq);
            inbox.take_page(&reset.messages, known);
        }
        _ => inbox.take(frame),
    })
    .await?;
    while let Some(before) = oldest.filter(|&oldest| oldest > known + 1) {
        let page = accounts::page(&mut connection, chat, Some(before), limits::PAGE_MAX).await?;
        inbox.take_page(&page.messages, known);
        oldest = page.messages.first().map(|message| message.seq).filter(|_| page.has_more);
    }
    Ok(())
}
