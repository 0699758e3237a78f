//! Plots of a report as SVG: bars with the range of the rounds, in the colours of the reader's
//! screen, light or dark.

use std::{fmt::Write, path::Path};

use crate::{
    error::{Doing, Result},
    report::{Point, Report, Side, figure},
    stats::Summary,
};

/// One plot: which metrics of which scenario.
struct Kind {
    file: &'static str,
    scenario: &'static str,
    title: &'static str,
    /// What the axis counts, and which way is good.
    axis: &'static str,
    /// The metrics; more than one are bars of the same point with these names.
    metrics: &'static [(&'static str, &'static str)],
}

/// The plots, in the order of the report.
const KINDS: &[Kind] = &[
    Kind {
        file: "start",
        scenario: "start",
        title: "From exec to ready, on an empty directory",
        axis: "seconds; less is better",
        metrics: &[("first_ready_s", "")],
    },
    Kind {
        file: "start-memory",
        scenario: "start",
        title: "Memory when nobody is there",
        axis: "MiB; less is better",
        metrics: &[("idle_rss_mib", "")],
    },
    Kind {
        file: "fan-out",
        scenario: "fan-out",
        title: "What a million deliveries in one room cost the server",
        axis: "CPU seconds; less is better",
        metrics: &[("cpu_s_per_1m", "")],
    },
    Kind {
        file: "direct-sends",
        scenario: "direct-sends",
        title: "Acknowledged sends in direct chats",
        axis: "sends per second; more is better",
        metrics: &[("sends_per_s", "")],
    },
    Kind {
        file: "direct-sends-cpu",
        scenario: "direct-sends",
        title: "What a million sends in direct chats cost the server",
        axis: "CPU seconds; less is better",
        metrics: &[("cpu_s_per_1m", "")],
    },
    Kind {
        file: "join",
        scenario: "join",
        title: "Many people join one room",
        axis: "seconds; less is better",
        metrics: &[("seconds", "")],
    },
    Kind {
        file: "history",
        scenario: "history",
        title: "A page of 50 messages",
        axis: "milliseconds, median of the pages; less is better",
        metrics: &[("p50_ms", "")],
    },
    Kind {
        file: "resume",
        scenario: "resume",
        title: "Coming back by token",
        axis: "CPU milliseconds of the server each; less is better",
        metrics: &[("cpu_ms_each", "")],
    },
    Kind {
        file: "slow",
        scenario: "slow",
        title: "The others while one does not read",
        axis: "messages per second; should not fall",
        metrics: &[("messages_per_s_before", "before"), ("messages_per_s_during", "meanwhile")],
    },
    Kind {
        file: "kill",
        scenario: "kill",
        title: "SIGKILL during acknowledged sends",
        axis: "messages",
        metrics: &[
            ("acked", "acknowledged"),
            ("acked_missing_sender", "missing, sender"),
            ("acked_missing_recipient", "missing, recipient"),
            ("doubled", "doubled"),
        ],
    },
    Kind {
        file: "office",
        scenario: "office",
        title: "A day of an office: from the intended moment",
        axis: "milliseconds; less is better",
        metrics: &[
            ("ack_p50_ms", "ack, median"),
            ("ack_p99_ms", "ack, 99 %"),
            ("delivery_p50_ms", "delivery, median"),
            ("delivery_p99_ms", "delivery, 99 %"),
        ],
    },
    Kind {
        file: "storm",
        scenario: "storm",
        title: "Everybody comes back at once",
        axis: "milliseconds until somebody is back and current; less is better",
        metrics: &[("p50_ms", "median"), ("p99_ms", "99 %")],
    },
    Kind {
        file: "idle",
        scenario: "idle",
        title: "Memory of a connection that does nothing",
        axis: "KiB; less is better",
        metrics: &[("kib_each", "")],
    },
];

/// Width of a plot.
const WIDTH: f64 = 760.0;
/// Where bars begin and end.
const LEFT: f64 = 150.0;
const RIGHT: f64 = 590.0;
/// Height of a bar's row, and of a heading's.
const ROW: f64 = 24.0;
const HEADING: f64 = 26.0;
/// Where the first row begins.
const TOP: f64 = 62.0;
/// A ratio of values from which on the axis is logarithmic.
const LOG_FROM: f64 = 40.0;

