//! Results: rounds in, JSON and Markdown tables out.

use std::fmt::Write;

use serde::Serialize;

use crate::{plot, probe::Probe, stats::Summary};

/// The metrics of one round, in the order of the table's columns.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(transparent)]
pub struct Round(serde_json::Map<String, serde_json::Value>);

impl Round {
    /// Adds a metric. Its name ends with its unit; what is not a number is left out.
    pub fn put(&mut self, name: &str, value: f64) -> &mut Self {
        if value.is_finite() {
            self.0.insert(name.to_owned(), value.into());
        }
        self
    }

    /// A metric's value.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.0.get(name)?.as_f64()
    }
}

/// What a metric should be.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Goal {
    /// Of which metric.
    pub metric: &'static str,
    /// The limit.
    pub limit: f64,
    /// Which side of it is good.
    pub side: Side,
}

/// Which side of a limit is good, and of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The median is not above it.
    AtMost,
    /// The median is not below it.
    AtLeast,
    /// Every round is exactly it; otherwise the server is wrong, not slow.
    Exactly,
}

impl Goal {
    /// The median of `metric` is to be no more than this.
    pub fn at_most(metric: &'static str, limit: f64) -> Self {
        Self { metric, limit, side: Side::AtMost }
    }

    /// The median of `metric` is to be no less than this.
    pub fn at_least(metric: &'static str, limit: f64) -> Self {
        Self { metric, limit, side: Side::AtLeast }
    }

    /// Every round's `metric` must be this.
    pub fn exactly(metric: &'static str, limit: f64) -> Self {
        Self { metric, limit, side: Side::Exactly }
    }
}

/// One measured point: a scenario with its parameters.
#[derive(Clone, Debug, Serialize)]
pub struct Point {
    /// The scenario.
    pub scenario: &'static str,
    /// Its parameters, for a person.
    pub label: String,
    /// What was measured: `vestnik`, or the peer's name.
    pub subject: &'static str,
    /// What it should be.
    pub goals: Vec<Goal>,
    /// Round by round.
    pub rounds: Vec<Round>,
}

impl Point {
    /// One without rounds yet.
    pub fn new(scenario: &'static str, label: String) -> Self {
        Self { scenario, label, subject: "vestnik", goals: Vec::new(), rounds: Vec::new() }
    }

    /// The same with a goal.
    pub fn goal(mut self, goal: Goal) -> Self {
        self.goals.push(goal);
        self
    }

    /// The same with these metrics having to be 0 in every round.
    pub fn none_of(mut self, metrics: &[&'static str]) -> Self {
        self.goals.extend(metrics.iter().map(|metric| Goal::exactly(metric, 0.0)));
        self
    }

    /// A metric over the rounds.
    pub fn summary(&self, metric: &str) -> Option<Summary> {
        Summary::of(self.rounds.iter().filter_map(|round| round.get(metric)))
    }

    /// Whether a goal is held; `None` when its metric was not measured.
    pub fn holds(&self, goal: &Goal) -> Option<bool> {
        let summary = self.summary(goal.metric)?;
        Some(match goal.side {
            Side::AtMost => summary.median <= goal.limit,
            Side::AtLeast => summary.median >= goal.limit,
            Side::Exactly => summary.min == goal.limit && summary.max == goal.limit,
        })
    }

    /// The metrics any round has, in order of appearance.
    fn metrics(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for name in self.rounds.iter().flat_map(|round| round.0.keys()) {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        names
    }
}

/// A whole run.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Version of the generator.
    pub version: &'static str,
    /// The door.
    pub door: String,
    /// `sqlite`, `postgres` or `existing`.
    pub database: String,
    /// What the server says of its version.
    pub server: String,
    /// Release of the kernel.
    pub kernel: String,
    /// Model of the processor.
    pub processor: String,
    /// Cores of the machine.
    pub cores: usize,
    /// Measured rounds of each point.
    pub rounds: usize,
    /// Seconds of load in a round, where a scenario has no time of its own.
    pub seconds: f64,
    /// `/proc/loadavg` at the start: what else was going on.
    pub load_before: String,
    /// The same at the end.
    pub load_after: String,
    /// What the disk under the data directory does.
    pub disk: Option<Probe>,
    /// The points, in the order of measuring.
    pub points: Vec<Point>,
    /// What a reader has to know.
    pub notes: Vec<String>,
    /// Scenarios that could not be measured, and why.
    pub failures: Vec<String>,
}

impl Report {
    /// Whether everything could be measured and nothing that must be exact was not.
    pub fn is_right(&self) -> bool {
        self.failures.is_empty()
            && self.points.iter().all(|point| {
                point
                    .goals
                    .iter()
                    .filter(|goal| goal.side == Side::Exactly)
                    .all(|goal| point.holds(goal) != Some(false))
            })
    }

