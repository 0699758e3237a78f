//! The one table of who may do what where.

use vestnik_proto::{ChatKind, Permission, Role};

/// What someone is to a chat: a member's role, or one who looks in from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// A member, blocked ones too.
    Member(Role),
    /// Signed in, but not a member.
    Visitor,
    /// Without an account, where the operator allows it.
    Guest,
}

impl Standing {
    /// Every standing there is.
    pub const ALL: [Self; 7] = [
        Self::Member(Role::Owner),
        Self::Member(Role::Admin),
        Self::Member(Role::Member),
        Self::Member(Role::Viewer),
        Self::Member(Role::Blocked),
        Self::Visitor,
        Self::Guest,
    ];

    /// The letter by which the table names it.
    const fn letter(self) -> u8 {
        match self {
            Self::Member(Role::Owner) => b'O',
            Self::Member(Role::Admin) => b'A',
            Self::Member(Role::Member) => b'M',
            Self::Member(Role::Viewer) => b'V',
            Self::Member(Role::Blocked) => b'B',
            Self::Visitor => b'S',
            Self::Guest => b'G',
        }
    }
}

/// Per permission, who has it in a direct chat, a group, a channel and a room:
/// **O**wner, **A**dmin, **M**ember, **V**iewer, **B**locked, **S**igned-in visitor, **G**uest.
#[rustfmt::skip]
pub const TABLE: &[(Permission, [&str; 4])] = &[
    //                               direct  group    channel  room
    (Permission::Read,              ["M",    "OAMV",  "OAMV",  "OAMVSG"]),
    (Permission::ListMembers,       ["M",    "OAMV",  "OAMV",  "OAMVS"]),
    (Permission::Write,             ["M",    "OAM",   "OA",    "OAMS"]),
    (Permission::EditOwn,           ["M",    "OAM",   "OA",    "OAMS"]),
    (Permission::DeleteOwn,         ["M",    "OAM",   "OA",    "OAMS"]),
    (Permission::DeleteAny,         ["",     "OA",    "OA",    "OA"]),
    (Permission::React,             ["M",    "OAM",   "OAM",   "OAMS"]),
    (Permission::Pin,               ["M",    "OA",    "OA",    "OA"]),
    (Permission::MentionHere,       ["",     "OAM",   "OA",    "OA"]),
    (Permission::MentionRoom,       ["",     "OA",    "OA",    "OA"]),
    (Permission::Invite,            ["",     "OA",    "OA",    "OAM"]),
    (Permission::AddMember,         ["",     "OA",    "OA",    "OAM"]),
    (Permission::ManageMembers,     ["",     "OA",    "OA",    "OA"]),
    (Permission::EditChat,          ["",     "OA",    "OA",    "OA"]),
    (Permission::DeleteChat,        ["",     "O",     "O",     "O"]),
    (Permission::TransferOwnership, ["",     "O",     "O",     "O"]),
    (Permission::Join,              ["",     "",      "",      "S"]),
    (Permission::Leave,             ["",     "AMV",   "AMV",   "AMV"]),
];

/// Whether someone of this standing may do this in a chat of this kind.
pub fn allows(kind: ChatKind, standing: Standing, permission: Permission) -> bool {
    let column = match kind {
        ChatKind::Direct => 0,
        ChatKind::Group => 1,
        ChatKind::Channel => 2,
        ChatKind::Room => 3,
    };
    TABLE
        .iter()
        .find(|(row, _)| *row == permission)
        .is_some_and(|(_, columns)| columns[column].bytes().any(|letter| letter == standing.letter()))
}

/// Everything someone of this standing may do in a chat of this kind.
pub fn list(kind: ChatKind, standing: Standing) -> Vec<Permission> {
    TABLE.iter().map(|(permission, _)| *permission).filter(|permission| allows(kind, standing, *permission)).collect()
}

/// Whether a member with one role may change, remove or block one with another:
/// only those below oneself, and never the owner.
pub fn outranks(role: Role, other: Role) -> bool {
    let rank = |role: Role| match role {
        Role::Owner => 3,
        Role::Admin => 2,
        Role::Member | Role::Viewer | Role::Blocked => 1,
    };
    rank(role) > rank(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contracts_rules_hold() {
        use ChatKind::{Channel, Direct, Group, Room};
        let member = Standing::Member;
        for kind in [Direct, Group, Channel, Room] {
            assert!(list(kind, member(Role::Blocked)).is_empty(), "the blocked may do nothing");
        }
        for role in [Role::Owner, Role::Admin] {
            assert!(allows(Channel, member(role), Permission::Write));
        }
        for role in [Role::Member, Role::Viewer] {
            assert!(!allows(Channel, member(role), Permission::Write));
        }
        assert!(allows(Room, Standing::Guest, Permission::Read));
        assert!(allows(Room, Standing::Visitor, Permission::Write));
        assert!(!allows(Room, Standing::Guest, Permission::Write));
        for kind in [Direct, Group, Channel] {
            assert!(list(kind, Standing::Visitor).is_empty() && list(kind, Standing::Guest).is_empty());
        }
        assert!(!allows(Group, member(Role::Viewer), Permission::Write));
    }

    #[test]
    fn every_permission_has_one_row() {
        for (row, _) in TABLE {
            assert_eq!(TABLE.iter().filter(|(other, _)| other == row).count(), 1);
        }
        assert_eq!(TABLE.len(), Permission::Leave as usize + 1, "a permission is missing in the table");
    }
}