const STYLE: &str = "text{font:13px system-ui,sans-serif;fill:#1f2328;paint-order:stroke;stroke:#ffffff;\
    stroke-width:4px;stroke-linejoin:round}.title{font-size:16px;font-weight:600}\
    .soft{fill:#59636e;font-size:12px}.grid{stroke:#d1d9e0;stroke-width:1}.bar{fill:#8c959f}.own{fill:#0969da}\
    .range{stroke:#1f2328;stroke-width:1.5}.goal{stroke:#bc4c00;stroke-width:2;stroke-dasharray:4 3}\
    .back{fill:#ffffff}@media(prefers-color-scheme:dark){text{fill:#f0f6fc;stroke:#0d1117}.soft{fill:#9198a1}\
    .grid{stroke:#3d444d}.bar{fill:#6e7681}.own{fill:#58a6ff}.range{stroke:#f0f6fc}.goal{stroke:#f0883e}\
    .back{fill:#0d1117}}";

/// A bar.
struct Bar {
    name: String,
    own: bool,
    summary: Summary,
    goal: Option<f64>,
}

/// Bars under one heading.
struct Group {
    heading: String,
    bars: Vec<Bar>,
}

/// The plots of this report: file names without a folder, titles, and texts.
pub fn plots(report: &Report) -> Vec<(String, &'static str, String)> {
    KINDS
        .iter()
        .filter_map(|kind| {
            let groups = groups(kind, &report.points);
            (!groups.is_empty()).then(|| (format!("{}.svg", kind.file), kind.title, draw(kind, &groups)))
        })
        .collect()
}

/// Writes the plots into a directory, which is made when it is not there.
///
/// # Errors
/// When it cannot be written.
pub fn write(report: &Report, directory: &Path) -> Result<()> {
    std::fs::create_dir_all(directory).doing(&format!("making {}", directory.display()))?;
    for (file, _, text) in plots(report) {
        let path = directory.join(file);
        std::fs::write(&path, text).doing(&format!("writing {}", path.display()))?;
    }
    Ok(())
}

/// The plots of a scenario as Markdown, when the report lies beside a directory of this name.
pub fn links(report: &Report, scenario: &str, directory: &str) -> String {
    let of_scenario =
        plots(report).into_iter().zip(KINDS.iter().filter(|kind| !groups(kind, &report.points).is_empty()));
    of_scenario
        .filter(|(_, kind)| kind.scenario == scenario)
        .map(|((file, title, _), kind)| format!("![{title}, {}]({directory}/{file})\n\n", kind.axis))
        .collect()
}

fn groups(kind: &Kind, points: &[Point]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for point in points.iter().filter(|point| point.scenario == kind.scenario) {
        for (metric, name) in kind.metrics {
            let Some(summary) = point.summary(metric) else { continue };
            let goal = point.goals.iter().find(|goal| goal.metric == *metric && goal.side != Side::Exactly);
            let name = if name.is_empty() { point.subject } else { name };
            let bar = Bar {
                name: name.to_owned(),
                own: point.subject == "vestnik",
                summary,
                goal: goal.map(|goal| goal.limit),
            };
            match groups.iter_mut().find(|group| group.heading == point.label) {
                Some(group) => group.bars.push(bar),
                None => groups.push(Group { heading: point.label.clone(), bars: vec![bar] }),
            }
        }
    }
    groups
}

/// From values to places on the axis.
struct Scale {
    low: f64,
    high: f64,
    log: bool,
}