    /// Whether moreover every goal is held.
    pub fn holds_goals(&self) -> bool {
        self.is_right()
            && self.points.iter().all(|point| point.goals.iter().all(|goal| point.holds(goal) != Some(false)))
    }

    /// The report as JSON with the summaries in it.
    pub fn json(&self) -> serde_json::Value {
        let mut value = serde_json::to_value(self).unwrap_or_default();
        let points = value.get_mut("points").and_then(serde_json::Value::as_array_mut);
        for (written, point) in points.into_iter().flatten().zip(&self.points) {
            let summaries: serde_json::Map<_, _> = point
                .metrics()
                .into_iter()
                .filter_map(|name| Some((name.to_owned(), serde_json::to_value(point.summary(name)?).ok()?)))
                .collect();
            written["summary"] = summaries.into();
        }
        value
    }

    /// The report as Markdown: what became of the goals, how Vestnik is beside its peers, and a
    /// table per scenario, with its plots when they are in a folder beside the report.
    pub fn markdown(&self, plots: Option<&str>) -> String {
        let mut out = String::new();
        let mut line = |text: String| {
            out.push_str(&text);
            out.push('\n');
        };
        line(format!(
            "vestnik-bench {}: {}, door {}, database {}; {} cores of {}, Linux {}; load average {} before and {} after.",
            self.version,
            self.server,
            self.door,
            self.database,
            self.cores,
            self.processor,
            self.kernel,
            self.load_before,
            self.load_after
        ));
        if let Some(disk) = &self.disk {
            line(disk.line());
        }
        line(format!("Medians of {} rounds of {} s (min-max).", self.rounds, figure(self.seconds)));
        let goals = self.goals();
        if !goals.is_empty() {
            line(format!("\n### Goals\n\n| scenario | metric | goal | measured | |\n|---|---|---|---|---|\n{goals}"));
        }
        let beside = self.beside();
        if !beside.is_empty() {
            line(format!(
                "### Beside references and peers\n\nEach ratio is Vestnik's advantage, of the same round: above 1 Vestnik \
                 is the better one. What each of them promises is in the README.\n\n\
                 | scenario | beside | how many times less CPU | how many times faster | how many times less waiting (p50) | \
                 how many times less memory |\n|---|---|---:|---:|---:|---:|\n{beside}"
            ));
        }
        let mut scenarios: Vec<&str> = Vec::new();
        for point in &self.points {
            if !scenarios.contains(&point.scenario) {
                scenarios.push(point.scenario);
            }
        }
        for scenario in scenarios {
            line(format!("\n### {scenario}\n"));
            let points: Vec<&Point> = self.points.iter().filter(|point| point.scenario == scenario).collect();
            if let Some(folder) = plots {
                line(plot::links(self, scenario, folder));
            }
            line(table(&points));
        }
        let exact =
            self.points.iter().map(|point| (point, point.goals.iter().filter(|goal| goal.side == Side::Exactly)));
        let judged = exact.flat_map(|(point, goals)| goals.filter_map(|goal| point.holds(goal)));
        let (counts, right) = judged.fold((0, 0), |(all, right), held| (all + 1, right + u32::from(held)));
        if counts > 0 {
            line(format!("Exact counts (lost, doubled, disordered, ...): {right} of {counts} are as they must be."));
        }
        for note in &self.notes {
            line(format!("Note: {note}"));
        }
        for failure in &self.failures {
            line(format!("Not measured: {failure}"));
        }
        out
    }

