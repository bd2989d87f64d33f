//! The attributes of SCIM (RFC 7643) that this server keeps, as one table: what a body may hold, what a path may name, and what
//! `/Schemas` says.

use sekisho_model::documents::DirectoryKind;

/// The type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    Text,
    Truth,
    Reference,
    Complex,
}

/// Who may change an attribute, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mutability {
    ReadWrite,
    ReadOnly,
    /// Set once, when the resource is made.
    Immutable,
}

/// One attribute.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Attribute {
    pub(crate) name: &'static str,
    pub(crate) kind: Type,
    pub(crate) description: &'static str,
    pub(crate) is_many: bool,
    pub(crate) is_required: bool,
    pub(crate) is_exact: bool,
    pub(crate) is_unique: bool,
    pub(crate) mutability: Mutability,
    pub(crate) canonical: &'static [&'static str],
    pub(crate) references: &'static [&'static str],
    pub(crate) parts: &'static [Attribute],
}

impl Attribute {
    const fn new(name: &'static str, kind: Type, description: &'static str) -> Self {
        Self {
            name,
            kind,
            description,
            is_many: false,
            is_required: false,
            is_exact: false,
            is_unique: false,
            mutability: Mutability::ReadWrite,
            canonical: &[],
            references: &[],
            parts: &[],
        }
    }

    const fn text(name: &'static str, description: &'static str) -> Self {
        Self::new(name, Type::Text, description)
    }

    const fn complex(name: &'static str, description: &'static str, parts: &'static [Self]) -> Self {
        Self { parts, ..Self::new(name, Type::Complex, description) }
    }

    const fn reference(description: &'static str, references: &'static [&'static str]) -> Self {
        Self { references, is_exact: true, ..Self::new("$ref", Type::Reference, description) }
    }

    const fn many(self) -> Self {
        Self { is_many: true, ..self }
    }

    const fn read_only(self) -> Self {
        Self { mutability: Mutability::ReadOnly, ..self }
    }

    const fn immutable(self) -> Self {
        Self { mutability: Mutability::Immutable, ..self }
    }

    const fn exact(self) -> Self {
        Self { is_exact: true, ..self }
    }

    /// The part of that name, in any case.
    pub(crate) fn part(&self, name: &str) -> Option<&'static Self> {
        find(self.parts, name)
    }
}

/// The attribute of that name, in any case.
pub(crate) fn find(attributes: &'static [Attribute], name: &str) -> Option<&'static Attribute> {
    attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}

/// A type of resource.
#[derive(Debug)]
pub(crate) struct ResourceType {
    pub(crate) kind: DirectoryKind,
    pub(crate) name: &'static str,
    pub(crate) endpoint: &'static str,
    pub(crate) description: &'static str,
    pub(crate) schema: &'static str,
    pub(crate) attributes: &'static [Attribute],
    pub(crate) extension: Option<(&'static str, &'static [Attribute])>,
}

/// Accounts.
pub(crate) const USERS: &ResourceType = &ResourceType {
    kind: DirectoryKind::User,
    name: "User",
    endpoint: "/Users",
    description: "Accounts",
    schema: "urn:ietf:params:scim:schemas:core:2.0:User",
    attributes: USER,
    extension: Some((ENTERPRISE_SCHEMA, ENTERPRISE)),
};

/// Groups.
pub(crate) const GROUPS: &ResourceType = &ResourceType {
    kind: DirectoryKind::Group,
    name: "Group",
    endpoint: "/Groups",
    description: "Groups",
    schema: "urn:ietf:params:scim:schemas:core:2.0:Group",
    attributes: GROUP,
    extension: None,
};

/// The enterprise extension of accounts.
pub(crate) const ENTERPRISE_SCHEMA: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// What every resource has. `/Schemas` does not list these (RFC 7643, 3.1).
pub(crate) const COMMON: &[Attribute] = &[
    Attribute::text("schemas", "The schemas of the resource").many().exact().read_only(),
    Attribute::text("id", "The identifier that this server gave it").exact().read_only(),
    Attribute::text("externalId", "The identifier that the identity provider gave it").exact(),
    Attribute::complex(
        "meta",
        "About the resource",
        &[
            Attribute::text("resourceType", "Its type").exact().read_only(),
            Attribute::text("created", "When it was made").exact().read_only(),
            Attribute::text("lastModified", "When it was last changed").exact().read_only(),
            Attribute::text("location", "Its address").exact().read_only(),
            Attribute::text("version", "Its entity tag").exact().read_only(),
        ],
    )
    .read_only(),
];

const USER: &[Attribute] = &[
    Attribute {
        is_required: true,
        is_unique: true,
        ..Attribute::text(
            "userName",
            "What the person types to sign in; in lower case it is the identifier of the account",
        )
        .immutable()
    },
    Attribute::complex(
        "name",
        "The person's name",
        &[
            Attribute::text("formatted", "The whole name"),
            Attribute::text("familyName", "The family name"),
            Attribute::text("givenName", "The given name"),
            Attribute::text("middleName", "The middle names"),
        ],
    ),
    Attribute::text("displayName", "The name that pages show"),
    Attribute::text("nickName", "How the person is called"),
    Attribute::text("title", "The person's title"),
    Attribute {
        canonical: &["staff", "contractor", "guest"],
        ..Attribute::text("userType", "The employment, which policies read. Any other value counts as guest")
    },
    Attribute::text("preferredLanguage", "The language that the person prefers"),
    Attribute::text("locale", "The person's locale"),
    Attribute::text("timezone", "The person's time zone"),
    Attribute::new("active", Type::Truth, "Whether the account may be used"),
    Attribute::complex(
        "emails",
        "Mail addresses. The primary one, or else the first, is the account's",
        &[
            Attribute::text("value", "The address"),
            Attribute { canonical: &["work", "home", "other"], ..Attribute::text("type", "What it is used for") },
            Attribute::new("primary", Type::Truth, "Whether it is the preferred one"),
        ],
    )
    .many(),
    Attribute::complex(
        "phoneNumbers",
        "Telephone numbers",
        &[
            Attribute::text("value", "The number"),
            Attribute { canonical: &["work", "home", "mobile"], ..Attribute::text("type", "What it is used for") },
            Attribute::new("primary", Type::Truth, "Whether it is the preferred one"),
        ],
    )
    .many(),
    Attribute::complex(
        "groups",
        "The groups that the account is in",
        &[
            Attribute::text("value", "The identifier of the group").exact().read_only(),
            Attribute::reference("The address of the group", &["Group"]).read_only(),
            Attribute::text("display", "The name of the group").read_only(),
        ],
    )
    .many()
    .read_only(),
];

const ENTERPRISE: &[Attribute] = &[
    Attribute::text("employeeNumber", "The number of the employee"),
    Attribute::text("costCenter", "The cost centre"),
    Attribute::text("organization", "The organisation"),
    Attribute::text("division", "The division"),
    Attribute::text("department", "The department, which policies read"),
];

const GROUP: &[Attribute] = &[
    Attribute {
        is_required: true,
        is_unique: true,
        ..Attribute::text("displayName", "The name of the group. The first one decides the identifier in policies")
    },
    Attribute::complex(
        "members",
        "The accounts in the group",
        &[
            Attribute::text("value", "The identifier of the account").exact().immutable(),
            Attribute::reference("The address of the account", &["User"]).immutable(),
            Attribute { canonical: &["User"], ..Attribute::text("type", "The type of the member").immutable() },
            Attribute::text("display", "The name of the account").read_only(),
        ],
    )
    .many(),
];
