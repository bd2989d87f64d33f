# The texts of the directory in English.

directory = Directory
directory-lead = Accounts and groups that an identity provider supplies by SCIM 2.0. It disables an account, and everything that is open in it ends within a second.
directory-address = Address for the identity provider:
directory-differing =
    { $count ->
        [one] One entry differs from what the identity provider says.
       *[other] { $count } entries differ from what the identity provider says.
    }
directory-entries = Supplied
directory-no-entries = No identity provider has supplied anything yet. Give it the address above and an API token of an account in the group provisioners.
directory-name = Name
directory-kind = Kind
directory-user = Account
directory-group = Group
directory-external = External identifier
directory-supplied = Last supplied
directory-same = As supplied
directory-disabled-here = Disabled here
directory-enabled-here = Enabled here although disabled there
directory-removed-here = Removed here
directory-release = Take back
directory-hand-over = Hand over
directory-hand-over-text = The identity provider changes the account or group from then on. Accounts of administrators, and groups that give a role on the platform, stay here.
directory-hand-over-nobody = There is no account or group with this identifier. Check it, and whether it is a user or a group.
directory-identifier = Identifier
directory-requests = Last requests
directory-no-requests = No request came to this process since it started.
directory-at = Time
directory-request = Request
directory-answer = Answer
directory-by = Token
directory-refused = An account of an administrator, or a group that gives a role on the platform, cannot be handed over.