impl Scale {
    fn of(groups: &[Group]) -> Self {
        let values: Vec<f64> = groups
            .iter()
            .flat_map(|group| &group.bars)
            .flat_map(|bar| [bar.summary.min, bar.summary.max].into_iter().chain(bar.goal))
            .collect();
        let high = values.iter().copied().fold(0.0, f64::max);
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        if low > 0.0 && high / low >= LOG_FROM {
            return Self { low: 10f64.powf((low * 0.99).log10().floor()), high: high * 1.05, log: true };
        }
        // Up to the next round step of its size, which four parts divide well.
        let size = 10f64.powf(high.max(1e-9).log10().floor());
        let high = [1.0, 1.2, 1.6, 2.0, 2.4, 3.0, 4.0, 6.0, 8.0, 10.0]
            .into_iter()
            .map(|step| step * size)
            .find(|&step| step >= high)
            .unwrap_or(high);
        Self { low: 0.0, high, log: false }
    }

    fn x(&self, value: f64) -> f64 {
        let part = if self.log {
            (value.max(self.low) / self.low).log10() / (self.high / self.low).log10()
        } else {
            value / self.high
        };
        LEFT + part.clamp(0.0, 1.0) * (RIGHT - LEFT)
    }

    fn ticks(&self) -> Vec<f64> {
        if self.log {
            return std::iter::successors(Some(self.low), |tick| Some(tick * 10.0))
                .take_while(|tick| *tick <= self.high)
                .collect();
        }
        (0..=4).map(|part| self.high * f64::from(part) / 4.0).collect()
    }
}

