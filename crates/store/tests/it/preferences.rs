//! Settings of a user's clients.

use vestnik_store::*;

contract!(preferences_are_kept_replaced_and_cleared, |bed| {
    let (anna, boris) = (bed.user("anna").await, bed.user("boris").await);
    let set = async |user, name: &'static str, value: Option<&'static str>| {
        write!(bed.store, ChatKey::NONE, |tx| tx.set_preference(user, name, value).await).unwrap();
    };
    set(anna, "theme", Some("dark")).await;
    set(anna, "folders", Some("[\"работа\"]")).await;
    set(boris, "theme", Some("light")).await;
    set(anna, "theme", Some("light")).await;
    let mut read = bed.store.read().await.unwrap();
    assert_eq!(find_preference(&mut read, anna, "theme").await.unwrap().as_deref(), Some("light"));
    assert_eq!(find_preference(&mut read, anna, "sound").await.unwrap(), None);
    let kept = list_preferences(&mut read, anna).await.unwrap();
    let expected = [("folders", "[\"работа\"]"), ("theme", "light")].map(|(n, v)| (n.to_owned(), v.to_owned()));
    assert_eq!(kept, expected.into());
    assert_eq!(count_preferences(&mut read, anna).await.unwrap(), 2);
    set(anna, "theme", None).await;
    set(anna, "sound", None).await;
    assert_eq!(count_preferences(&mut read, anna).await.unwrap(), 1);
    assert_eq!(list_preferences(&mut read, boris).await.unwrap().len(), 1, "another's stay");
});
