//! The scenarios against the fake: they get through, and they notice what they are there to notice.

use clap::Parser;

use super::*;
use crate::{
    cli::{Cli, Do},
    fake::{self, Faults},
};

/// Runs a scenario briefly against a fake with these faults.
async fn measure(faults: Faults, scenario: Scenario) -> Vec<Point> {
    let small = "--rounds 2 --seconds 0.2 --no-raw --members 5 --window 4 --users 6 --outstanding 3 --connections 20 \
                 --joiners 20 --messages 400 --stormers 20 --office-people 10 --office-rate 300 \
                 --office-seconds 0.4 --fetches 20 --slow-messages 500 --resumes 40";
    // What a fake loses need not be waited for as long as what a busy machine delays.
    let drain = if faults.lose_every.is_some() { 0.5 } else { 15.0 };
    let line = format!("vestnik-bench run {} {small} --drain {drain}", scenario.name());
    let Do::Run(options) = Cli::try_parse_from(line.split_whitespace()).unwrap().command else { panic!("not run") };
    let mut lab = Lab::new(*options, None, Some(fake::start(faults).await), 1);
    scenario.run(&mut lab).await.unwrap()
}

fn right(point: &Point) -> bool {
    point
        .goals
        .iter()
        .filter(|goal| goal.side == crate::report::Side::Exactly)
        .all(|goal| point.holds(goal) == Some(true))
}

async fn gets_through(scenario: Scenario, points: usize, metric: &str) {
    let measured = measure(Faults::default(), scenario).await;
    assert_eq!(measured.len(), points);
    for point in &measured {
        assert!(right(point), "{point:?}");
        assert!(point.summary(metric).unwrap().min > 0.0, "{point:?}");
        assert_eq!(point.rounds.len(), 2);
    }
}

#[tokio::test]
async fn fan_out_gets_through() {
    gets_through(Scenario::FanOut, 1, "deliveries_per_s").await;
}

#[tokio::test]
async fn direct_sends_get_through() {
    gets_through(Scenario::DirectSends, 1, "sends_per_s").await;
}

#[tokio::test]
async fn idle_gets_through() {
    gets_through(Scenario::Idle, 1, "sign_ins_per_s").await;
}

#[tokio::test]
async fn join_gets_through() {
    gets_through(Scenario::Join, 1, "seconds").await;
}

#[tokio::test]
async fn history_gets_through() {
    gets_through(Scenario::History, 2, "pages_per_s").await;
}

#[tokio::test]
async fn office_gets_through() {
    gets_through(Scenario::Office, 1, "deeds_per_s").await;
}

#[tokio::test]
async fn storm_gets_through() {
    gets_through(Scenario::Storm, 1, "back_per_s").await;
}

#[tokio::test]
async fn resume_gets_through() {
    gets_through(Scenario::Resume, 4, "resumes_per_s").await;
}

#[tokio::test]
async fn fan_out_notices_what_comes_twice() {
    let faults = Faults { double_every: Some(7), ..Faults::default() };
    let points = measure(faults, Scenario::FanOut).await;
    assert!(!right(&points[0]));
    assert!(points[0].summary("doubled").unwrap().min > 0.0);
    assert_eq!(points[0].summary("lost").unwrap().max, 0.0);
}

#[tokio::test]
async fn direct_sends_notice_what_comes_twice() {
    let faults = Faults { double_every: Some(7), ..Faults::default() };
    let points = measure(faults, Scenario::DirectSends).await;
    assert!(points[0].summary("doubled").unwrap().min > 0.0);
    assert_eq!(points[0].summary("lost").unwrap().max, 0.0);
}

#[tokio::test]
async fn office_notices_what_comes_twice() {
    let faults = Faults { double_every: Some(7), ..Faults::default() };
    let points = measure(faults, Scenario::Office).await;
    assert!(points[0].summary("doubled").unwrap().min > 0.0);
    assert_eq!(points[0].summary("lost").unwrap().max, 0.0);
}

#[tokio::test]
async fn what_is_lost_is_noticed() {
    let faults = Faults { lose_every: Some(5), ..Faults::default() };
    for scenario in [Scenario::FanOut, Scenario::DirectSends, Scenario::Office] {
        let points = measure(faults, scenario).await;
        assert!(points[0].summary("lost").unwrap().min > 0.0, "{points:?}");
        assert_eq!(points[0].summary("doubled").unwrap().max, 0.0);
    }
}

#[tokio::test]
async fn the_slow_one_is_cut_and_misses_nothing() {
    let points = measure(Faults::default(), Scenario::Slow).await;
    assert!(right(&points[0]), "{:?}", points[0]);
    assert_eq!(points[0].summary("close_code").unwrap().min, 4408.0);
    assert!(points[0].summary("slow_sent").unwrap().min > points[0].summary("slow_had").unwrap().max);
}

#[tokio::test]
async fn a_running_server_is_not_killed() {
    let line = "vestnik-bench run kill";
    let Do::Run(options) = Cli::try_parse_from(line.split(' ')).unwrap().command else { panic!("not run") };
    let target = fake::start(Faults::default()).await;
    let mut lab = Lab::new(*options, None, Some(target), 1);
    for scenario in [Scenario::Kill, Scenario::Start] {
        assert!(matches!(scenario.run(&mut lab).await, Err(Error::Setup(_))));
    }
}