    /// Vestnik beside everybody who was measured with the same parameters, round by round.
    fn beside(&self) -> String {
        let mut out = String::new();
        for other in self.points.iter().filter(|point| point.subject != "vestnik") {
            let same = |point: &&Point| {
                point.subject == "vestnik" && point.scenario == other.scenario && point.label == other.label
            };
            let Some(own) = self.points.iter().find(same) else { continue };
            // A ratio of what both have; for rates the other way round.
            let ratio = |metrics: &[&str], more_is_better: bool| {
                let pairs = own.rounds.iter().zip(&other.rounds).filter_map(|(own, other)| {
                    let metric = metrics.iter().find(|metric| own.get(metric).is_some())?;
                    let (own, other) = (own.get(metric)?, other.get(metric)?);
                    Some(if more_is_better { own / other } else { other / own })
                });
                Summary::of(pairs).map_or_else(|| "-".to_owned(), cell)
            };
            writeln!(
                out,
                "| {}, {} | {} | {} | {} | {} | {} |",
                other.scenario,
                other.label,
                other.subject,
                ratio(&["cpu_s_per_1m", "cpu_ms_per_sign_in"], false),
                match ratio(&["deliveries_per_s", "sends_per_s"], true).as_str() {
                    "-" => ratio(&["first_ready_s"], false),
                    rate => rate.to_owned(),
                },
                ratio(&["p50_ms", "ack_p50_ms"], false),
                ratio(&["idle_rss_mib", "rss_mib", "kib_each"], false),
            )
            .expect("a String takes every write");
        }
        out
    }