fn draw(kind: &Kind, groups: &[Group]) -> String {
    let scale = Scale::of(groups);
    let headed = groups.iter().any(|group| groups.len() > 1 || !group.heading.is_empty());
    let rows: f64 = groups.iter().map(|group| group.bars.len() as f64 * ROW + if headed { HEADING } else { 0.0 }).sum();
    let (bottom, height) = (TOP + rows + 4.0, TOP + rows + 30.0);
    let axis = format!("{}{}", kind.axis, if scale.log { " (each line is ten times the last)" } else { "" });
    let mut out = String::new();
    let mut put = |text: std::fmt::Arguments<'_>| writeln!(out, "{text}").expect("a String takes every write");
    put(format_args!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" aria-labelledby="title desc">"#
    ));
    put(format_args!(r#"<title id="title">{}</title>"#, escape(kind.title)));
    put(format_args!(r#"<desc id="desc">{}</desc>"#, escape(&describe(kind, groups))));
    put(format_args!("<style>{STYLE}</style>"));
    put(format_args!(r#"<rect class="back" width="{WIDTH}" height="{height}" rx="6"/>"#));
    put(format_args!(r#"<text class="title" x="16" y="28">{}</text>"#, escape(kind.title)));
    put(format_args!(r#"<text class="soft" x="16" y="48">{}</text>"#, escape(&axis)));
    for tick in scale.ticks() {
        let x = scale.x(tick);
        put(format_args!(r#"<line class="grid" x1="{x:.1}" y1="{TOP}" x2="{x:.1}" y2="{bottom:.1}"/>"#));
        put(format_args!(
            r#"<text class="soft" x="{x:.1}" y="{:.1}" text-anchor="middle">{}</text>"#,
            bottom + 16.0,
            figure(tick)
        ));
    }
    let mut y = TOP;
    for group in groups {
        if headed {
            put(format_args!(r#"<text class="soft" x="16" y="{:.1}">{}</text>"#, y + 18.0, escape(&group.heading)));
            y += HEADING;
        }
        for bar in &group.bars {
            let (x, middle) = (scale.x(bar.summary.median), y + ROW / 2.0);
            put(format_args!(
                r#"<text x="{:.1}" y="{:.1}" text-anchor="end">{}</text>"#,
                LEFT - 8.0,
                middle + 4.5,
                escape(&bar.name)
            ));
            put(format_args!(
                r#"<rect class="bar{}" x="{LEFT}" y="{:.1}" width="{:.1}" height="{:.1}" rx="2"/>"#,
                if bar.own { " own" } else { "" },
                y + 4.0,
                (x - LEFT).max(1.0),
                ROW - 8.0
            ));
            let (from, to) = (scale.x(bar.summary.min), scale.x(bar.summary.max));
            if to - from > 1.0 {
                put(format_args!(
                    r#"<line class="range" x1="{from:.1}" y1="{middle:.1}" x2="{to:.1}" y2="{middle:.1}"/>"#
                ));
            }
            if let Some(goal) = bar.goal {
                let at = scale.x(goal);
                put(format_args!(
                    r#"<line class="goal" x1="{at:.1}" y1="{:.1}" x2="{at:.1}" y2="{:.1}"/>"#,
                    y + 1.0,
                    y + ROW - 1.0
                ));
            }
            let goal = bar.goal.map_or_else(String::new, |goal| format!("  (goal {})", figure(goal)));
            put(format_args!(
                r#"<text x="{:.1}" y="{:.1}">{}{}</text>"#,
                x.max(to) + 8.0,
                middle + 4.5,
                figure(bar.summary.median),
                escape(&goal)
            ));
            y += ROW;
        }
    }
    put(format_args!("</svg>"));
    out
}

/// The plot in words.
fn describe(kind: &Kind, groups: &[Group]) -> String {
    let mut out = format!("{}.", kind.axis);
    for group in groups {
        let bars: Vec<String> =
            group.bars.iter().map(|bar| format!("{} {}", bar.name, figure(bar.summary.median))).collect();
        write!(out, " {}: {}.", group.heading, bars.join(", ")).expect("a String takes every write");
    }
    out
}

/// A text as XML says it.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // XML has no others below the space.
            character if character < ' ' && !"\t\n\r".contains(character) => out.push('\u{fffd}'),
            character => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        peers::stanza::Cutter,
        report::{Goal, Round},
    };

    fn bars(values: &[(&str, f64)]) -> Vec<Group> {
        let bar = |(name, value): &(&str, f64)| Bar {
            name: (*name).to_owned(),
            own: *name == "vestnik",
            summary: Summary { median: *value, min: value * 0.9, max: value * 1.1 },
            goal: Some(5.0),
        };
        vec![Group { heading: "<100> & \"more\"".to_owned(), bars: values.iter().map(bar).collect() }]
    }

    #[test]
    fn texts_are_escaped() {
        assert_eq!(escape("a<b> & \"c\"\u{1}"), "a&lt;b&gt; &amp; &quot;c&quot;\u{fffd}");
    }

    #[test]
    fn a_plot_is_one_element_with_its_words() {
        for values in
            [&[("vestnik", 2.7), ("raw", 0.7)][..], &[("vestnik", 2.7), ("ejabberd", 270.0)], &[("vestnik", 0.0)]]
        {
            let text = draw(&KINDS[2], &bars(values));
            assert_eq!(Cutter::default().next(text.as_bytes()), Ok(Some(0..text.len() - 1)));
            assert!(
                text.contains("&lt;100&gt; &amp; &quot;more&quot;") && !text.contains("NaN") && !text.contains("inf")
            );
            assert!(text.contains(r#"role="img""#) && text.contains("<title") && text.contains("<desc"));
        }
    }

    #[test]
    fn scales_hold_all_values() {
        let linear = Scale::of(&bars(&[("a", 30.0), ("b", 10.0)]));
        assert!(!linear.log && linear.low == 0.0 && linear.high == 40.0);
        let log = Scale::of(&bars(&[("a", 0.7), ("b", 60.0)]));
        assert!(log.log && log.low <= 0.63 && log.high >= 66.0);
        assert_eq!(log.ticks(), [0.1, 1.0, 10.0]);
        assert!(log.x(0.7) < log.x(60.0) && log.x(1e9) == RIGHT && log.x(0.0) == LEFT);
    }

    #[test]
    fn what_was_measured_is_plotted() {
        let mut point = Point::new("fan-out", "100 members".to_owned()).goal(Goal::at_most("cpu_s_per_1m", 5.0));
        let mut round = Round::default();
        round.put("cpu_s_per_1m", 3.0);
        point.rounds.push(round);
        let other = Point { subject: "raw", ..point.clone() };
        let groups = groups(&KINDS[2], &[point, other]);
        assert_eq!((groups.len(), groups[0].bars.len()), (1, 2));
        assert!(groups[0].bars[0].own && !groups[0].bars[1].own);
    }
}
