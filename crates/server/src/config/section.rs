//! One section of the configuration: a struct whose fields, defaults and documentation are the one
//! table from which reading, the example file and the documentation are made.

/// A key as the documentation shows it.
#[derive(Clone, Debug)]
pub struct Key {
    /// Its name within the section.
    pub name: &'static str,
    /// What it is, one line each.
    pub about: Vec<&'static str>,
    /// What is accepted.
    pub kind: &'static str,
    /// The default, as TOML.
    pub default: String,
    /// Whether it must not be shown and may come from a file.
    pub secret: bool,
    /// Whether it is a list.
    pub list: bool,
}

/// A section: a table of the file, or (with an empty name) the keys above all tables.
pub trait Section: Default {
    /// The table's name.
    const NAME: &'static str;

    /// What the section is about.
    fn about() -> Vec<&'static str>;
    /// Its keys in order.
    fn keys() -> Vec<Key>;
    /// Sets a key from text.
    ///
    /// # Errors
    /// What is accepted instead. A key that is not one of [`Section::keys`] is an error too.
    fn set(&mut self, key: &str, text: &str) -> Result<(), String>;
    /// The key's present value as TOML; secrets are hidden.
    fn show(&self, key: &str) -> String;
}

macro_rules! section {
    (
        $(#[doc = $about:literal])+
        $name:ident = $table:literal {
            $($(#[doc = $doc:literal])+ $field:ident: $type:ty = $default:expr,)+
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name {
            $($(#[doc = $doc])+ pub $field: $type,)+
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)+ }
            }
        }

        impl $crate::config::section::Section for $name {
            const NAME: &'static str = $table;

            fn about() -> Vec<&'static str> {
                vec![$($about.trim(),)+]
            }

            fn keys() -> Vec<$crate::config::section::Key> {
                use $crate::config::units::Value;
                let default = Self::default();
                vec![$($crate::config::section::Key {
                    name: stringify!($field),
                    about: vec![$($doc.trim(),)+],
                    kind: <$type as Value>::KIND,
                    default: default.$field.to_toml(),
                    secret: <$type as Value>::SECRET,
                    list: <$type as Value>::LIST,
                },)+]
            }

            fn set(&mut self, key: &str, text: &str) -> Result<(), String> {
                match key {
                    $(stringify!($field) => {
                        self.$field = $crate::config::units::Value::from_text(text)?;
                        Ok(())
                    })+
                    _ => Err("there is no such key".to_owned()),
                }
            }

            fn show(&self, key: &str) -> String {
                match key {
                    $(stringify!($field) => $crate::config::units::Value::to_toml(&self.$field),)+
                    _ => String::new(),
                }
            }
        }
    };
}
pub(crate) use section;