    fn goals(&self) -> String {
        let mut out = String::new();
        for point in &self.points {
            for goal in &point.goals {
                let (Some(held), Some(summary)) = (point.holds(goal), point.summary(goal.metric)) else { continue };
                // Of what must be exact only the exceptions are worth a line.
                if goal.side == Side::Exactly && held {
                    continue;
                }
                let side = match goal.side {
                    Side::AtMost => "≤",
                    Side::AtLeast => "≥",
                    Side::Exactly => "=",
                };
                let measured = if goal.side == Side::Exactly { summary.max.max(-summary.min) } else { summary.median };
                writeln!(
                    out,
                    "| {}, {} | {} | {side} {} | {} | {} |",
                    point.scenario,
                    point.label,
                    words(goal.metric),
                    figure(goal.limit),
                    figure(measured),
                    if held { "held" } else { "**missed**" }
                )
                .expect("a String takes every write");
            }
        }
        out
    }
}

/// Points as rows, metrics as columns.
fn table(points: &[&Point]) -> String {
    let mut metrics: Vec<&str> = Vec::new();
    for name in points.iter().flat_map(|point| point.metrics()) {
        if !metrics.contains(&name) {
            metrics.push(name);
        }
    }
    let mut out = String::from("| point | subject |");
    for metric in &metrics {
        write!(out, " {} |", words(metric)).expect("a String takes every write");
    }
    out.push_str("\n|---|---|");
    out.push_str(&"---:|".repeat(metrics.len()));
    out.push('\n');
    for point in points {
        write!(out, "| {} | {} |", point.label, point.subject).expect("a String takes every write");
        for metric in &metrics {
            let cell = point.summary(metric).map_or_else(|| "-".to_owned(), cell);
            write!(out, " {cell} |").expect("a String takes every write");
        }
        out.push('\n');
    }
    out
}

fn words(metric: &str) -> String {
    metric.replace("_per_s", "/s").replace("_per_", "/").replace('_', " ")
}

fn cell(summary: Summary) -> String {
    let (low, high) = (figure(summary.min), figure(summary.max));
    if low == high { figure(summary.median) } else { format!("{} ({low}-{high})", figure(summary.median)) }
}

/// A number with about three figures that mean something, thousands parted.
pub fn figure(value: f64) -> String {
    let size = value.abs();
    let digits = match size {
        _ if value.fract() == 0.0 || size >= 100.0 => 0,
        _ if size >= 10.0 => 1,
        _ if size >= 0.1 => 2,
        _ => 3,
    };
    let text = format!("{value:.digits$}");
    let (whole, rest) = text.split_once('.').map_or((text.as_str(), None), |(whole, rest)| (whole, Some(rest)));
    let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |whole| ("-", whole));
    let mut out = String::from(sign);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(rest) = rest {
        out.push('.');
        out.push_str(rest);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(label: &str, values: &[f64]) -> Point {
        let mut point = Point::new("fan-out", label.to_owned());
        for &value in values {
            let mut round = Round::default();
            round.put("deliveries_per_s", value).put("lost", 0.0).put("p50_ms", f64::NAN);
            point.rounds.push(round);
        }
        point
    }

    fn report(points: Vec<Point>) -> Report {
        Report {
            version: "0",
            door: "tcp".to_owned(),
            database: "sqlite".to_owned(),
            server: "vestnik 0".to_owned(),
            kernel: "0".to_owned(),
            processor: "any".to_owned(),
            cores: 2,
            rounds: 3,
            seconds: 2.0,
            load_before: "0.1".to_owned(),
            load_after: "0.2".to_owned(),
            disk: None,
            points,
            notes: Vec::new(),
            failures: Vec::new(),
        }
    }

    #[test]
    fn figures_read_well() {
        for (value, text) in [
            (0.0, "0"),
            (1_234_567.4, "1,234,567"),
            (100.0, "100"),
            (12.34, "12.3"),
            (1.234, "1.23"),
            (0.0123, "0.012"),
            (-1_500.0, "-1,500"),
        ] {
            assert_eq!(figure(value), text);
        }
    }

    #[test]
    fn a_table_has_medians_and_ranges() {
        let mut other = point("N=10", &[5.0]);
        other.rounds[0].put("rss_mib", 2.5);
        let text = table(&[&point("N=100", &[1_000.0, 3_000.0, 2_000.0]), &other]);
        assert_eq!(
            text,
            "| point | subject | deliveries/s | lost | rss mib |\n|---|---|---:|---:|---:|\n\
             | N=100 | vestnik | 2,000 (1,000-3,000) | 0 | - |\n| N=10 | vestnik | 5 | 0 | 2.50 |\n"
        );
    }

    #[test]
    fn goals_are_held_or_missed() {
        let good = point("N=1", &[10.0, 20.0, 30.0]).goal(Goal::at_least("deliveries_per_s", 20.0)).none_of(&["lost"]);
        assert!(report(vec![good.clone()]).holds_goals());
        let slow = good.clone().goal(Goal::at_most("deliveries_per_s", 19.0));
        let slow = report(vec![slow]);
        assert!(slow.is_right() && !slow.holds_goals());
        assert!(slow.markdown(None).contains("**missed**"));
        assert!(slow.markdown(None).contains("1 of 1 are as they must be"));
        let mut wrong = good;
        wrong.rounds[2].put("lost", 1.0);
        assert!(!report(vec![wrong]).is_right());
        let unmeasured = point("N=1", &[1.0]).goal(Goal::at_most("nothing", 0.0));
        assert!(report(vec![unmeasured]).holds_goals());
    }

    #[test]
    fn advantages_are_of_the_same_round() {
        let own = point("N=1", &[10.0, 20.0, 40.0]);
        let other = Point { subject: "raw", ..point("N=1", &[20.0, 20.0, 10.0]) };
        let alone = Point { subject: "nats", ..point("N=2", &[1.0]) };
        let beside = report(vec![own, other, alone]).beside();
        assert_eq!(beside, "| fan-out, N=1 | raw | - | 1 (0.50-4) | - | - |\n");
    }

    #[test]
    fn json_has_the_summaries() {
        let json = report(vec![point("N=1", &[1.0, 2.0, 3.0])]).json();
        assert_eq!(json["points"][0]["summary"]["deliveries_per_s"]["median"], 2.0);
        assert_eq!(json["points"][0]["rounds"][1]["deliveries_per_s"], 2.0);
    }
}
