//! Emoji by their names, for `:name` and reactions.

/// Emoji with their names; the first are offered first.
pub const EMOJI: &[(&str, &str)] = &[
    ("👍", "thumbsup +1 yes класс да"),
    ("❤️", "heart love сердце"),
    ("😂", "joy laugh lol смех"),
    ("🎉", "tada party hooray праздник"),
    ("👀", "eyes look глаза"),
    ("🙏", "pray thanks please спасибо"),
    ("👎", "thumbsdown -1 no нет"),
    ("✅", "check done ok готово"),
    ("❌", "x cross wrong крест"),
    ("🔥", "fire hot огонь"),
    ("😀", "grinning smile улыбка"),
    ("😄", "smile happy радость"),
    ("😁", "grin beam"),
    ("😅", "sweat_smile phew"),
    ("🤣", "rofl floor"),
    ("🙂", "slight_smile"),
    ("😉", "wink подмигнуть"),
    ("😊", "blush"),
    ("😍", "heart_eyes влюблён"),
    ("😘", "kiss поцелуй"),
    ("😎", "cool sunglasses круто"),
    ("🤔", "thinking hmm думаю"),
    ("🤨", "raised_eyebrow doubt"),
    ("😐", "neutral"),
    ("🙄", "eyeroll rolling_eyes"),
    ("😏", "smirk"),
    ("😴", "sleeping sleep сон"),
    ("😢", "cry sad грусть"),
    ("😭", "sob плач"),
    ("😡", "rage angry злость"),
    ("😱", "scream ужас"),
    ("😳", "flushed"),
    ("🥳", "partying"),
    ("🤯", "exploding_head mind_blown"),
    ("😇", "innocent angel"),
    ("🤝", "handshake deal договор"),
    ("👋", "wave hello привет"),
    ("👏", "clap bravo браво"),
    ("🙌", "raised_hands ура"),
    ("💪", "muscle strong сила"),
    ("🤞", "crossed_fingers luck удача"),
    ("✌️", "victory peace мир"),
    ("👌", "ok_hand fine"),
    ("👉", "point_right"),
    ("👆", "point_up"),
    ("🤷", "shrug не знаю"),
    ("🤦", "facepalm"),
    ("💯", "100 hundred сто"),
    ("⭐", "star звезда"),
    ("✨", "sparkles"),
    ("💡", "bulb idea идея"),
    ("⚡", "zap lightning молния"),
    ("🚀", "rocket ship ракета"),
    ("🐛", "bug баг жук"),
    ("🔧", "wrench fix"),
    ("🔨", "hammer build"),
    ("📌", "pin pushpin"),
    ("📎", "paperclip"),
    ("📅", "calendar date календарь"),
    ("⏰", "alarm clock будильник"),
    ("⏳", "hourglass wait жду"),
    ("📈", "chart_up"),
    ("📉", "chart_down"),
    ("📢", "loudspeaker"),
    ("🔔", "bell"),
    ("🔕", "no_bell mute"),
    ("🔒", "lock замок"),
    ("🔑", "key ключ"),
    ("❓", "question вопрос"),
    ("❗", "exclamation важно"),
    ("⚠️", "warning внимание"),
    ("🚫", "no_entry stop стоп"),
    ("☕", "coffee tea кофе"),
    ("🍕", "pizza"),
    ("🍺", "beer пиво"),
    ("🎂", "cake birthday торт"),
    ("🎁", "gift подарок"),
    ("🌹", "rose роза"),
    ("🌞", "sun солнце"),
    ("🌧️", "rain дождь"),
    ("❄️", "snow снег"),
    ("🐱", "cat кот"),
    ("🐶", "dog собака"),
    ("🦀", "crab rust краб"),
    ("🐍", "snake python"),
    ("🐧", "penguin linux"),
    ("💀", "skull dead"),
    ("👻", "ghost"),
    ("🤖", "robot bot робот"),
    ("💩", "poop"),
    ("💔", "broken_heart"),
    ("💙", "blue_heart"),
    ("💚", "green_heart"),
    ("💛", "yellow_heart"),
    ("🧡", "orange_heart"),
    ("💜", "purple_heart"),
    ("🖤", "black_heart"),
    ("🏠", "home house дом"),
    ("💻", "laptop computer"),
    ("📱", "phone телефон"),
    ("🎵", "music музыка"),
    ("⚽", "soccer football"),
    ("🏆", "trophy победа"),
    ("🥇", "first gold"),
    ("🇷🇺", "flag_ru russia"),
];

/// The emoji whose names have a word that begins so, best first.
pub fn find(name: &str, most: usize) -> Vec<(&'static str, &'static str)> {
    let name = name.to_lowercase();
    let starts = |names: &str| names.split(' ').any(|word| word.starts_with(&name));
    let contains = |names: &str| names.contains(&name) && !starts(names);
    let first = EMOJI.iter().filter(|(_, names)| starts(names));
    first.chain(EMOJI.iter().filter(|(_, names)| contains(names))).take(most).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_emoji_may_be_a_reaction_and_is_found() {
        for (emoji, names) in EMOJI {
            assert!(vestnik_proto::names::is_reaction(emoji), "{emoji}");
            assert_eq!(crate::text::line(emoji), *emoji);
            let first = names.split(' ').next().unwrap();
            assert!(find(first, 200).iter().any(|(found, _)| found == emoji), "{first}");
        }
        assert_eq!(find("THU", 3)[0].0, "👍");
    }
}
